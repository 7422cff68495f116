"""Agreements over the API, on an installation of its own: a document is proposed by one partner and put in force by another, what is wrong is named with member and remedy, roles are
held, and an amendment reaches people who are enrolled a moment later.

usage: agreement_api_test.py SOURCE_FOLDER BUILD_FOLDER"""
import json
import subprocess
import sys
import time

from installation import Checks, Failure, Installation, wait_until

TOKENS = {"pembuat": "token-of-the-maker-0123456789", "pemeriksa": "token-of-the-checker-0123456789", "rangkap": "token-of-both-roles-0123456789"}
ROLES = {"pembuat": ["maker"], "pemeriksa": ["checker"], "rangkap": ["maker", "checker"]}
ID = "dua-orang"
NOTICED_WITHIN_S = 15  # the caches promise one second, on a machine that has time
TRIES = 60


def document(payung, **changes):
    return payung.sample_agreement(id=ID, **changes)


def ask(payung, partner, method, path, body=None):
    """(status, JSON)"""
    text = body if isinstance(body, (str, type(None))) else json.dumps(body)
    status, _, answer = payung.request(method, path, text, {"Authorization": f"Bearer {TOKENS[partner]}" if partner else None}, timeout=30)
    return status, json.loads(answer)


def what_is_wrong_is_named(payung, checks):
    for body, code, pointer, word in (("{", "DOCUMENT_INVALID", None, "line"), (document(payung, pgau=1), "DOCUMENT_INVALID", "/pgau", "not known"),
                                      (document(payung, payer={"kind": "PEMKAB", "region": "99.99", "funds": "APBD"}), "DOCUMENT_INVALID", "/payer/region", "no region"),
                                      (document(payung, options={"occupations": ["zzz"]}), "DOCUMENT_INVALID", "/options/occupations", "zzz"),
                                      (document(payung, options={"grace_months": 13}), "DOCUMENT_INVALID", "/options/grace_months", "bounds")):
        status, answer = ask(payung, "pembuat", "POST", "/v1/agreements", body)
        checks.expect((status, answer["code"], answer.get("pointer")) == (422, code, pointer) and word in answer["detail"] and answer["remedy"], f"422 names {pointer}", answer)
    status, answer = ask(payung, "pembuat", "POST", "/v1/agreements", json.dumps(document(payung, name="x" * 60_000)))
    checks.expect(status == 413, "a document beyond 48 KiB is refused", status)
    checks.expect(payung.number("SELECT count(*) FROM ledger.agreement_proposal") == 0, "nothing was stored")


def roles_are_held(payung, checks):
    checks.expect(ask(payung, None, "POST", "/v1/agreements", document(payung))[0] == 401, "without a token 401")
    status, answer = ask(payung, "pemeriksa", "POST", "/v1/agreements", document(payung))
    checks.expect((status, answer["code"]) == (403, "FORBIDDEN"), "a checker can't propose", answer)
    status, answer = ask(payung, "pembuat", "POST", "/v1/batches?agreement=x", "nik\n")
    checks.expect((status, answer["code"]) == (403, "FORBIDDEN"), "a maker can't enrol", answer)
    status, _, _ = payung.post("/v1/agreements", json.dumps(document(payung)))
    checks.expect(status == 403, "the local partner enrols, and no more", status)


def one_makes_another_checks(payung, checks):
    status, made = ask(payung, "rangkap", "POST", "/v1/agreements", document(payung))
    checks.expect((status, made["state"], made["problems"], made["difference"]) == (201, "submitted", [], ""), "201: submitted", made)
    again = ask(payung, "rangkap", "POST", "/v1/agreements", document(payung))[1]
    checks.expect(again["proposal_id"] == made["proposal_id"], "the same sent again is the same proposal")
    path = f"/v1/agreements/proposals/{made['proposal_id']}"
    status, seen = ask(payung, "pemeriksa", "GET", path)
    checks.expect((status, seen["document"], seen["made_by"]) == (200, document(payung), "partner:rangkap"), "the checker sees the document", status)
    for partner, code in (("rangkap", "TWO_PERSONS"), ("pembuat", "FORBIDDEN")):
        status, answer = ask(payung, partner, "POST", path + "/approve")
        checks.expect((status, answer["code"]) == (403, code), f"{partner} can't approve it", answer)
    checks.expect(ask(payung, "pembuat", "GET", f"/v1/agreements/{ID}")[0] == 404, "it is not in force yet")
    status, answer = ask(payung, "pemeriksa", "POST", path + "/approve", {"nota": 1})
    checks.expect((status, answer.get("pointer")) == (422, "/note"), "a body that is no note is refused", answer)
    for _ in range(2):
        status, answer = ask(payung, "pemeriksa", "POST", path + "/approve", {"note": "sesuai DPA"})
        checks.expect((status, answer["state"], answer["checked_by"], answer["note"]) == (200, "approved", "partner:pemeriksa", "sesuai DPA"), "approved; again the same", answer)
    checks.expect(ask(payung, "pemeriksa", "POST", path + "/refuse")[0] == 409, "what is approved can't be refused")
    status, shown = ask(payung, "pembuat", "GET", f"/v1/agreements/{ID}")
    checks.expect((status, shown["agreement"], shown["state"], shown["amendment"], shown["pagu"], shown["committed"]) == (200, ID, "IN_FORCE", 0, 400_000_000, 0), "it is in force", shown)
    checks.expect([(v["made_by"], v["approved_by"]) for v in shown["versions"]] == [("partner:rangkap", "partner:pemeriksa")], "with both names")
    status, answer = ask(payung, "pembuat", "POST", "/v1/agreements", document(payung))
    checks.expect((status, answer["state"], answer["proposal_id"]) == (200, "in_force", None), "proposed again there is nothing to do", answer)
    checks.expect(ask(payung, "pemeriksa", "POST", "/v1/agreements/proposals/p" + "0" * 32 + "/approve")[0] == 404, "an unknown proposal is 404")


