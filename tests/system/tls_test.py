#!/usr/bin/env python3
"""TLS by nginx in front, with the configuration that deploy/nginx ships: a partner that is bound to a client certificate is served with it and with nothing else, a forged header is thrown away, a list and
the events of its progress go through.
usage: tls_test.py SOURCE BUILD"""
import os
import shutil
import signal
import subprocess
import sys

from installation import TOKEN, Checks, Installation, free_ports, wait_until

BOUND_TOKEN = "token-of-a-bound-partner-0123456789abcdef"
HEADER = "X-Client-Certificate"


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    """An authority for partners, two clients of it, one of a stranger, and the server's own."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for name in ("partners-ca", "stranger-ca"):
        openssl(folder, "req", "-x509", *key, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "2")
    openssl(folder, "req", "-x509", *key, "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2")
    for name, authority in (("client", "partners-ca"), ("other", "partners-ca"), ("stranger", "stranger-ca")):
        openssl(folder, "req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", "2")


def start_nginx(payung, folder, port):
    with open(os.path.join(payung.source, "deploy/nginx/payung.conf"), encoding="ascii") as file:
        text = file.read()
    for name, value in (("API_PORT", str(payung.api_port)), ("SERVER_NAME", "localhost"), ("CERTIFICATE_FOLDER", folder), ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")):
        text = text.replace(name, value)
    with open(os.path.join(folder, "nginx.conf"), "w", encoding="ascii") as file:
        paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        file.write(f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; events {{}} http {{ access_log off; {paths} {text} }}\n")
    return subprocess.Popen(["nginx", "-p", folder, "-c", os.path.join(folder, "nginx.conf"), "-e", os.path.join(folder, "error.log")], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def curl(folder, port, path, *arguments, token=TOKEN, client=None):
    """(status, body) over TLS."""
    identity = ["--cert", f"{client}.pem", "--key", f"{client}.key"] if client else []
    done = subprocess.run(["curl", "-s", "-o", "-", "-w", "\n%{http_code}", "--max-time", "20", "--cacert", "server.pem", *identity, "-H", f"Authorization: Bearer {token}", *arguments,
                           f"https://localhost:{port}{path}"], cwd=folder, capture_output=True, text=True, check=False)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def case_certificate(checks, payung, folder, port):
    ask = lambda **more: curl(folder, port, "/v1/agreements", token=BOUND_TOKEN, **more)[0]
    checks.equal("with its certificate it is served", ask(client="client"), 200)
    checks.equal("without one, with another one of the same authority, with a stranger's it is not", (ask(), ask(client="other"), ask(client="stranger")), (401, 401, 400))
    with open(os.path.join(folder, "client.pem"), encoding="ascii") as file:
        forged = "".join(f"%{ord(byte):02X}" for byte in file.read())
    status, body = curl(folder, port, "/v1/agreements", "-H", f"{HEADER}: {forged}", token=BOUND_TOKEN)
    checks.expect(status == 401 and '"CERTIFICATE_NEEDED"' in body, "a header that the client makes up is thrown away", (status, body[:200]))
    checks.equal("who is bound to none needs none", curl(folder, port, "/v1/agreements")[0], 200)
    payung.must("partner", "set", "terikat", "--certificate", "none")
    wait_until(20, "the binding ends", lambda: ask() == 200)
    checks.equal("a partner is shown with its certificate", [partner["certificate_sha256"] for partner in payung.cli("partner", "list")[1]["partners"]], [None, None])


def case_list(checks, payung, folder, port):
    path = payung.write_list("tls.csv", payung.simulated("17.08", 3000, 5))
    status, body = curl(folder, port, "/v1/batches?agreement=kepahiang-2025", "-H", "Content-Type: text/csv", "--data-binary", f"@{path}")
    checks.expect(status == 201 and '"rows":3000' in body.replace(" ", ""), "a list goes through", (status, body[:200]))
    batch = body.split('"batch":')[1].split('"')[1]
    status, events = curl(folder, port, f"/v1/batches/{batch}/events")
    checks.expect(status == 200 and "event: end" in events, "and so do the events of its progress", (status, events[-200:]))


def main(source, build):
    checks = Checks()
    with Installation(source, build, intake_knobs={"CLIENT_CERTIFICATE_HEADER": HEADER}) as payung:
        payung.start()
        payung.apply(payung.sample_agreement())
        folder = payung.path("tls")
        os.mkdir(folder)
        make_certificates(folder)
        payung.must("partner", "add", "terikat", "--token-file", "-", input=BOUND_TOKEN)
        payung.must("partner", "set", "terikat", "--certificate", os.path.join(folder, "client.pem"))
        checks.equal("a key is no certificate", payung.cli("partner", "set", "terikat", "--certificate", os.path.join(folder, "client.key"))[1]["error"]["code"], "CERTIFICATE_UNUSABLE")
        port = free_ports(1)[0]
        nginx = start_nginx(payung, folder, port)
        try:
            wait_until(20, "nginx answers", lambda: curl(folder, port, "/openapi.json")[0] == 200)
            checks.case("client certificates", case_certificate, checks, payung, folder, port)
            checks.case("lists", case_list, checks, payung, folder, port)
        finally:
            nginx.send_signal(signal.SIGQUIT)
            nginx.wait(20)
        checks.clean_end(payung)
        shutil.rmtree(folder)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
