#!/usr/bin/env python3
"""Reports of delivery that overtake the answer: a provider of SMS that reports what became of a message, waits until that is answered, and only then answers that it has taken it. Nothing that was reported is lost: what was
delivered stays delivered, what could not be goes on by the next channel, or has failed where there is none.
usage: early_report_test.py SOURCE BUILD"""
import sys

from gateway import Gateway
from installation import Checks, Installation

AGREEMENT = "kepahiang-2025"
ROWS = 20


def enrol(payung, seed, mode):
    payung.gateway.mode = mode
    payung.gateway.taken = 0
    rows = payung.simulated("17.08", ROWS, seed)
    for place, row in enumerate(rows):
        row["no_hp"] = f"08127{seed:02}00{place:03}"
    payung.enrol(payung.write_list(f"list{seed}.csv", rows), AGREEMENT)


def counts(checks, payung):
    code, answer = payung.cli("notification", "report")
    total = answer["total"]
    checks.equal("the books agree", (code, total["promised"]), (0, total["queued"] + total["sent"] + total["failed"] + total["stale"]))
    return total


def settled(payung, wanted):
    payung.wait_sql(60, "all have ended", f"(SELECT count(*) FROM notice.message) = {wanted} AND NOT EXISTS (SELECT FROM notice.attempt WHERE result = 'sending') AND NOT EXISTS (SELECT FROM notice.outbox WHERE stage <> 'waits' OR channel <> 'paper')")


def restart(payung, **knobs):
    payung.services["sender"].pause()
    payung.services["sender"].environment.update(knobs)
    payung.services["sender"].resume()
    payung.wait_ready("sender")


def case_delivered(checks, payung):
    enrol(payung, 91, "before:1")
    settled(payung, ROWS)
    total = counts(checks, payung)
    checks.equal("reported as delivered before they were taken: delivered, once", (total["delivered"], total["sent"], payung.gateway.taken, set(payung.gateway.reported)), (ROWS, ROWS, ROWS, {200}))


def case_next_channel(checks, payung):
    before = counts(checks, payung)
    enrol(payung, 92, "before:2")
    settled(payung, 2 * ROWS)
    total = counts(checks, payung)
    checks.equal("reported as not deliverable before they were taken: they wait for paper, and are sent no second time", (total["queued"] - before["queued"], payung.gateway.taken), (ROWS, ROWS))
    checks.equal("nothing is kept of it", payung.number("SELECT count(*) FROM notice.attempt WHERE reported_early"), 0)
    for url in list(payung.gateway.urls[-ROWS:]):
        payung.gateway.report(url, 2)
    checks.equal("the same report once more changes nothing", counts(checks, payung), total)


def case_no_channel(checks, payung):
    payung.sql("UPDATE notice.outbox SET stale_at = now() - interval '1 s'")
    restart(payung, NOTICE_CHANNELS="sms")
    for service in payung.services.values():
        if service.name.startswith("notification"):
            service.pause()
            service.environment.update(NOTICE_CHANNELS="sms")
            service.resume()
    enrol(payung, 93, "before:16")
    settled(payung, 3 * ROWS)
    total = counts(checks, payung)
    _, answer = payung.cli("notification", "report", "--failed")
    checks.equal("without another channel they have failed", (total["failed"], {row["reason"] for row in answer["failed"]}, payung.gateway.taken), (ROWS, {"the provider could not deliver it"}, ROWS))


def case_refused(checks, payung):
    """It reports, and then it does not take it after all: the message is tried again, and the early report is not held against the next attempt."""
    restart(payung, NOTICE_CHANNELS="sms")
    enrol(payung, 94, "before:2:500")
    payung.wait_sql(30, "some were reported, and put off", "EXISTS (SELECT FROM notice.attempt WHERE reported_early AND result = 'again')")
    payung.gateway.mode = "202"
    payung.wait_sql(60, "all are taken", f"(SELECT count(*) FROM notice.outbox WHERE stage = 'taken') = {ROWS}")
    total = counts(checks, payung)
    checks.equal("taken at last", (total["queued"], total["failed"]), (0, ROWS))


def case_doubt(checks, payung):
    """It says yes in words that are not Kannel's, so that it is in doubt whether it has the message; that it could not deliver it ends the doubt, whether it says so before or afterwards."""
    restart(payung, NOTICE_CHANNELS="sms,paper")
    enrol(payung, 95, "before:2:200")
    payung.wait_sql(60, "they wait for paper", f"(SELECT count(*) FROM notice.outbox WHERE channel = 'paper' AND stage = 'waits') = {ROWS}")
    _, answer = payung.cli("notification", "report")
    checks.equal("reported before: nothing is in doubt, or sent again", (answer["in_doubt"], payung.gateway.taken), (0, ROWS))
    payung.services["sender"].pause()  # all of them leave at once then, before the channel pauses because of such answers
    enrol(payung, 96, "200")
    payung.services["sender"].resume()
    payung.wait_sql(60, "they are in doubt", f"(SELECT count(*) FROM notice.attempt WHERE result = 'in doubt') = {ROWS}")
    for _ in range(2):
        for url in list(payung.gateway.urls[-ROWS:]):
            payung.gateway.report(url, 2)
    payung.wait_sql(60, "they wait for paper, too", f"(SELECT count(*) FROM notice.outbox WHERE channel = 'paper' AND stage = 'waits') = {2 * ROWS}")
    _, answer = payung.cli("notification", "report")
    checks.equal("reported afterwards, twice: nothing is in doubt, or sent again", (answer["in_doubt"], payung.gateway.taken), (0, ROWS))
    counts(checks, payung)


def main(source, build):
    checks = Checks()
    gateway = Gateway()
    channels = {"NOTICE_CHANNELS": "sms,paper"}
    knobs = dict(channels, NOTICE_QUIET_FROM="0", NOTICE_QUIET_TO="0", POLL_MS="20", NOTICE_RETRY_FIRST_MS="50", **gateway.knobs())
    with Installation(source, build, stage_knobs=channels, single_knobs={"coverage": channels, "sender": knobs}) as payung:
        payung.gateway = gateway
        payung.start()
        payung.apply(payung.sample_agreement())
        for title, case in (("delivered", case_delivered), ("the next channel", case_next_channel), ("no other channel", case_no_channel), ("refused after all", case_refused), ("in doubt", case_doubt)):
            checks.case(title, case, checks, payung)
        checks.clean_end(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
