"""A provider of SMS that a test plays: what Kannel's sendsms is to the sender. It takes what it is given, reports what the test tells it to, and remembers numbers only as counts."""
import http.server
import threading
import urllib.error
import urllib.request


class Gateway(http.server.ThreadingHTTPServer):
    """mode: a status ("202", "500"), or "before:CODE": reports CODE, waits until that is answered, and only then answers itself; "before:CODE:STATUS": with this status."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.lock, self.mode, self.taken, self.reported, self.urls = threading.Lock(), "202", 0, [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/cgi-bin/sendsms"

    def report(self, url, code):
        try:
            with urllib.request.urlopen(url.replace("%d", str(code)), timeout=30) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        with self.lock:
            self.reported.append(status)

    def knobs(self):
        return {"KANNEL_URL": self.url, "KANNEL_USER": "payung", "KANNEL_PASSWORD": "rahasia-uji"}


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.taken += 1
            self.server.urls.append(self.headers["X-Kannel-DLR-Url"])
            mode = self.server.mode
        if mode.startswith("before:"):
            self.server.report(self.headers["X-Kannel-DLR-Url"], int(mode.split(":")[1]))
        status = mode.split(":")[-1]
        self.send_response(int(status) if mode.isdigit() or mode.count(":") == 2 else 202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
