"""Partners of the API on an installation of its own: who is bound to agreements or regions finds nothing else and writes nowhere else; the offices of an umbrella are its own. Access tokens are given for a
client secret, end with it, and outlive a restart. Signed requests are signed here by a stranger's hand (hashlib, hmac).

usage: partner_test.py SOURCE_FOLDER BUILD_FOLDER"""
import base64
import datetime
import hashlib
import hmac
import json
import os
import sys
import time

from installation import Checks, Failure, Installation, wait_until

REMEMBERED_S = 5.5  # how long intake remembers a partner, and a little more
TOKENS_BURST = 60  # tokens that one client may ask for at once (ingestion.c)
ROLES = ("enrol", "payments", "maker", "checker")
BOUND = {"bebas": (), "kepahiang": ("--agreement", "kepahiang-2025"), "payung": ("--agreement", "serang-2024"), "dinsos": ("--agreement", "serang-dinsos"),
         "bengkulu": ("--region", "17"), "kota": ("--region", "17.71"), "berdua": ("--agreement", "serang-2024", "--region", "17.08")}
DOCUMENTS = ("kepahiang-2025", "serang-umbrella", "serang-dinsos")
LIST = "nik;nama\n"
FORM = "application/x-www-form-urlencoded"


def token(name):
    return f"token-of-{name}-0123456789abcdef"


def ask(payung, name, method, path, body=None, headers=None):
    """(status, JSON or text)"""
    text = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
    status, seen, answer = payung.request(method, path, text, dict({"Authorization": f"Bearer {token(name)}", "Content-Type": None}, **(headers or {})), timeout=30)
    return status, json.loads(answer) if "json" in (seen["Content-Type"] or "") else answer.decode()


def code(answer):
    return answer[0], answer[1].get("code") if isinstance(answer[1], dict) else None


def person(payung, agreement, seed):
    columns, values = [line.split(";") for line in payung.must("simulate", "people", "--region", "17.08", "--count", "1", "--seed", str(seed)).strip().splitlines()]
    return dict({name: value for name, value in zip(columns, values) if value}, agreement=agreement)


def the_list_says_who_is_bound_to_what(payung, checks):
    partners = {item["partner"]: item for item in payung.cli("partner", "list")[1]["partners"]}
    seen = {name: (item["agreements"], item["regions"]) for name, item in partners.items()}
    checks.expect(seen["bebas"] == ([], []) and seen["kepahiang"] == (["kepahiang-2025"], []) and seen["bengkulu"] == ([], ["17"]) and
                  seen["berdua"] == (["serang-2024"], ["17.08"]), "list --json names roles and scope", seen)
    text = payung.must("partner", "list")
    checks.expect("bebas  peran: enrol, maker, checker, payments  lingkup: semua perjanjian" in text and "wilayah: 17.71" in text, "and so does the list on the screen", text)
    for words in (("partner", "set", "bebas"), ("partner", "set", "bebas", "--region", "17.08.04"), ("partner", "set", "bebas", "--agreement", "A B"), ("partner", "list", "bebas"),
                  ("partner", "set", "bebas", "--everywhere", "--region", "17"), ("partner", "set", "bebas", "--role", "boss")):
        exit_code, answer = payung.cli(*words)
        checks.expect((exit_code, answer["error"]["code"]) == (2, "USAGE"), f"{' '.join(words[1:])} is not understood", answer)
    exit_code, answer = payung.cli("partner", "set", "nobody", "--region", "17")
    checks.expect((exit_code, answer["error"]["code"]) == (1, "UNKNOWN_PARTNER"), "who is not there can't be changed", answer)


def only_what_is_within_is_read(payung, checks):
    visible = {"bebas": {"kepahiang-2025", "serang-2024", "serang-dinsos"}, "kepahiang": {"kepahiang-2025"}, "payung": {"serang-2024", "serang-dinsos"},
               "dinsos": {"serang-dinsos"}, "bengkulu": {"kepahiang-2025"}, "kota": set(), "berdua": set()}
    for name, wanted in visible.items():
        seen = {agreement for agreement in visible["bebas"] if ask(payung, name, "GET", f"/v1/agreements/{agreement}")[0] == 200}
        checks.expect(seen == wanted, f"{name} sees what it is bound to", seen)
    checks.expect(code(ask(payung, "kota", "GET", "/v1/agreements/kepahiang-2025")) == (404, "UNKNOWN_AGREEMENT"), "what is outside is not there: 404")
    checks.expect(ask(payung, "kota", "GET", "/v1/agreements/kepahiang-2025")[1] == ask(payung, "kota", "GET", "/v1/agreements/never-was")[1],
                  "and reads like what never was")


