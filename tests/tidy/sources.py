"""What the tidy tests share: which files are the project's, and which object files a static library was made from. It never writes."""
import json
import os
import shlex
import subprocess

SKIPPED_FOLDERS = {".git", ".deps", "build", "run", "node_modules"}


def files(root, *endings):
    """Paths relative to root of the project's own files, sorted; what git ignores lies in the skipped folders."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS and not f.startswith("build"))
        for name in names:
            if not endings or name.endswith(endings):
                found.append(os.path.relpath(os.path.join(folder, name), root))
    return sorted(found)


def text_of(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def commands_of(build, library):
    """{source path: compile command (a list)} of one static library, from compile_commands.json."""
    name = os.path.basename(library)[len("lib"):-len(".a")]
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    mine = f"/{name}.dir/"
    return {entry["file"]: shlex.split(entry["command"]) for entry in commands if mine in "/" + entry["command"]}


def symbols(objects):
    """(defined, undefined) symbol names of object files or libraries."""
    listing = subprocess.run(["nm", "-P", *objects], check=True, capture_output=True, text=True).stdout
    defined, undefined = set(), set()
    for line in listing.splitlines():
        parts = line.split()
        if len(parts) < 2 or parts[0].endswith(":"):
            continue
        (undefined if parts[1] in "Uw" else defined).add(parts[0])
    return defined, undefined


def report(title, problems):
    """Prints what was seen; the exit code of the test."""
    for problem in problems:
        print("FAILED:", problem)
    print(f"{title}: {len(problems)} problem(s)")
    return 1 if problems else 0
