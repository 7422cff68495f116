"""An HTTP endpoint of a test that keeps what is posted to it."""
import contextlib
import http.server
import threading


class Receiver(http.server.ThreadingHTTPServer):
    """got: (path, headers, body) in its order. statuses: what it answers next; afterwards `status`. A test that answers otherwise overrides `answer`, which is called with the lock held."""
    daemon_threads = True
    status = 204
    text = b""  # of every answer

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.lock, self.got, self.statuses = threading.Lock(), [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def answer(self, path, headers, body):
        self.got.append((path, headers, body))
        return self.statuses.pop(0) if self.statuses else self.status

    def take(self, path):
        """(headers, body) of what came to this path, in its order."""
        with self.lock:
            return [(headers, body) for seen, headers, body in self.got if seen == path]

    def ids(self, path):
        return [headers["webhook-id"] for headers, _ in self.take(path)]


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with self.server.lock:
            status = self.server.answer(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        with contextlib.suppress(OSError):  # whoever asked may have been killed
            self.send_response(status)
            self.send_header("Content-Length", str(len(self.server.text)))
            self.end_headers()
            self.wfile.write(self.server.text)

    def log_message(self, *_):
        pass