def only_there_people_are_enrolled(payung, checks):
    rows = payung.must("simulate", "people", "--region", "17.08", "--count", "20", "--seed", "5")
    listed = ask(payung, "bebas", "POST", "/v1/batches?agreement=kepahiang-2025", rows)
    single = ask(payung, "bebas", "POST", "/v1/enrolments", person(payung, "kepahiang-2025", 6), {"Idempotency-Key": "k-1", "Prefer": "wait=10"})
    checks.expect((listed[0], single[0]) == (201, 200), "who is bound to nothing enrols", (listed, single))
    batch, enrolment = listed[1]["batch"], single[1]["enrolment_id"]
    wait_until(30, "the list is decided", lambda: ask(payung, "bebas", "GET", f"/v1/batches/{batch}")[1]["state"] == "done")
    before = payung.number("SELECT count(*) FROM intake.batch"), payung.number("SELECT count(*) FROM intake.request"), payung.number("SELECT count(*) FROM ledger.outcome")
    for name in ("payung", "kota", "berdua"):
        checks.expect(code(ask(payung, name, "POST", "/v1/batches?agreement=kepahiang-2025", rows)) == (403, "OUT_OF_SCOPE"), f"{name} can't send a list there")
        status, answer = ask(payung, name, "POST", "/v1/enrolments", person(payung, "kepahiang-2025", 7), {"Idempotency-Key": "k-1"})
        checks.expect((status, answer["code"]) == (403, "OUT_OF_SCOPE") and answer["remedy"] and answer["saran"], f"nor a person, and is told what to do", answer)
        for path in (f"/v1/batches/{batch}", f"/v1/batches/{batch}/result", f"/v1/enrolments/{enrolment}"):
            checks.expect(code(ask(payung, name, "GET", path)) == (404, "NOT_FOUND"), f"{name} does not find {path[:14]}...")
    after = payung.number("SELECT count(*) FROM intake.batch"), payung.number("SELECT count(*) FROM intake.request"), payung.number("SELECT count(*) FROM ledger.outcome")
    checks.expect(before == after, "and nothing of it was taken", after)
    for name in ("kepahiang", "bengkulu"):
        seen = [ask(payung, name, "GET", path)[0] for path in (f"/v1/batches/{batch}", f"/v1/batches/{batch}/result", f"/v1/enrolments/{enrolment}")]
        checks.expect(seen == [200, 200, 200], f"{name} reads all of it", seen)
    status, answer = ask(payung, "bengkulu", "POST", "/v1/enrolments", person(payung, "kepahiang-2025", 8), {"Idempotency-Key": "k-2", "Prefer": "wait=10"})
    checks.expect(status == 200, "and enrols", answer)
    office = ask(payung, "payung", "POST", "/v1/enrolments", person(payung, "serang-dinsos", 9), {"Idempotency-Key": "k-3", "Prefer": "wait=10"})
    checks.expect(office[0] == 200, "who is bound to the umbrella enrols for its offices", office)
    checks.expect(ask(payung, "dinsos", "GET", f"/v1/enrolments/{office[1]['enrolment_id']}")[0] == 200, "and the office finds the person")
    checks.expect(ask(payung, "bebas", "POST", "/v1/batches?agreement=nowhere", LIST)[0] == 404, "an agreement that is not there stays 404")


