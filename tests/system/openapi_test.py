#!/usr/bin/env python3
"""The partner API is what its description says: /openapi.json and /docs are there without a token, every example is taken as it is, refusals are problems that lead to their explanation,
a partner's rate is held, and schemathesis, with all its checks, finds nothing in what it makes of the description.
usage: openapi_test.py SOURCE BUILD"""
import concurrent.futures
import html.parser
import json
import os
import re
import subprocess
import sys
import time
import uuid

from installation import TOKEN, Checks, Installation, wait_until

BOTH_TOKEN = "token-of-a-maker-and-checker-0123456789abcdef"
SEED = "20251001"
EXAMPLES = "60"
WITHIN_S = 240
PROBLEM = "application/problem+json"
RATE, BURST = 2, 5
QUEUED = 16
# The law, the regions and other agreements decide about a document; a schema can't. So a document that is well formed may be refused with 422, in the agreements alone.
# A question may be well-formed and have no price: no tariff in that year, a programme that is closed to the segment.
QUOTES_CONFIG = """[[operations]]
include-path = "/v1/quotes"
[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "422"]
"""
AGREEMENTS_CONFIG = """[[operations]]
include-path-regex = "^/v1/agreements"
[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "403", "404", "409", "422"]
"""


def ask(payung, method, path, body=None, token=TOKEN, **headers):
    """(status, headers, bytes); a header's name with _ for -."""
    sent = {"Content-Type": None, "Authorization": f"Bearer {token}" if token else None}
    return payung.request(method, path, body, dict(sent, **{name.replace("_", "-"): value for name, value in headers.items()}))


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.links, self.tags = set(), [], set()

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self.tags.add(tag)
        self.ids.add(names.get("id"))
        self.links += [names[name] for name in ("href", "src") if name in names]


def served(payung, checks):
    status, headers, body = ask(payung, "GET", "/openapi.json", token=None)
    payung.description = json.loads(body)
    checks.expect((status, headers["Content-Type"], payung.description["openapi"]) == (200, "application/json", "3.1.0"), "the description is there without a token", headers["Content-Type"])
    again = ask(payung, "GET", "/openapi.json", token=None, If_None_Match=headers["ETag"])
    checks.expect((again[0], again[2]) == (304, b""), "and is not sent again to who has it", again[0])
    status, headers, body = ask(payung, "GET", "/docs", token=None)
    page = Page()
    page.feed(body.decode())
    checks.expect(status == 200 and headers["Content-Type"].startswith("text/html") and headers["Content-Security-Policy"].startswith("default-src 'none'"), "the page is there", status)
    checks.expect("script" not in page.tags and all(link[0] in "/#" for link in page.links), "without scripts and without anything from elsewhere", page.links[:3])
    codes = set(payung.description["components"]["schemas"]["ProblemCode"]["enum"])
    checks.expect(len(codes) > 25 and codes <= page.ids, "and explains every code where its type leads", sorted(codes - page.ids))
    checks.expect({link[1:] for link in page.links if link[0] == "#"} <= page.ids, "its links lead somewhere")


def examples_are_taken(payung, checks):
    def values(path, media="application/json"):
        return [example["value"] for example in payung.description["paths"][path]["post"]["requestBody"]["content"][media]["examples"].values()]

    first = values("/v1/enrolments")[0]
    status, _, body = ask(payung, "POST", "/v1/enrolments", json.dumps(first), Content_Type="application/json", Idempotency_Key=f'"{uuid.uuid4()}"')
    answer = json.loads(body)
    checks.expect(status in (200, 202) and len(answer["enrolment_id"]) == 32, "the first enrolment is taken as it is", f"{status} {answer.get('status')}")
    status, _, body = ask(payung, "POST", "/v1/enrolments", json.dumps(first), Content_Type="application/json", Idempotency_Key=f'"{uuid.uuid4()}"', Prefer="wait=20")
    answer = json.loads(body)
    checks.expect(status == 200 and answer["status"] == "duplicate" and answer["codes"], "and again, under another key, the decision is a duplicate", f"{status} {answer['status']}")
    status, _, body = ask(payung, "POST", "/v1/batches?agreement=kepahiang-2025", values("/v1/batches", "text/csv")[0], Content_Type="text/csv")
    checks.expect((status, json.loads(body).get("rows")) == (201, 2), "the list is taken", body.decode())
    for value in values("/v1/payments"):
        status, _, body = ask(payung, "POST", "/v1/payments", json.dumps(value), Content_Type="application/json")
        checks.expect(status == 202, f"the payment {value['external_id']} is taken", body.decode())
    for value in values("/v1/quotes"):
        status, _, body = ask(payung, "POST", "/v1/quotes", json.dumps(value), Content_Type="application/json")
        checks.expect(status == 200 and json.loads(body)["total"] > 0, f"a quote for {value['segment']}", body.decode()[:200])
    options = [word for name, value in values("/v1/quotes")[0].items() for word in (f"--{name}", ",".join(value) if isinstance(value, list) else str(value))]
    status, _, body = ask(payung, "POST", "/v1/quotes", json.dumps(values("/v1/quotes")[0]), Content_Type="application/json")
    checks.expect(json.loads(body) == payung.cli("quote", *options)[1], "is what payung quote says")
    status, _, body = ask(payung, "POST", "/v1/agreements", json.dumps(values("/v1/agreements")[0]), token=BOTH_TOKEN, Content_Type="application/json")
    checks.expect(status == 201, "the agreement is proposed", body.decode()[:200])


