"""Counts the branches of the pure folders that tests have taken, from gcov's own figures. A pure folder is one with a source of a pure_library; common/base and common/wire count as
well. Three rules say what is left out, and nothing else is:
  1. branches on the lines of a CHECK(...): what cannot happen must not be tested, it would abort; they are counted apart;
  2. branches that the compiler marks as those of a thrown exception (C has none, libraries may);
  3. branches named in excuses.tsv, function by function, with the reason; an excuse for a branch that tests do take is out of date and fails.
usage: branches.py SOURCE_FOLDER BUILD_FOLDER [--list] [--least PER_CENT]"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys

ALSO_PURE = ("common/base", "common/wire")
LEAST_PER_CENT = 95
EXCUSES = "tests/coverage/excuses.tsv"


def pure_sources(root):
    """Sources of the pure libraries, and of the folders above, relative to the root."""
    found = set()
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in ("build", "tests", "run")]
        relative = os.path.relpath(folder, root)
        if relative in ALSO_PURE:
            found |= {os.path.join(relative, name) for name in names if name.endswith(".c")}
        if "CMakeLists.txt" in names and relative != ".":
            with open(os.path.join(folder, "CMakeLists.txt"), encoding="utf-8") as file:
                for body in re.findall(r"^pure_library\((.*?)\)", file.read(), re.M | re.S):
                    found |= {os.path.normpath(os.path.join(relative, word)) for word in body.split() if word.endswith(".c")}
    return found


def counts(root, build, sources):
    """{(file, function, line): [taken, ...]} over the objects of the pure sources; headers beside the sources count with them."""
    folders = {os.path.dirname(source) for source in sources}
    objects = []
    for folder, _, names in os.walk(build):
        place = re.sub(r"/CMakeFiles/[^/]*\.dir", "", os.path.relpath(folder, build)) # services/eligibility/CMakeFiles/NAME.dir/rules
        objects += [os.path.join(folder, name) for name in names if name.endswith(".gcda") and os.path.join(place, name[:-len(".gcda")]) in sources]
    result = {}
    for at in range(0, len(objects), 40):
        done = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", *objects[at:at + 40]], capture_output=True, text=True, check=True, cwd=build)
        for text in done.stdout.splitlines():
            for file in json.loads(text)["files"]:
                path = os.path.relpath(os.path.join(build, file["file"]), root)
                if path in sources or (path.endswith(".h") and os.path.dirname(path) in folders):
                    add_lines(result, path, file["lines"])
    return result


def add_lines(result, path, lines):
    for line in lines:
        taken = [branch["count"] for branch in line["branches"] if not branch["throw"]]
        if taken:
            key = (path, line.get("function_name", ""), line["line_number"])
            kept = result.setdefault(key, [0] * len(taken))
            if len(kept) == len(taken):
                result[key] = [a + b for a, b in zip(kept, taken)]


def check_lines(path):
    """Numbers of the lines that a CHECK(...) stands on, to its closing bracket."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r'"(?:\\.|[^"\\\n])*"', lambda quoted: "q" * len(quoted.group()), file.read())
    numbers = set()
    for match in re.finditer(r"\bCHECK\(", text):
        depth, at = 1, match.end()
        while depth > 0:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
        numbers |= set(range(text.count("\n", 0, match.start()) + 1, text.count("\n", 0, at) + 2))
    return numbers


def read_excuses(root):
    """{(file, function): [branches, reason]}."""
    with open(os.path.join(root, EXCUSES), encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]
    assert lines[0] == ["file", "function", "branches", "reason"], lines[0]
    excuses = {}
    for path, function, branches, reason in lines[1:]:
        assert len(reason) > 20 and (path, function) not in excuses, f"{EXCUSES}: {path} {function}"
        excuses[path, function] = [int(branches), reason]
    return excuses


def report(root, found, excuses, least, list_all):
    folders, missing, in_checks, checks = collections.defaultdict(lambda: [0, 0, 0]), collections.defaultdict(list), 0, {}
    for (path, function, line), taken in sorted(found.items()):
        checks.setdefault(path, check_lines(os.path.join(root, path)))
        if line in checks[path]:
            in_checks += len(taken)
            continue
        sums = folders[os.path.dirname(path)]
        sums[0] += len(taken)
        sums[1] += sum(count > 0 for count in taken)
        if 0 in taken:
            missing[path, function].append((line, [at for at, count in enumerate(taken) if count == 0], len(taken)))
    stale = []
    for key, (branches, _) in excuses.items():
        untaken = sum(len(which) for _, which, _ in missing.get(key, []))
        if untaken != branches:
            stale.append(f"{key[0]}: {key[1]}: {branches} excused, {untaken} not taken")
        folders[os.path.dirname(key[0])][2] += min(branches, untaken)
    short = []
    for folder, (total, taken, excused) in sorted(folders.items()):
        per_cent = 100 * taken / (total - excused) if total > excused else 100
        print(f"{folder:24} {per_cent:6.2f} %  {taken} of {total} branches, {excused} excused")
        if per_cent < least:
            short.append(folder)
    print(f"{in_checks} branches on lines of CHECK(...) are counted apart")
    for (path, function), lines in sorted(missing.items()):
        if (list_all or os.path.dirname(path) in short) and (path, function) not in excuses:
            print(f"  {path}: {function}: " + ", ".join(f"line {line} branch {'/'.join(map(str, which))} of {count}" for line, which, count in lines))
    for text in stale:
        print(f"out of date in {EXCUSES}: {text}")
    if short:
        print(f"below {least} %: {', '.join(short)}")
    return 1 if short or stale else 0


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("build")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--least", type=float, default=LEAST_PER_CENT)
    options = parser.parse_args(arguments)
    root = os.path.realpath(options.source)
    found = counts(root, os.path.realpath(options.build), pure_sources(root))
    assert found, "nothing was counted: no test has run in this build folder"
    return report(root, found, read_excuses(root), options.least, options.list)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
