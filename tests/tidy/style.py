"""The lines of the house that a program can check: a story at the head of each file, no goto, no atoi, no recursion to the machine it was
written on, no floating point where money is, no unbounded string functions.
usage: style.py SOURCE_FOLDER"""
import re
import sys

import sources

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
STORY = {
    (".c", ".h"): re.compile(r"\A/\*(.+?)\*/", re.S),
    (".def",): re.compile(r"\A/\*(.+?)\*/", re.S),
    (".py",): re.compile(r'\A(?:#![^\n]*\n)?"""(.+?)"""', re.S),
    (".sql",): re.compile(r"\A((?:--[^\n]*\n)+)"),
    (".proto",): re.compile(r"\A((?://[^\n]*\n)+)"),
}
STORY_CHARACTERS_MIN = 20
NEVER = [
    (re.compile(r"\bgoto\b"), "goto"),
    (re.compile(r"\b(atoi|atol|atoll|atof)\s*\("), "atoi and its kin: use text_number"),
    (re.compile(r"\b(strcat|strtok|gets|vsprintf|alloca)\s*\("), "an unbounded or hidden-state function"),
    (re.compile(r"\bsetlocale\s*\("), "a locale"),
]
MONEY_FOLDERS = ("common/domain/", "common/base/", "common/wire/", "services/ledger/", "services/premium/", "services/eligibility/")
FLOAT = re.compile(r"\b(float|double)\b")
MACHINE = re.compile(r"(?<![\w.])/(work|root|home)/|(?<![\w.$}])/tmp/(?!bash)")
ELSEWHERE = re.compile(r"https?://(?!127\.0\.0\.1|localhost|\w*\{|%|\$)[\w.-]+:\d{2,5}")
TEXT_ENDINGS = (".c", ".h", ".def", ".py", ".sh", ".txt", ".cmake", ".sql", ".proto", ".tsv", ".json", ".md", ".yaml")


def code_of(text):
    """C without comments and without what stands in quotes; lines keep their numbers."""
    keep_lines = lambda match: re.sub(r"[^\n]", " ", match.group())
    return STRING.sub(keep_lines, COMMENT.sub(keep_lines, text))


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def judge_story(path, text):
    for endings, pattern in STORY.items():
        if path.endswith(endings):
            match = pattern.match(text)
            if not match or len(match.group(1).strip()) < STORY_CHARACTERS_MIN:
                return [f"{path}: the head of the file does not tell its story"]
    return []


def judge_c(path, text):
    problems = []
    code = code_of(text)
    for pattern, what in NEVER:
        problems += [f"{path}:{line_of(code, match.start())}: {what}" for match in pattern.finditer(code)]
    if path.startswith(MONEY_FOLDERS):
        problems += [f"{path}:{line_of(code, match.start())}: {match.group()} beside money" for match in FLOAT.finditer(code)]
    return problems


def judge_machine(path, text):
    return [f"{path}:{line_of(text, match.start())}: a path or an address of one machine: {match.group()}"
            for pattern in (MACHINE, ELSEWHERE) for match in pattern.finditer(text)]


def main(arguments):
    (root,) = arguments
    problems, count = [], 0
    for path in sources.files(root, *TEXT_ENDINGS):
        if path.startswith(("tests/fuzz/seeds/", "tests/data/")):
            continue
        text = sources.text_of(root, path)
        count += 1
        problems += judge_story(path, text)
        if not path.startswith("tests/tidy/"):
            problems += judge_machine(path, text)
        if path.endswith((".c", ".h", ".def")):
            problems += judge_c(path, text)
    assert count > 0, "no file was found"
    print(f"{count} files")
    return sources.report("style", problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
