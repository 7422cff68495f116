"""The tidy tests can fail: each finds the offence it is for, and lets the innocent pass."""
import sys

import includes
import purity
import rights
import style

STORY = "/* A story of forty characters and a few more, so that the head passes. */\n"
CASES = [
    ("goto is found", style.judge_c("common/base/x.c", "void f(void) { goto out; }"), 1),
    ("goto in a comment is not", style.judge_c("common/base/x.c", "/* goto */ int a; // goto\nconst char *b = \"goto\";"), 0),
    ("atoi is found", style.judge_c("services/x/x.c", "int a = atoi(b);"), 1),
    ("double beside money is found", style.judge_c("services/ledger/x.c", "double amount;"), 1),
    ("double elsewhere is not", style.judge_c("common/edge/x.c", "double seconds;"), 0),
    ("a file without a story is found", style.judge_story("x.c", "#include <stdio.h>\n"), 1),
    ("a file with a story is not", style.judge_story("x.c", STORY), 0),
    ("a machine's path is found", style.judge_machine("x.c", 'open("/' + 'tmp/x")'), 1),
    ("a relative path is not", style.judge_machine("x.c", 'open("data/tmp/x")'), 0),
    ("a foreign header in a service is found", includes.judge("services/ledger/x.c", "#include <libpq-fe.h>\n", False), 1),
    ("a foreign header at the edge is not", includes.judge("common/edge/pg.c", "#include <libpq-fe.h>\n", False), 0),
    ("generated code in a service is found", includes.judge("services/x/x.c", '#include "proto/decided.pb-c.h"\n', False), 1),
    ("an edge in a pure file is found", includes.judge("services/x/x.c", '#include "common/edge/pg.h"\n', True), 1),
    ("a clock in a pure file is found", includes.judge("services/x/x.c", "#include <time.h>\n", True), 1),
    ("open() in a pure library is found", purity.impure("payung_domain", {"open", "memcpy", "other"}, {"other"}), 1),
    ("malloc outside base is found", purity.impure("payung_domain", {"malloc"}, set()), 1),
    ("malloc in base is not", purity.impure("payung_base", {"malloc"}, set()), 0),
    ("a right that a statement lacks is found", rights.judge(['"INSERT INTO ledger.a (n) VALUES (1) ON CONFLICT (n) "\n"DO UPDATE SET n = 2"'], "('SELECT, INSERT', 'ledger.a')"), 1),
    ("a right that no statement needs is found", rights.judge(['"INSERT INTO ledger.a (n)"'], "('SELECT, INSERT, DELETE', 'ledger.a')"), 1),
    ("the right one is not", rights.judge(['"WITH gone AS (DELETE FROM "\n  "ledger.b b USING c) UPDATE ledger.a a"'], "('SELECT, UPDATE', 'ledger.a'), ('DELETE', 'ledger.b')"), 0),
]

failures = 0
for sentence, problems, expected in CASES:
    good = len(problems) == expected
    failures += not good
    print(("ok: " if good else "FAILED: ") + sentence)
sys.exit(1 if failures else 0)
