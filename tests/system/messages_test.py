"""`payung notification report` on an empty database: what the ledger promised for decisions and for changes of cover, against what was told.

usage: messages_test.py PAYUNG SOURCE_FOLDER     PGURL, PGURL_OWNER and PAYUNG_SHARE as for the tool"""
import os
import sys

import tool
from tool import run, tell

SOURCE = sys.argv[2]
OUTCOME = ("INSERT INTO ledger.outcome (epoch, partition, origin, application_id, attempt, repeat, agreement_no, batch_id, row_number, status, codes, warnings, person_token, segment, "
           "programmes, start_month, months, jkk, jkm, jht, jp, package, amount, rank, registration_date, lines, message_due, commit_sequence, position, journal_seq, decided_at) ")


def sql(*statements):
    tool.sql("; ".join(statements))


def application(number):
    return f"decode(lpad(to_hex({number}), 32, '0'), 'hex')"


def outcome(number, due):
    due = f"'{due}'" if due else "NULL"
    return OUTCOME + (f"VALUES (1, 0, {number}, {application(number)}, 1, false, 1, 'b', {number}, 1, 0, 0, {application(number)}, 1, 3, 202510, 12, 0, 0, 0, 0, 0, 0, 0, '2025-09-15', "
                      f"'', {due}, {number}, 0, 1, now())")


def enrolment(number):
    return ("INSERT INTO ledger.enrolment (agreement_no, place, epoch, partition, origin, application_id, attempt, person_token, segment, programmes, start_month, end_month, state, "
            f"state_from) VALUES (1, {number}, 1, 0, {number}, {application(number)}, 1, {application(number)}, 1, 3, 202510, 202609, 1, '2025-10-01')")


def state(journal, position, place, due):
    due = f"'{due}'" if due else "NULL"
    return ("INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, state, day, message_due) "
            f"VALUES (1, {journal}, {position}, 202602, 13, {place}, 3, '2026-02-01', {due})")


def message(event, number, template, cause, outcome_of_sending="sent"):
    return ("INSERT INTO notice.message (event_id, application_id, attempt, agreement_id, template, channel, state, settled_at, cause) "
            f"VALUES ({application(event)}, {application(number)}, 1, 'kepahiang-2025', '{template}', 'maildir', '{outcome_of_sending}', now(), '{cause}')")


class Messages(tool.ToolTest):
    """The cases build on each other, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tool.must("migrate")
        tool.must("agreement", "apply", os.path.join(SOURCE, "tests", "data", "kepahiang-2025.json"), "--yes")
        sql(*(outcome(number, "ACCEPTED") for number in (1, 2)), outcome(3, None), *(enrolment(number) for number in (1, 2, 3)))
        sql(state(1, 0, 1, "LAPSE_WARN"), state(1, 1, 2, "LAPSE_WARN"), state(1, 2, 3, None), state(2, 0, 1, "LAPSE_WARN"), state(3, 0, 1, "LAPSED"))

    def report(self, code, decision, coverage, unpromised=0):
        """Each part: promised, queued, sent, failed."""
        exit_code, answer = tell("notification", "report")
        told = {cause: tuple(counts[name] for name in ("promised", "queued", "sent", "failed")) for cause, counts in answer["causes"].items()}
        self.assertEqual((exit_code, told, answer["unpromised"]), (code, {"decision": decision, "coverage": coverage, "sponsor": (0, 0, 0, 0)}, unpromised))
        total = tuple(answer["total"][name] for name in ("promised", "queued", "sent", "failed"))
        self.assertEqual(total, tuple(map(sum, zip(decision, coverage))))
        self.assertEqual([(row["agreement"], row["causes"]) for row in answer["agreements"]], [("kepahiang-2025", answer["causes"])])
        text = run("notification", "report")
        self.assertEqual(text.returncode, code)
        for title, counts in (("Keputusan", decision), ("Perlindungan", coverage), ("Semua", total)):
            self.assertRegex(text.stdout, rf"(?m)^{title} +dijanjikan {counts[0]} = antre {counts[1]} \+ terkirim {counts[2]} \(sampai 0\) \+ gagal {counts[3]} \+")

    def test_1_nothing_is_told(self):
        self.report(0, (2, 2, 0, 0), (4, 4, 0, 0))

    def test_2_a_decision_is_not_taken_for_a_cover(self):
        sql(message(101, 1, "ACCEPTED", "decision"))
        self.report(0, (2, 1, 1, 0), (4, 4, 0, 0))

    def test_3_the_same_message_may_be_owed_twice(self):
        sql(message(102, 1, "LAPSE_WARN", "coverage"), message(103, 2, "LAPSE_WARN", "coverage", "failed"))
        self.report(0, (2, 1, 1, 0), (4, 2, 1, 1))
        sql(message(104, 1, "LAPSE_WARN", "coverage"), message(105, 1, "LAPSED", "coverage"), message(106, 2, "ACCEPTED", "decision"))
        self.report(0, (2, 0, 2, 0), (4, 0, 3, 1))

    def test_4_what_nobody_owes_is_named(self):
        sql(message(107, 1, "LAPSE_WARN", "coverage"))
        self.report(1, (2, 0, 2, 0), (4, 0, 3, 1), 1)
        sql(message(108, 3, "ACCEPTED", "decision"), message(109, 3, "SPONSOR_END", "coverage"))
        self.report(1, (2, 0, 2, 0), (4, 0, 3, 1), 3)
        self.assertIn("PERIKSA: 3 pesan", run("notification", "report").stdout)


    def test_5_who_could_not_be_told_is_listed(self):
        sql("UPDATE notice.message SET recipient = '+62812****01', error = 'the provider refused' WHERE state = 'failed'")
        code, answer = tell("notification", "report", "--failed", "--agreement", "kepahiang-2025")
        self.assertEqual((code, answer["more"]), (0, False))
        self.assertEqual([(row["template"], row["channel"], row["phone"], row["reason"]) for row in answer["failed"]], [("LAPSE_WARN", "maildir", "+62812****01", "the provider refused")])
        self.assertRegex(answer["failed"][0]["at"], r"^20\d\d-")
        self.assertEqual(tell("notification", "report", "--failed", "--agreement", "another")[1]["failed"], [])
        self.assertRegex(run("notification", "report", "--failed").stdout, r"(?s)LAPSE_WARN  maildir  \+62812\*\*\*\*01  the provider refused\n1 pesan gagal\.\n$")
        self.assertEqual(run("notification", "report", "--agreement", "kepahiang-2025").returncode, 2)


if __name__ == "__main__":
    tool.main()
