"""The sample list is enrolled twice, each time in a fresh installation with the same keys: once undisturbed, once while every instance of every
service, intake, the broker, PostgreSQL and Redis are killed with SIGKILL in turn and Redis is emptied. Afterwards the books must be the same to the last row and
everybody must have been told exactly once. Enrolled again, also shuffled, nothing changes.
usage: chaos_test.py SOURCE_FOLDER BUILD_FOLDER"""
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
import books  # noqa: E402
from installation import LANES, STAGES, Checks, Failure, Installation, wait_until  # noqa: E402

SAMPLE = "tests/data/kepahiang-2025"
# Small batches make the flow long enough to be hit in the middle, and give many moments between two steps.
KNOBS = {"BATCH_MESSAGES_MAX": "25"}
STEP_ROWS = 70            # work that must be seen between two kills
STEP_SECONDS_MAX = 12
FINISH_SECONDS = 150


def sample(payung, ending):
    return os.path.join(payung.source, SAMPLE + ending)


def enrol_until_taken(payung, path, answers):
    """As a person would: when intake was away, the same command once more."""
    for attempt in range(1, 41):
        code, answer = payung.cli("enrol", path, "--agreement", "kepahiang-2025", "--wait", timeout=FINISH_SECONDS)
        answers.append((code, answer))
        if code in (0, 3):
            return
        print(f"   enrol, attempt {attempt}: {code} {answer.get('error', {}).get('code')}", flush=True)
        time.sleep(0.5)


def decided(payung):
    try:
        return payung.number("SELECT count(*) FROM ledger.outcome WHERE NOT repeat")
    except Failure:  # PostgreSQL is just being killed
        return -1


def told(payung):
    try:
        return payung.number("SELECT count(*) FROM notice.message")
    except Failure:
        return -1


def all_done(payung):
    try:
        return books.all_decided(payung)
    except Failure:
        return False


def kill_server(payung, name):
    """The program itself; the supervisor of tests/servers/start brings it back."""
    with open(payung.path("servers", "pids", f"{name}.pid"), encoding="ascii") as file:
        os.kill(int(file.read()), signal.SIGKILL)
    return True


def victims(payung):
    """(name, how) in the order of the path, the instance of the bulk lane first, for it is the one that works."""
    result = [(f"{stage}-{lane}", payung.services[f"{stage}-{lane}"].kill) for stage in STAGES for lane in reversed(LANES)]
    result.insert(0, ("ingestion", payung.services["ingestion"].kill))
    result.insert(4, ("kafka", lambda: kill_server(payung, "kafka")))
    result.insert(7, ("redis: emptied", lambda: payung.redis("FLUSHALL")))
    result += [("redis", lambda: kill_server(payung, "redis")), ("postgres", lambda: kill_server(payung, "postgres"))]
    return result


def disturb(payung, total):
    """Kills one after the other, each after some more work was done. Returns how many met unfinished work."""
    in_the_middle = 0
    for name, kill in victims(payung):
        before = (decided(payung), told(payung))
        end = time.monotonic() + STEP_SECONDS_MAX
        while time.monotonic() < end:
            now = (decided(payung), told(payung))
            if now[0] - before[0] >= STEP_ROWS or now[1] - before[1] >= STEP_ROWS or (now[0] >= total and all_done(payung)):
                break
            time.sleep(0.02)
        rows = decided(payung)
        unfinished = not all_done(payung)
        wait_until(20, f"{name} runs, to be killed", kill)
        in_the_middle += unfinished
        print(f"   killed {name:28} at {rows} outcomes{'' if unfinished else ' (everything was done)'}", flush=True)
    return in_the_middle


def undisturbed(checks, payung):
    payung.must("agreement", "apply", sample(payung, ".json"), "--yes")
    code, answer = payung.cli("enrol", sample(payung, ".csv"), "--agreement", "kepahiang-2025", "--wait")
    checks.expect(code == 3 and answer["accepted"] == 1984, "undisturbed: the sample's figures", {name: answer.get(name) for name in ("accepted", "waitlisted", "rejected")})
    wait_until(60, "everybody is told", lambda: books.all_decided(payung))
    checks.expect(payung.cli("ledger", "verify")[0] == 0, "undisturbed: the ledger verifies")
    return answer, books.digests(payung), books.letters(payung)


def disturbed(checks, payung, wanted):
    wanted_answer, wanted_books, wanted_letters = wanted
    payung.must("agreement", "apply", sample(payung, ".json"), "--yes")
    answers = []
    caller = threading.Thread(target=enrol_until_taken, args=(payung, sample(payung, ".csv"), answers), daemon=True)
    caller.start()
    wait_until(60, "the list is being staged or decided", lambda: decided(payung) > 0)
    met = disturb(payung, wanted_answer["rows"])
    checks.expect(met >= 8, "most kills met unfinished work", met)
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


def once_more(checks, payung, wanted_books, wanted_letters):
    code, _ = payung.cli("enrol", sample(payung, ".csv"), "--agreement", "kepahiang-2025", "--wait")
    checks.expect(code == 3, "the list a second time", code)
    with open(sample(payung, ".csv"), encoding="utf-8") as file:
        head, *lines = file.read().splitlines()
    random.Random(11).shuffle(lines)
    path = payung.path("shuffled.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([head, *lines]) + "\n")
    code, answer = payung.cli("enrol", path, "--agreement", "kepahiang-2025", "--wait")
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
        with Installation(source, build, keys_from=keys, knobs=KNOBS) as payung:
            payung.start()
            checks.case("Killed in turn", disturbed, checks, payung, wanted)
            checks.case("Once more", once_more, checks, payung, wanted[1], wanted[2])
            checks.expect(not payung.disasters(), "no sanitizer and no CHECK spoke", payung.disasters()[:3])
            if checks.failures:
                for name in payung.services:
                    print(f"-- the end of the log of {name}:\n{payung.log_tail(name, 6)}")
    finally:
        shutil.rmtree(keys, ignore_errors=True)
    print(f"\n{checks.failures} failure(s)")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