def pages_are_whole(payung, checks):
    """Page by page, in steps of one and of many, the same things in the same order."""
    wait_until(20, "the list is decided", lambda: payung.number("SELECT count(*) FROM ledger.outcome WHERE NOT repeat") == 4)
    for path, name, query in (("/v1/enrolments", "enrolments", "agreement=kepahiang-2025&"), ("/v1/batches", "batches", "agreement=kepahiang-2025&"), ("/v1/agreements", "agreements", ""),
                              ("/v1/payments", "payments", "")):
        _, _, body = ask(payung, "GET", f"{path}?{query}limit=100")
        whole = json.loads(body)[name]
        seen, address = [], f"{path}?{query}limit=1"
        while address:
            status, headers, body = ask(payung, "GET", address)
            page = json.loads(body)
            seen += page[name]
            address = page["next"]
            checks.expect(status == 200 and headers.get("Link") == (f'<{address}>; rel="next"' if address else None), f"{path}: a page, with the next one in its header", headers.get("Link"))
        checks.expect(whole and seen == whole, f"{path}: {len(whole)} in pages of one", f"{len(seen)} of {len(whole)}")
    told = {row["enrolment_id"]: row["status"] for row in json.loads(ask(payung, "GET", "/v1/enrolments?agreement=kepahiang-2025&limit=100")[2])["enrolments"]}
    stood = dict(payung.sql("SELECT encode(application_id, 'hex'), status FROM ledger.outcome WHERE NOT repeat"))
    checks.expect(set(told) == set(stood), "every outcome is listed", f"{len(told)} of {len(stood)}")


def refusals_are_problems(payung, checks):
    json_type, key = {"Content_Type": "application/json"}, {"Idempotency_Key": "k-1"}
    vectors = (("GET", "/nothing", None, {}, 404, "NOT_FOUND"), ("PUT", "/v1/enrolments", "{}", json_type, 405, "METHOD_NOT_ALLOWED"),
               ("POST", "/v1/enrolments", "{}", {"token": None}, 401, "UNAUTHORIZED"), ("POST", "/v1/enrolments", "{}", json_type, 400, "KEY_MISSING"),
               ("POST", "/v1/enrolments", "<a/>", dict(key, Content_Type="application/xml"), 415, "WRONG_MEDIA_TYPE"), ("POST", "/v1/enrolments", "x" * 70000, dict(json_type, **key), 413, "TOO_LARGE"),
               ("POST", "/v1/enrolments", '{"agreement":"x","niik":1}', dict(json_type, **key), 422, "BAD_BODY"), ("POST", "/v1/enrolments", '{"agreement":"x"}', dict(json_type, **key), 404, "UNKNOWN_AGREEMENT"),
               ("POST", "/v1/batches", "nik\n", {"Content_Type": "text/csv"}, 400, "AGREEMENT_MISSING"), ("POST", "/v1/agreements", "{}", json_type, 403, "FORBIDDEN"),
               ("POST", "/v1/quotes", '{"segment":"PU","month":"2026-01"}', json_type, 422, "BAD_QUOTE"), ("POST", "/v1/quotes", '{"segment":"BPU","month":"2010-01"}', json_type, 422, "BAD_QUOTE"),
               ("GET", "/v1/enrolments", None, {}, 400, "AGREEMENT_MISSING"), ("GET", "/v1/batches?agreement=kepahiang-2025&limit=101", None, {}, 400, "BAD_PARAMETER"),
               ("GET", "/v1/enrolments?agreement=kepahiang-2025&after=x", None, {}, 400, "BAD_PARAMETER"), ("GET", "/v1/payments?after=%00", None, {}, 400, "BAD_PARAMETER"),
               ("GET", "/v1/agreements/%ff%fe", None, {}, 404, "UNKNOWN_AGREEMENT"), ("GET", "/v1/agreements/proposals/%ff", None, {}, 404, "NOT_FOUND"))
    for method, path, body, more, status, code in vectors:
        seen, headers, text = ask(payung, method, path, body, **more)
        problem = json.loads(text)
        checks.expect((seen, headers["Content-Type"], problem["status"], problem["code"], problem["type"]) == (status, PROBLEM, status, code, f"/docs#{code}"), f"{method} {path[:40]}: {status} {code}", f"{seen} {problem['code']}")
        if status == 405:
            checks.expect(headers["Allow"] == "POST, GET, HEAD", "405 names the methods", headers["Allow"])
        if code == "BAD_BODY":
            checks.expect(problem["errors"] == [{"pointer": "/niik", "code": "UNKNOWN_MEMBER", "message_id": "nama anggota tidak dikenal", "message_en": "is not a known member"}], "the member is named in both languages", problem["errors"])