def proposals_stay_within(payung, checks):
    other = payung.sample_agreement("kepahiang-2025.json", id="kepahiang-2025", quota=700)
    for name in ("payung", "kota", "berdua"):
        checks.expect(code(ask(payung, name, "POST", "/v1/agreements", other)) == (403, "OUT_OF_SCOPE"), f"{name} can't propose an amendment there")
    moved = dict(other, payer=dict(other["payer"], region="17.71"))
    checks.expect(code(ask(payung, "kota", "POST", "/v1/agreements", moved)) == (403, "OUT_OF_SCOPE"), "nor by writing its own region into it")
    status, made = ask(payung, "kepahiang", "POST", "/v1/agreements", other)
    checks.expect(status == 201, "who is bound to it proposes", made)
    path = f"/v1/agreements/proposals/{made['proposal_id']}"
    checks.expect(code(ask(payung, "payung", "GET", path)) == (404, "NOT_FOUND"), "others do not find the proposal")
    for decision in ("submit", "approve", "refuse", "withdraw"):
        checks.expect(code(ask(payung, "payung", "POST", f"{path}/{decision}")) == (403, "OUT_OF_SCOPE"), f"and can't {decision} it")
    checks.expect(ask(payung, "bengkulu", "GET", path)[0] == 200, "its region finds it")
    checks.expect(ask(payung, "bengkulu", "POST", f"{path}/approve")[0] == 200, "and approves it")
    office = payung.sample_agreement("serang-dindik.json")
    checks.expect(ask(payung, "payung", "POST", "/v1/agreements", office)[0] == 201, "an office under the umbrella is proposed by who is bound to the umbrella")
    checks.expect(code(ask(payung, "dinsos", "POST", "/v1/agreements", office)) == (403, "OUT_OF_SCOPE"), "not by who is bound to another office")


def payments_stay_within(payung, checks):
    payung.must("run", "--date", "2025-10-01")
    invoice = payung.sql("SELECT invoice_id, amount FROM ledger.invoice v JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'kepahiang-2025' ORDER BY invoice_no LIMIT 1")[0]
    payment = {"external_id": "VA-1", "invoice": invoice[0], "amount": int(invoice[1]), "received_on": "2025-10-10"}
    checks.expect(code(ask(payung, "payung", "POST", "/v1/payments", payment)) == (403, "OUT_OF_SCOPE"), "a payment of another agreement's invoice is refused")
    checks.expect(payung.number("SELECT count(*) FROM intake.payment") == 0, "and not taken")
    checks.expect(ask(payung, "payung", "POST", "/v1/payments", dict(payment, invoice="INV-9999-209901-0001"))[0] == 202, "money for an invoice that nobody has goes to the work list")
    checks.expect(ask(payung, "kepahiang", "POST", "/v1/payments", payment)[0] == 202, "who is bound to it tells of it")
    wait_until(30, "the payment is booked", lambda: ask(payung, "kepahiang", "GET", "/v1/payments/VA-1")[1].get("status") == "booked")
    payung.must("partner", "set", "kepahiang", "--agreement", "serang-2024")
    time.sleep(REMEMBERED_S)
    checks.expect(ask(payung, "kepahiang", "GET", "/v1/payments/VA-1")[0] == 404, "bound to another one, it does not find it any more")
    payung.must("partner", "set", "kepahiang", "--everywhere")
    time.sleep(REMEMBERED_S)
    checks.expect(ask(payung, "kepahiang", "GET", "/v1/payments/VA-1")[0] == 200, "bound to nothing it does")


def token_answer(payung, body, headers=None):
    """(status, JSON, headers) of the token endpoint"""
    status, seen, answer = payung.request("POST", "/v1/oauth/token", body, dict({"Content-Type": FORM, "Authorization": None}, **(headers or {})), timeout=30)
    return status, json.loads(answer), seen


def basic(client, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()}


def access_token(payung, client, secret):
    return token_answer(payung, "grant_type=client_credentials", basic(client, secret))[1].get("access_token")


def sees(payung, bearer, path="/v1/agreements/kepahiang-2025"):
    return ask(payung, "nobody", "GET", path, headers={"Authorization": f"Bearer {bearer}"})


