"""Pure libraries take from libc only what has no effect and no memory of its own: bytes, formatting into a buffer, sorting, and the end of
a program that found a bug in itself. No allocation, files, sockets, clock, environment, randomness, locale or threads.
usage: purity.py SOURCE_FOLDER BUILD_FOLDER LIBRARY.a..."""
import os
import subprocess
import sys
import tempfile

import sources

ALLOWED = {
    "memcpy", "memmove", "memset", "memcmp", "memchr", "memrchr", "memmem", "strlen", "strnlen", "strcmp", "strncmp", "strchr", "strrchr",
    "strstr", "strcpy", "stpcpy", "strcspn", "strspn", "snprintf", "vsnprintf", "qsort", "bsearch", "strerror",
    "__memcpy_chk", "__memmove_chk", "__memset_chk", "__snprintf_chk", "__vsnprintf_chk", "__strcpy_chk", "__stpcpy_chk",
    "abort", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_",
}
# payung_base holds the two things under everything: the arena (the one that asks for memory) and CHECK (which says where, then aborts).
ALLOWED_IN = {"payung_base": {"malloc", "calloc", "free", "fprintf", "__fprintf_chk", "stderr"}}
INSTRUMENTED = ("-fsanitize", "--coverage", "-fno-sanitize")


def plain_objects(build, library, folder):
    """Compiles the library's sources once more without instrumentation."""
    objects = []
    for source, command in sorted(sources.commands_of(build, library).items()):
        target = os.path.join(folder, f"{len(objects)}.o")
        words = [word for word in command if not word.startswith(INSTRUMENTED)]
        words[words.index("-o") + 1] = target
        subprocess.run(words, check=True, cwd=build)
        objects.append(target)
    return objects


def is_instrumented(build, library):
    return any(word.startswith(INSTRUMENTED) for command in sources.commands_of(build, library).values() for word in command)


def impure(name, undefined, defined_by_pure):
    """The symbols that this library may not take."""
    return sorted(undefined - defined_by_pure - ALLOWED - ALLOWED_IN.get(name, set()))


def main(arguments):
    _, build, *libraries = arguments
    assert libraries, "no pure library was named"
    with tempfile.TemporaryDirectory() as folder:
        seen = {}
        for library in libraries:
            name = os.path.basename(library)[len("lib"):-len(".a")]
            objects = [library]
            if is_instrumented(build, library):
                objects = plain_objects(build, library, tempfile.mkdtemp(dir=folder))
            seen[name] = sources.symbols(objects)
    pure = set().union(*(defined for defined, _ in seen.values()))
    problems = []
    for name, (_, undefined) in sorted(seen.items()):
        taken = impure(name, undefined, pure)
        print(f"{name}: {len(undefined - pure)} symbols of libc")
        problems += [f"{name} takes {symbol}: effects belong into edge/ or stage/" for symbol in taken]
    return sources.report("purity", problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