def an_amendment_that_would_be_refused_says_so(payung, checks):
    payer = dict(document(payung)["payer"], funds="APBN")
    status, made = ask(payung, "pembuat", "POST", "/v1/agreements", document(payung, payer=payer))
    checks.expect((status, [p["member"] for p in made["problems"]]) == (201, ["payer.funds"]), "taken with its problem", made)
    path = f"/v1/agreements/proposals/{made['proposal_id']}"
    status, answer = ask(payung, "pemeriksa", "POST", path + "/approve")
    checks.expect((status, answer["code"], answer["pointer"]) == (422, "AGREEMENT_REFUSED", "/payer/funds") and "renews" in answer["remedy"], "and can't be approved", answer)
    checks.expect(ask(payung, "pemeriksa", "POST", path + "/refuse", {"note": "sumber dana lain"})[1]["state"] == "refused", "it is refused")
    checks.expect(ask(payung, "pemeriksa", "GET", path)[1]["note"] == "sumber dana lain", "with a note")


def a_draft_is_submitted_by_its_maker(payung, checks):
    status, made = ask(payung, "pembuat", "POST", "/v1/agreements?draft=true", document(payung, quota=7))
    checks.expect((status, made["state"]) == (201, "draft"), "201: a draft", made)
    path = f"/v1/agreements/proposals/{made['proposal_id']}"
    for partner, verb, status, code in (("pemeriksa", "approve", 409, "PROPOSAL_DRAFT"), ("pemeriksa", "submit", 403, "FORBIDDEN"), ("rangkap", "submit", 403, "TWO_PERSONS")):
        found = ask(payung, partner, "POST", f"{path}/{verb}")
        checks.expect((found[0], found[1]["code"]) == (status, code), f"{partner} can't {verb} a draft", found)
    for difference in ("  quota: - -> 7\n", ""):
        status, answer = ask(payung, "pembuat", "POST", path + "/submit")
        checks.expect((status, answer["state"], answer["difference"]) == (200, "submitted", difference), "its maker submits it; again there is nothing to do", answer)
    checks.expect(ask(payung, "pembuat", "POST", path + "/withdraw")[1]["state"] == "withdrawn", "and may withdraw it")


def people_are_decided_by_the_amendment(payung, checks):
    """One occupation only, by an amendment over the API: who has another one gets E33 a moment later, in the caches of services that run. Each try is another person: whom the cache
    still lets in is in."""
    people = payung.simulated("17.08", TRIES, 11)

    def enrol(number):
        person = {name: value for name, value in people[number].items() if value}
        status, _, body = payung.post("/v1/enrolments", json.dumps(dict(person, agreement=ID)), {"Idempotency-Key": f"k-{number}", "Prefer": "wait=10"})
        return status, json.loads(body)

    status, first = enrol(0)
    checks.expect((status, first.get("status")) == (200, "accepted"), "accepted under the first document", first)
    status, made = ask(payung, "pembuat", "POST", "/v1/agreements", document(payung, options={"occupations": ["1301"]}))
    ask(payung, "pemeriksa", "POST", f"/v1/agreements/proposals/{made['proposal_id']}/approve")
    checks.expect(ask(payung, "pembuat", "GET", f"/v1/agreements/{ID}")[1]["amendment"] == 1, "amendment 1 is in force")
    others = iter(number for number in range(1, TRIES) if people[number]["kode_pekerjaan"] != "1301")

    def refused():
        _, answer = enrol(next(others))
        return answer if "E33" in [code["code"] for code in answer.get("codes", [])] else None

    seen = wait_until(NOTICED_WITHIN_S, "somebody is refused by the amendment", refused, pause=0.5)
    checks.expect(seen["status"] == "rejected", "refused by the amendment", seen)
    checks.expect(payung.cli("ledger", "verify")[1]["ok"] is True, "the ledger is right")


def a_held_budget_is_no_reason_to_wait(payung, checks):
    status, made = ask(payung, "pembuat", "POST", "/v1/agreements", document(payung, quota=5))
    holder = subprocess.Popen(["psql", payung.settings["PGURL"], "-X", "-q", "-A", "-t"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    holder.stdin.write(f"BEGIN; SELECT agreement_no FROM ledger.budget JOIN ledger.agreement USING (agreement_no) WHERE agreement_id = '{ID}' FOR UPDATE OF budget;\n")
    holder.stdin.flush()
    holder.stdout.readline()
    began = time.monotonic()
    status, answer = ask(payung, "pemeriksa", "POST", f"/v1/agreements/proposals/{made['proposal_id']}/approve")
    checks.expect(status == 503 and time.monotonic() - began < 3, "503 while a command of the ledger holds the budget", answer)
    holder.communicate("ROLLBACK;\n", timeout=20)
    status, answer = ask(payung, "pemeriksa", "POST", f"/v1/agreements/proposals/{made['proposal_id']}/approve")
    checks.expect((status, answer["state"]) == (200, "approved"), "and again it is done", answer)


def main(source, build):
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        for name, token in TOKENS.items():
            payung.must("partner", "add", name, "--token-file", "-", *(word for role in ROLES[name] for word in ("--role", role)), input=token)
        for case in (what_is_wrong_is_named, roles_are_held, one_makes_another_checks, an_amendment_that_would_be_refused_says_so, a_draft_is_submitted_by_its_maker, people_are_decided_by_the_amendment,
                     a_held_budget_is_no_reason_to_wait):
            checks.case(case.__name__, case, payung, checks)
        checks.no_disaster(payung)
    return checks.finish()


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