def a_client_secret_gives_access_tokens(payung, checks):
    payung.must("partner", "add", "rahasia.satu", "--agreement", "kepahiang-2025", "--role", "enrol", "--role", "payments")
    code_, made = payung.cli("partner", "secret", "rahasia.satu")
    secret = payung.secret = made["client_secret"]
    checks.expect(code_ == 0 and made["client_id"] == "rahasia.satu" and len(secret) == 47, "a secret is shown", made["client_id"])
    stored = payung.sql("SELECT t::text FROM intake.partner_secret t")[0][0]
    checks.expect(secret not in stored and secret.encode().hex() not in stored, "and not stored")
    for body, headers in (("grant_type=client_credentials", basic("rahasia.satu", secret)), (f"grant_type=client_credentials&client_id=rahasia.satu&client_secret={secret}&scope=", {})):
        status, answer, head = token_answer(payung, body, headers)
        checks.expect((status, answer["token_type"], answer["expires_in"], answer["scope"], head["Cache-Control"]) == (200, "Bearer", 900, "enrol payments", "no-store"),
                      "by header or body it gives a token that nobody caches", {name: value for name, value in answer.items() if name != "access_token"})
        checks.expect(sees(payung, answer["access_token"])[0] == 200, "which is the partner")
        checks.expect(sees(payung, answer["access_token"], "/v1/agreements/serang-2024")[0] == 404, "with its scope")
    enrolled = ask(payung, "nobody", "POST", "/v1/enrolments", person(payung, "kepahiang-2025", 10), {"Authorization": f"Bearer {answer['access_token']}", "Idempotency-Key": "o-1", "Prefer": "wait=10"})
    checks.expect(enrolled[0] == 200, "and its roles", enrolled[0])
    good = "grant_type=client_credentials"
    for body, headers, status, error in ((good, basic("rahasia.satu", secret[:-1] + "x"), 401, "invalid_client"), (good, basic("nobody", secret), 401, "invalid_client"),
                                         (good, basic("a%00b", secret), 401, "invalid_client"), (good, {}, 401, "invalid_client"), (good, {"Authorization": "Basic !"}, 401, "invalid_client"),
                                         ("grant_type=password", basic("rahasia.satu", secret), 400, "unsupported_grant_type"), ("", basic("rahasia.satu", secret), 400, "invalid_request"),
                                         (good, {"Content-Type": "application/json"}, 400, "invalid_request"), (good + "&" + good, basic("rahasia.satu", secret), 400, "invalid_request"),
                                         (f"{good}&client_id=rahasia.satu&client_secret={secret}", basic("rahasia.satu", secret), 400, "invalid_request")):
        seen, answer, head = token_answer(payung, body, headers)
        checks.expect((seen, answer["error"], head["Cache-Control"]) == (status, error, "no-store") and (seen == 401) == ("WWW-Authenticate" in head), f"{error}: {answer['error_description']}")


def who_guesses_is_slowed_down(payung, checks):
    seen = [token_answer(payung, "grant_type=client_credentials", basic("tebakan", f"rahasia-{i}")) for i in range(120)]
    statuses = [status for status, _, _ in seen]
    late = next((head for status, _, head in seen if status == 429), {})
    checks.expect(set(statuses) == {401, 429} and statuses[:TOKENS_BURST] == [401] * TOKENS_BURST and int(late.get("Retry-After", 0)) >= 1, "who guesses a secret is told to come later", statuses.count(429))
    checks.expect(access_token(payung, "rahasia.satu", payung.secret), "and nobody else feels it")


