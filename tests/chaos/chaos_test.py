"""The sample list is enrolled twice, each time in a fresh installation with the same keys: once undisturbed, once while every instance of every
service, intake, the broker, PostgreSQL and Redis are killed with SIGKILL in turn and Redis is emptied. Afterwards the books must be the same to the last row and
everybody must have been told exactly once. Enrolled again, also shuffled, nothing changes.
usage: chaos_test.py SOURCE_FOLDER BUILD_FOLDER"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
import books  # noqa: E402
from installation import SINGLES, TOPICS, Checks, Failure, Installation, wait_until  # noqa: E402

# Batches of two and a small window make the flow long enough to be hit in the middle, and give thousands of moments between two steps.
STAGE_KNOBS = {"BATCH_MESSAGES_MAX": "2", "IN_FLIGHT_MAX": "4"}
INTAKE_KNOBS = {"IN_FLIGHT_MAX": "100"}
STEP_SECONDS_MAX = 20     # a dead broker costs the session time-out of 10 s
FINISH_SECONDS = 90
IN_THE_MIDDLE_MIN = 11


def enrol_until_taken(payung, path, answers):
    """As a person would: when intake was away, the same command once more."""
    for attempt in range(1, 41):
        try:
            code, answer = payung.enrol(path, "kepahiang-2025", timeout=FINISH_SECONDS)
        except (Failure, subprocess.TimeoutExpired) as error:
            code, answer = -1, {"error": {"code": str(error)[:1500]}}
        answers.append((code, answer))
        if code in (0, 3):
            return
        print(f"   enrol, attempt {attempt}: {code} {answer.get('error', {}).get('code')}", flush=True)
        time.sleep(0.5)


def counted(function):
    """Counters answer -1 while the server that they ask is down."""
    def count():
        try:
            return function()
        except (Failure, subprocess.TimeoutExpired):
            return -1
    return count


def counters(payung):
    """How far each stage is with the list: {name: function}."""
    partition = payung.number("SELECT partition_bulk FROM ledger.agreement WHERE agreement_id = 'kepahiang-2025'")
    result = {topic.split(".")[2]: counted(lambda topic=topic: payung.end(topic, partition)) for topic in TOPICS[:3]}
    result["outcomes"] = counted(lambda: payung.number("SELECT count(*) FROM ledger.outcome WHERE NOT repeat"))
    result["told"] = counted(lambda: payung.number("SELECT count(*) FROM notice.message"))
    return result


def all_done(payung):
    return counted(lambda: books.all_decided(payung))() is True


def kill_server(payung, name):
    """The program itself; the supervisor of tests/servers/start brings it back."""
    with open(payung.path("servers", "pids", f"{name}.pid"), encoding="ascii") as file:
        os.kill(int(file.read()), signal.SIGKILL)
    return True


def plan(payung):
    """(victim, how, counter, at): killed when the counter has come so far."""
    service = lambda name: (name, payung.services[name].kill)
    server = lambda name: (name, lambda: kill_server(payung, name))
    return [
        (*service("ingestion"), "submitted", 100),
        (*service("eligibility-1-bulk"), "assessed", 150),
        (*service("premium-1-bulk"), "priced", 200),
        (*service("ledger-1-bulk"), "outcomes", 250),
        (*service("notification-1-bulk"), "told", 150),
        ("redis: emptied", lambda: payung.redis("FLUSHALL"), "outcomes", 350),
        (*server("kafka"), "outcomes", 400),
        (*service("eligibility-0-realtime"), "outcomes", 500),
        (*service("premium-0-realtime"), "outcomes", 550),
        (*service("ledger-0-realtime"), "outcomes", 600),
        (*service("notification-0-realtime"), "outcomes", 650),
        *((*service(name), "outcomes", 700) for name in SINGLES),
        (*service("ledger-1-bulk"), "outcomes", 800),
        (*service("notification-1-bulk"), "told", 700),
        (*server("postgres"), "outcomes", 1100),
        (*server("redis"), "outcomes", 1300),
        (*service("notification-1-bulk"), "told", 1200),
    ]


def disturb(payung, total):
    """Kills one after the other. Returns how many met unfinished work of what was counted."""
    in_the_middle = 0
    count = counters(payung)
    for name, kill, counter, at in plan(payung):
        end = time.monotonic() + STEP_SECONDS_MAX
        while count[counter]() < at and time.monotonic() < end:
            time.sleep(0.01)
        seen = {key: function() for key, function in count.items()}
        wait_until(20, f"{name} runs, to be killed", kill)
        in_the_middle += 0 <= seen[counter] < total
        print(f"   killed {name:24} at {seen}", flush=True)
    return in_the_middle


def undisturbed(checks, payung):
    payung.apply(payung.sample_agreement())
    code, answer = payung.enrol(payung.sample("kepahiang-2025.csv"), "kepahiang-2025")
    checks.expect(code == 3 and answer["accepted"] == 1984, "undisturbed: the sample's figures", {name: answer.get(name) for name in ("accepted", "waitlisted", "rejected")})
    wait_until(60, "everybody is told", lambda: books.all_decided(payung))
    checks.expect(payung.cli("ledger", "verify")[0] == 0, "undisturbed: the ledger verifies")
    return answer, books.digests(payung), books.letters(payung)


def disturbed(checks, payung, wanted):
    wanted_answer, wanted_books, wanted_letters = wanted
    payung.apply(payung.sample_agreement())
    answers = []
    caller = threading.Thread(target=enrol_until_taken, args=(payung, payung.sample("kepahiang-2025.csv"), answers), daemon=True)
    caller.start()
    met = disturb(payung, wanted_answer["rows"])
    checks.expect(met >= IN_THE_MIDDLE_MIN, f"at least {IN_THE_MIDDLE_MIN} kills met unfinished work", met)
    caller.join(FINISH_SECONDS)
    checks.expect(not caller.is_alive() and answers and answers[-1][0] == 3, "the caller has the answer in the end", f"{len(answers)} attempts, {answers[-1][0] if answers else None}")
    wait_until(FINISH_SECONDS, "every row has its outcome and everybody is told", lambda: all_done(payung), pause=0.3)
    for name in payung.services:
        payung.wait_ready(name)
    answer = {name: value for name, value in answers[-1][1].items()}
    checks.expect(answer == wanted_answer, "its answer is that of the undisturbed run", answer)
    compare(checks, payung, "after the kills", wanted_books, wanted_letters)
    repeats = payung.number("SELECT count(*) FROM ledger.outcome WHERE repeat")
    starts = {name: service.starts for name, service in payung.services.items()}
    print(f"   outcomes told again (repeats): {repeats}; starts: {starts}")
    checks.expect(all(count >= 2 for count in starts.values()), "every service was killed at least once and came back")
    return wanted_books, wanted_letters


def compare(checks, payung, when, wanted_books, wanted_letters):
    seen = books.digests(payung)
    for name, digest in wanted_books.items():
        checks.expect(seen[name] == digest, f"{when}: the same {name}", seen[name])
    checks.expect(books.letters(payung) == wanted_letters, f"{when}: the same letters in the maildir", f"{len(wanted_letters)} letters")
    code, report = payung.cli("notification", "report")
    checks.expect(code == 0 and report["total"]["promised"] == report["total"]["sent"] == len(wanted_letters), f"{when}: promised = sent = letters", report["total"])
    checks.expect(payung.cli("ledger", "verify")[0] == 0, f"{when}: the ledger verifies")
    code, answer = payung.cli("ledger", "replay")
    checks.expect(code == 0, f"{when}: the ledger rebuilt from the topics is the same, repeats in them: {answer.get('repeats')}",
                  answer.get("error") or [table["table"] for table in answer["tables"] if not table["equal"]])


def once_more(checks, payung, wanted_books, wanted_letters):
    answers = []
    enrol_until_taken(payung, payung.sample("kepahiang-2025.csv"), answers)
    checks.expect(answers[-1][0] == 3, "the list a second time", answers[-1][0])
    with open(payung.sample("kepahiang-2025.csv"), encoding="utf-8") as file:
        head, *lines = file.read().splitlines()
    random.Random(11).shuffle(lines)
    path = payung.path("shuffled.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([head, *lines]) + "\n")
    code, answer = payung.enrol(path, "kepahiang-2025")
    checks.expect(code == 3 and answer["accepted"] == 1984, "and with its rows shuffled", answer.get("accepted"))
    wait_until(60, "everything is final", lambda: all_done(payung))
    compare(checks, payung, "enrolled again", wanted_books, wanted_letters)


def main(source, build):
    checks = Checks()
    keys = tempfile.mkdtemp(prefix="payung-keys-")
    try:
        wanted = None
        with Installation(source, build) as payung:
            payung.start()
            shutil.copytree(payung.path("keys"), keys, dirs_exist_ok=True)
            wanted = undisturbed(checks, payung)
        with Installation(source, build, keys_from=keys, stage_knobs=STAGE_KNOBS, intake_knobs=INTAKE_KNOBS) as payung:
            payung.start()
            checks.case("Killed in turn", disturbed, checks, payung, wanted)
            checks.case("Once more", once_more, checks, payung, wanted[1], wanted[2])
            checks.no_disaster(payung)
    finally:
        shutil.rmtree(keys, ignore_errors=True)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
