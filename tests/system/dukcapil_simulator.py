#!/usr/bin/env python3
"""A Dukcapil-like service for tests and demonstrations (services/eligibility/dukcapil_message.h has the contract). It knows nobody: what it answers follows from the last two
digits of the NIK, whose serials 9900-9999 belong to people who do not exist. It keeps counts, never a NIK.

    python3 dukcapil_simulator.py [--port N] [--mode normal|hang|500|garbage|slow|away]      prints its address; ends with SIGINT or SIGTERM

    ..70 DECEASED   ..71 NOT_FOUND   ..60 birth date differs   ..61 sex differs   ..30 KTP of 17.09.01
    ..50 status 500   ..51 garbage   ..52 silence   ..53 half a second late   ..54 wrong content type   ..55 a huge body   ..56 hangs up   ..57 an unknown status
    ..58 sends to another address   ..59 a body without end
    all others ALIVE"""
import argparse
import http.server
import json
import signal
import sys
import threading
import time

SLOW_S, SILENT_S = 0.5, 30
BY_NUMBER = {50: "500", 51: "garbage", 52: "hang", 53: "slow", 54: "text", 55: "huge", 56: "away", 57: "unknown", 58: "elsewhere", 59: "endless"}


def answer_for(number):
    """The sound answer for the last two digits."""
    status = {70: "DECEASED", 71: "NOT_FOUND"}.get(number, "ALIVE")
    match = {"name": True, "birth_date": number != 60, "sex": number != 61}
    answer = {"status": status, "match": match}
    if number == 30:
        answer["region"] = "17.09.01"
    return answer


class Simulator(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port=0, mode="normal", token=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.mode, self.token = mode, token
        self.asked, self.distinct, self.strange = 0, set(), []
        self.lock, self.ended = threading.Lock(), threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1/person"

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.ended.set()
        self.shutdown()
        self.server_close()

    def reset(self, mode="normal"):
        with self.lock:
            self.mode, self.asked, self.distinct, self.strange = mode, 0, set(), []

    def handle_error(self, request, client_address):
        """A client that hung up is no news."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """Nothing of a question is written anywhere."""

    def give(self, status, body, content_type="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drip(self):
        """One byte of a chunked body now and then, until the client hangs up."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        until = time.monotonic() + SILENT_S
        while time.monotonic() < until and not self.server.ended.wait(0.05):
            self.wfile.write(b"1\r\n \r\n")

    def note(self, body):
        """Counts the question and returns the last two digits of its NIK."""
        question = json.loads(body)
        with self.server.lock:
            self.server.asked += 1
            self.server.distinct.add(hash(body))
            if self.server.token and self.headers.get("Authorization") != f"Bearer {self.server.token}":
                self.server.strange.append("no token")
            if not set(question) <= {"nik", "name", "birth_date", "sex"} or len(question["nik"]) != 16 or self.path != "/v1/person":
                self.server.strange.append("an unexpected question")
        return int(question["nik"][-2:])

    def do_POST(self):
        number = self.note(self.rfile.read(int(self.headers["Content-Length"])))
        mode = self.server.mode if self.server.mode != "normal" else BY_NUMBER.get(number, "normal")
        if mode == "hang":
            self.server.ended.wait(SILENT_S)
        if mode == "slow":
            time.sleep(SLOW_S)
        if mode in ("hang", "away"):
            self.close_connection = True
        elif mode == "500":
            self.give(500, b'{"status":"ALIVE"}')
        elif mode == "garbage":
            self.give(200, b'{"status":"ALIVE",')
        elif mode == "text":
            self.give(200, b'{"status":"ALIVE"}', "text/html")
        elif mode == "huge":
            self.give(200, b'{"status":"ALIVE","filler":"' + b"x" * 1000000 + b'"}')
        elif mode == "elsewhere":
            self.send_response(307)
            self.send_header("Location", "/v1/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif mode == "endless":
            self.drip()
        elif mode == "unknown":
            self.give(200, b'{"status":"PERHAPS"}')
        else:
            self.give(200, json.dumps(answer_for(number)).encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mode", default="normal", choices=("normal", "hang", "500", "garbage", "slow", "away"))
    parsed = parser.parse_args()
    simulator = Simulator(parsed.port, parsed.mode).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(simulator.url, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        simulator.stop()
        print(f"{simulator.asked} questions", file=sys.stderr)


if __name__ == "__main__":
    main()