def a_secret_is_renewed_and_revoked(payung, checks):
    first, token_of_first = payung.secret, access_token(payung, "rahasia.satu", payung.secret)
    second = payung.cli("partner", "secret", "rahasia.satu", "--overlap", "1h")[1]["client_secret"]
    checks.expect(access_token(payung, "rahasia.satu", first) and access_token(payung, "rahasia.satu", second), "during the overlap both secrets are good")
    third = payung.cli("partner", "secret", "rahasia.satu")[1]["client_secret"]
    checks.expect(not access_token(payung, "rahasia.satu", first) and access_token(payung, "rahasia.satu", second) and access_token(payung, "rahasia.satu", third), "never three")
    token_of_third = access_token(payung, "rahasia.satu", third)
    payung.services["ingestion"].pause()
    payung.services["ingestion"].resume()
    payung.wait_ready("ingestion")
    checks.expect(sees(payung, token_of_third)[0] == 200, "a restart forgets no access token")
    checks.expect(sees(payung, token_of_first)[0] == 401, "that of a secret which ended is good no more")
    head, _, mac = token_of_third.rpartition(".")
    later = head.replace(head.split(".")[1], str(int(head.split(".")[1]) + 1), 1)
    for forged in (f"{head}.{'0' * 32}", f"{later}.{mac}", token_of_third.replace("rahasia.satu", "bebas"), token_of_third[:-1]):
        checks.expect(sees(payung, forged)[0] == 401, f"a token that was changed is none: {forged[:5]}...")
    payung.must("partner", "secret", "rahasia.satu", "--revoke")
    checks.expect(not access_token(payung, "rahasia.satu", third), "a revoked secret gives no token")
    time.sleep(REMEMBERED_S)
    checks.expect(sees(payung, token_of_third)[0] == 401, "and its tokens end")
    for words in (("partner", "secret"), ("partner", "secret", "bebas", "--overlap", "91d"), ("partner", "secret", "bebas", "--overlap", "1"), ("partner", "secret", "bebas", "--revoke", "--overlap", "1h")):
        checks.expect(payung.cli(*words)[0] == 2, f"{' '.join(words)} is not understood")
    checks.expect(payung.cli("partner", "secret", "nobody")[1]["error"]["code"] == "UNKNOWN_PARTNER", "nobody has no secret")
    payung.must("partner", "set", "kota", "--no-token")
    time.sleep(REMEMBERED_S)
    checks.expect(ask(payung, "kota", "GET", "/v1/agreements/kepahiang-2025")[0] == 401, "a lasting token is taken")
    partners = {item["partner"]: (item["token"], item["secrets"]) for item in payung.cli("partner", "list")[1]["partners"]}
    checks.expect((partners["kota"], partners["bebas"], partners["rahasia.satu"]) == ((False, 0), (True, 0), (False, 0)), "the list says who has what", partners)


SIGNER = "penanda"


def minified(body):
    """Of the bodies in this test: json.dumps with white space in every place where there may be some."""
    return json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False) if body.startswith("{") else body


def signed(payung, method, path, body="", with_query=False, shift_s=0, secret=None, token=None, headers=None, signed_body=None, sent_path=None):
    """(status, JSON) of a request that is signed as domain.md 6 says"""
    token = token or payung.signer_token
    moment = (datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))) + datetime.timedelta(seconds=shift_s)).isoformat(timespec="milliseconds")
    digest = hashlib.sha256((minified(body) if signed_body is None else signed_body).encode()).hexdigest()
    text = f"{method}:{path if with_query else path.partition('?')[0]}:{token}:{digest}:{moment}"
    mac = hmac.new((secret or payung.signer_secret).encode(), text.encode(), hashlib.sha512).digest()
    head = dict({"Authorization": f"Bearer {token}", "X-TIMESTAMP": moment, "X-PARTNER-ID": SIGNER, "X-SIGNATURE": base64.b64encode(mac).decode()}, **(headers or {}))
    payung.last_head = head = {name: value for name, value in head.items() if value is not None}
    return ask(payung, SIGNER, method, sent_path or path, body or None, head)