def schemathesis(payung, checks, title, token, config, *options):
    with open(payung.path("schemathesis.toml"), "w", encoding="ascii") as file:
        file.write(config)
    environment = dict(os.environ, SCHEMATHESIS_HOOKS="openapi_hooks", PYTHONPATH=os.path.dirname(os.path.abspath(__file__)))
    command = [os.path.join(os.environ["PAYUNG_DEPS_DIR"], "python/bin/schemathesis"), "--config-file", payung.path("schemathesis.toml"), "run", f"http://127.0.0.1:{payung.api_port}/openapi.json",
               "--checks", "all", "-H", f"Authorization: Bearer {token}", "--max-examples", EXAMPLES, "--seed", SEED, "--generation-database", "none", "--no-color", *options]
    done = subprocess.run(command, cwd=payung.folder, env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    text = done.stdout + done.stderr
    print(text[-12000:] if done.returncode else text[text.find("= SUMMARY"):], flush=True)
    checks.expect(done.returncode == 0 and re.search(r" [1-9][0-9]* passed", text), f"schemathesis finds nothing: {title}", f"exit {done.returncode}")
    checks.expect(payung.get("ingestion", "/readyz")[0] == 200, "and the service is well")


def restart_with(payung, **knobs):
    intake = payung.services["ingestion"]
    intake.pause()
    intake.environment.update(knobs)
    intake.resume()
    payung.wait_ready("ingestion")


def a_full_queue_says_so(payung, checks):
    """Nobody decides, so that those who wait fill a small queue: the others get 503, and who got 202 is decided later."""
    restart_with(payung, QUEUE_BYTES_MAX="1024")
    lane = payung.services["eligibility-0-realtime"]
    lane.pause()
    person = next(iter(payung.description["paths"]["/v1/enrolments"]["post"]["requestBody"]["content"]["application/json"]["examples"].values()))["value"]

    def enrol(number):
        time.sleep(number * 0.05)
        return ask(payung, "POST", "/v1/enrolments", json.dumps(person), Content_Type="application/json", Idempotency_Key=f"antre-{number}", Prefer="wait=4")

    with concurrent.futures.ThreadPoolExecutor(QUEUED) as pool:
        answers = list(pool.map(enrol, range(QUEUED)))
    taken = [json.loads(body)["enrolment_id"] for status, _, body in answers if status == 202]
    refused = [headers["Retry-After"] for status, headers, _ in answers if status == 503]
    checks.expect(taken and refused and len(taken) + len(refused) == QUEUED and set(refused) == {"1"}, "a full queue is 503 with Retry-After", [status for status, _, _ in answers])
    lane.resume()
    payung.wait_ready("eligibility-0-realtime")
    decided = lambda: all(json.loads(ask(payung, "GET", f"/v1/enrolments/{number}")[2])["status"] == "duplicate" for number in taken)
    checks.expect(wait_until(30, "all that were acknowledged are decided", decided), "what was acknowledged is decided")


def rate_is_held(payung, checks):
    restart_with(payung, RATE_LIMIT_PER_SECOND=str(RATE), RATE_LIMIT_BURST=str(BURST))
    answers = [ask(payung, "GET", f"/v1/enrolments/{'0' * 32}") for _ in range(4 * BURST)]
    refused = [(headers, json.loads(body)) for status, headers, body in answers if status == 429]
    checks.expect(answers[0][0] == 404 and len(refused) >= BURST, "beyond the burst requests are refused", [status for status, _, _ in answers])
    checks.expect(all(headers["Retry-After"] == "1" and problem["code"] == "TOO_MANY_REQUESTS" for headers, problem in refused), "with 429, told when to come again")
    checks.expect(ask(payung, "GET", f"/v1/enrolments/{'0' * 32}", token=BOTH_TOKEN)[0] == 404, "another partner is not touched by it")
    time.sleep(1.0)
    checks.expect(ask(payung, "GET", f"/v1/enrolments/{'0' * 32}")[0] == 404, "after that time it goes on")


def main(source, build):
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        payung.services["webhook"].pause()  # a generator makes up hosts, which may be strangers': nothing is to be sent to them
        payung.apply(payung.sample_agreement())
        payung.must("partner", "add", "pemeriksa", "--token-file", "-", *(word for role in ("maker", "checker") for word in ("--role", role)), input=BOTH_TOKEN)
        for title, case in (("the description is served", served), ("its examples", examples_are_taken), ("pages", pages_are_whole), ("refusals", refusals_are_problems)):
            checks.case(title, case, payung, checks)
        checks.case("all operations, as a partner", schemathesis, payung, checks, "a partner who enrols and pays", TOKEN, QUOTES_CONFIG)
        checks.case("agreements, as maker and checker", schemathesis, payung, checks, "who makes and checks agreements", BOTH_TOKEN, AGREEMENTS_CONFIG, "--include-path-regex", "^/v1/agreements")
        checks.case("a full queue", a_full_queue_says_so, payung, checks)
        checks.case("the rate of a partner", rate_is_held, payung, checks)
        code, answer = payung.cli("ledger", "verify")
        checks.expect(code == 0 and answer["ok"], "the ledger verifies", answer["problems"])
        checks.no_disaster(payung)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
