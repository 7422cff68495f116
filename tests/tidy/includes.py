"""Foreign libraries stay at the edges, generated messages in the wire layer, and pure sources include nothing that has an effect.
usage: includes.py SOURCE_FOLDER BUILD_FOLDER PURE_LIBRARY.a..."""
import os
import re
import sys

import sources

INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)
FOREIGN = re.compile(r"(^|/)(rdkafka|libpq-fe|hiredis|sodium|microhttpd|curl|csv|postgres_ext|xlsxwriter|expat|zip|cairo|qrencode)[^/]*\.h$|^(hiredis|curl|librdkafka|sodium|openssl|fontconfig)/")
GENERATED = re.compile(r"\.pb-c\.h$|^protobuf-c")
EFFECTS = re.compile(r"^(common/edge/|services/.*/channels/)|^(unistd|fcntl|time|pthread|sys/|netinet|poll|dirent|signal|locale|threads)")


def included(text):
    return INCLUDE.findall(text)


def judge(path, text, is_pure):
    """Problems of one source file."""
    problems = []
    for header in included(text):
        if FOREIGN.search(header) and not header.startswith("common/") and not path.startswith(("common/edge/", "tests/")):
            problems.append(f"{path} includes <{header}>: foreign libraries belong into common/edge/")
        if GENERATED.search(header) and not path.startswith(("common/wire/", "tests/")):
            problems.append(f"{path} includes <{header}>: generated messages belong into common/wire/")
        if is_pure and EFFECTS.search(header):
            problems.append(f"{path} is pure and includes \"{header}\"")
    return problems


def main(arguments):
    root, build, *libraries = arguments
    pure = {os.path.relpath(source, root) for library in libraries for source in sources.commands_of(build, library)}
    pure |= {path[:-2] + ".h" for path in pure}
    all_files = [path for path in sources.files(root, ".c", ".h", ".def") if path.startswith(("common/", "services/", "proto/", "tests/"))]
    assert any(path in pure for path in all_files), "no pure source was found"
    problems = []
    for path in all_files:
        problems += judge(path, sources.text_of(root, path), path in pure)
    print(f"{len(all_files)} files, {sum(path in pure for path in all_files)} of them pure")
    return sources.report("includes", problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