def requests_are_signed(payung, checks):
    payung.must("partner", "add", SIGNER, *(word for role in ROLES for word in ("--role", role)))
    early = payung.cli("partner", "secret", SIGNER)[1]["client_secret"]
    payung.must("partner", "set", SIGNER, "--signature", "required")
    payung.signer_secret, payung.signer_token = early, access_token(payung, SIGNER, early)
    seen = signed(payung, "GET", "/v1/agreements/kepahiang-2025")
    checks.expect(code(seen) == (401, "SIGNATURE_INVALID") and "payung partner secret" in seen[1]["detail"], "a secret from before can't sign", seen[1])
    payung.signer_secret = payung.cli("partner", "secret", SIGNER)[1]["client_secret"]
    payung.signer_token = access_token(payung, SIGNER, payung.signer_secret)
    stored = " ".join(row[0] for row in payung.sql("SELECT t::text FROM intake.partner_secret t"))
    checks.expect(payung.signer_secret.encode().hex() not in stored and payung.signer_secret not in stored, "the key is sealed in the table")
    checks.expect(signed(payung, "GET", "/v1/agreements/kepahiang-2025")[0] == 200, "a signed request is answered")
    one = json.dumps(person(payung, "kepahiang-2025", 20), indent=3).replace("Siti", "S\u00edti")
    first = signed(payung, "POST", "/v1/enrolments", one, headers={"X-EXTERNAL-ID": "20261126000001", "Prefer": "wait=10"})
    checks.expect(first[0] == 200, "its body is hashed without its white space; X-EXTERNAL-ID is its key", first)
    repeated = ask(payung, SIGNER, "POST", "/v1/enrolments", one, payung.last_head)
    checks.expect(code(repeated) == (401, "SIGNATURE_REPEATED") and repeated[1]["remedy"], "sent once more as it is, it is refused", repeated)
    again = signed(payung, "POST", "/v1/enrolments", one, headers={"X-EXTERNAL-ID": "20261126000001", "Prefer": "wait=10"})
    checks.expect(again == first, "signed anew, it is the same request")
    payung.services["ingestion"].pause()
    payung.services["ingestion"].resume()
    payung.wait_ready("ingestion")
    head = payung.last_head
    checks.expect(code(ask(payung, SIGNER, "POST", "/v1/enrolments", one, head)) == (401, "SIGNATURE_REPEATED"), "a restart does not forget a signature")
    signed(payung, "GET", "/v1/agreements/kepahiang-2025")
    checks.expect(ask(payung, SIGNER, "GET", "/v1/agreements/kepahiang-2025", None, payung.last_head)[0] == 200, "to read twice is no matter")


def what_is_wrong_with_a_signature(payung, checks):
    before = payung.number("SELECT count(*) FROM intake.request"), payung.number("SELECT count(*) FROM intake.batch"), payung.number("SELECT count(*) FROM intake.signature")
    body = json.dumps(person(payung, "kepahiang-2025", 21))
    path, key = "/v1/enrolments", {"Idempotency-Key": "s-1"}
    for title, status_code, keywords in (
            ("another secret", "SIGNATURE_INVALID", {"secret": "pys_another"}), ("another body", "SIGNATURE_INVALID", {"signed_body": body + "x"}),
            ("another path", "SIGNATURE_INVALID", {"path": "/v1/enrolment", "sent_path": path}), ("no signature", "SIGNATURE_INVALID", {"headers": dict(key, **{"X-SIGNATURE": None})}),
            ("no base64", "SIGNATURE_INVALID", {"headers": dict(key, **{"X-SIGNATURE": "x" * 88})}), ("another partner", "SIGNATURE_INVALID", {"headers": dict(key, **{"X-PARTNER-ID": "bebas"})}),
            ("no time stamp", "SIGNATURE_INVALID", {"headers": dict(key, **{"X-TIMESTAMP": None})}), ("another time stamp", "SIGNATURE_INVALID", {"headers": dict(key, **{"X-TIMESTAMP": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")})}),
            ("an old time stamp", "SIGNATURE_STALE", {"shift_s": -310}), ("one from the future", "SIGNATURE_STALE", {"shift_s": 310})):
        seen = signed(payung, "POST", keywords.pop("path", path), body, **dict({"headers": key}, **keywords))
        checks.expect(code(seen) == (401, status_code), f"{title}: {status_code}", seen[1].get("detail"))
    rows = payung.must("simulate", "people", "--region", "17.08", "--count", "30", "--seed", "30")
    seen = signed(payung, "POST", "/v1/batches?agreement=kepahiang-2025", rows, signed_body=rows + "x")
    checks.expect(code(seen) == (401, "SIGNATURE_INVALID"), "a list with another hash is refused", seen)
    seen = signed(payung, "POST", "/v1/agreements", json.dumps(payung.sample_agreement("kepahiang-2025.json", quota=800)), secret="pys_another")
    checks.expect(code(seen) == (401, "SIGNATURE_INVALID"), "so is an agreement's document", seen)
    seen = signed(payung, "POST", "/v1/payments", json.dumps({"external_id": "VA-S"}), secret="pys_another")
    checks.expect(code(seen) == (401, "SIGNATURE_INVALID"), "and a payment", seen)
    after = payung.number("SELECT count(*) FROM intake.request"), payung.number("SELECT count(*) FROM intake.batch"), payung.number("SELECT count(*) FROM intake.signature")
    checks.expect(before == after and [name for name in os.listdir(payung.path("uploads")) if name.startswith("incoming-")] == [], "nothing of it was taken", after)
    seen = signed(payung, "POST", "/v1/batches?agreement=kepahiang-2025", rows)
    checks.expect(seen[0] == 201, "a signed list is taken, hashed as it is", seen)


def settings_of_who_signs(payung, checks):
    payung.must("partner", "set", SIGNER, "--signed-path", "with-query", "--replay-window", "30")
    time.sleep(REMEMBERED_S)
    path = "/v1/agreements/kepahiang-2025?a=%20b&c"
    checks.expect(signed(payung, "GET", path, with_query=True)[0] == 200, "the query string is signed as it was sent")
    checks.expect(code(signed(payung, "GET", path)) == (401, "SIGNATURE_INVALID"), "and must be")
    checks.expect(code(signed(payung, "GET", path, with_query=True, shift_s=-40)) == (401, "SIGNATURE_STALE"), "the window is the partner's own")
    checks.expect("bertanda tangan (with-query, 30 detik)" in payung.must("partner", "list"), "the list tells it")
    earlier = payung.signer_secret
    later = payung.cli("partner", "secret", SIGNER)[1]["client_secret"]
    token_of_later = access_token(payung, SIGNER, later)
    checks.expect([signed(payung, "GET", path, with_query=True, secret=secret, token=token_of_later)[0] for secret in (earlier, later)] == [200, 200], "both secrets sign during the overlap")
    payung.must("partner", "secret", SIGNER, "--overlap", "0")
    time.sleep(REMEMBERED_S)
    checks.expect(code(signed(payung, "GET", path, with_query=True, secret=later, token=token_of_later)) == (401, "UNAUTHORIZED"), "and not after it")
    for words in (("--replay-window", "29"), ("--replay-window", "3601"), ("--signature", "maybe"), ("--signed-path", "x")):
        checks.expect(payung.cli("partner", "set", SIGNER, *words)[0] == 2, f"{' '.join(words)} is not understood")
    payung.must("partner", "set", SIGNER, "--signature", "none")
    checks.expect(payung.number("SELECT count(*) FROM intake.partner_secret WHERE signing_key IS NOT NULL") == 0, "who signs no more has no key any more")
    payung.sql("UPDATE intake.signature SET expires_at = now() - interval '1 second'")
    payung.services["ingestion"].pause()  # they are forgotten once a minute, and soon after a start
    payung.services["ingestion"].resume()
    wait_until(30, "old signatures are forgotten", lambda: payung.number("SELECT count(*) FROM intake.signature") == 0, pause=0.5)
    payung.wait_ready("ingestion")
    logs = "".join(open(payung.path("logs", name), encoding="utf-8", errors="replace").read() for name in os.listdir(payung.path("logs")))
    metrics = payung.get("ingestion", "/metrics")[1]
    for secret in (payung.signer_secret, later, payung.signer_token, payung.last_head["X-SIGNATURE"]):
        checks.expect(secret not in logs and secret not in metrics, "no log and no meter holds a secret, a token or a signature")


CASES = (the_list_says_who_is_bound_to_what, only_what_is_within_is_read, only_there_people_are_enrolled, proposals_stay_within, payments_stay_within,
         a_client_secret_gives_access_tokens, who_guesses_is_slowed_down, a_secret_is_renewed_and_revoked, requests_are_signed, what_is_wrong_with_a_signature,
         settings_of_who_signs)


def main(source, build):
    checks = Checks()
    with Installation(source, build) as payung:
        payung.start()
        for name in DOCUMENTS:
            payung.apply(payung.sample_agreement(name + ".json"))
        for name, scope in BOUND.items():
            payung.must("partner", "add", name, "--token-file", "-", *(word for role in ROLES for word in ("--role", role)), *scope, input=token(name))
        for case in CASES:
            checks.case(case.__name__, case, payung, checks)
        checks.expect(payung.cli("ledger", "verify")[1]["ok"] is True, "the ledger is right")
        checks.no_disaster(payung)
    return checks.finish()


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
