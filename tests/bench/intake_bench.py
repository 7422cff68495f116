"""Measures the two lanes of intake on a warm installation of a release build; not part of the gate, because a busy machine would fail it. Open loop at 500 requests a second (open_loop.c), with
and without Prefer: wait; the same beside a list of a million rows; how fast that list is accepted and staged against what libcsv alone parses; a workbook of 20,000 rows; memory.
usage: intake_bench.py SOURCE_FOLDER RELEASE_BUILD_FOLDER [ROWS] [RUNS]"""
import csv
import io
import json
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
from installation import TOKEN, Installation, wait_until  # noqa: E402

RATE, SECONDS, CONNECTIONS = 500, 10, 64


def apply_agreement(payung, agreement_id):
    with open(os.path.join(payung.source, "tests/data/kepahiang-2025.json"), encoding="utf-8") as file:
        document = json.load(file)
    document.update(id=agreement_id, pagu=90_000_000_000_000, quota=None)
    path = payung.path(f"{agreement_id}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({key: value for key, value in document.items() if value is not None}, file)
    payung.must("agreement", "apply", path, "--yes")


def people(payung, count, seed):
    return payung.must("simulate", "people", "--region", "17.08", "--count", str(count), "--seed", str(seed))


def open_loop(payung, name, seed, wait, seconds=SECONDS):
    rows = csv.DictReader(io.StringIO(people(payung, RATE * seconds, seed)), delimiter=";")
    path = payung.path(f"{name}.bodies")
    with open(path, "w", encoding="utf-8") as file:
        for i, row in enumerate(rows):
            file.write(f"{name}-{i}\t" + json.dumps(dict({key: value for key, value in row.items() if value and key != "no_urut"}, agreement="satuan")) + "\n")
    done = subprocess.run([os.path.join(payung.build, "bin/open_loop"), str(payung.api_port), TOKEN, str(RATE), str(CONNECTIONS), str(wait), path], capture_output=True, text=True, check=False)
    if not done.stdout:
        raise SystemExit(f"open_loop: {done.returncode} {done.stderr}")
    answer = json.loads(done.stdout)
    print(f"{name}: {answer}", flush=True)
    return answer


def tell(title, answers, p50, p99):
    print(f"{title}: median p50 {statistics.median(a['p50_ms'] for a in answers):.1f} ms (asked {p50}), p99 {statistics.median(a['p99_ms'] for a in answers):.1f} ms (asked {p99})", flush=True)


def long_list(payung, rows, name):
    """Tells how fast the list is accepted and staged; its number, and when it began."""
    path = payung.path(f"{name}.csv")
    apply_agreement(payung, name)
    text = people(payung, rows, 77).encode()
    with open(path, "wb") as file:
        file.write(text)
    print("libcsv alone:", subprocess.run([os.path.join(payung.build, "bin/csv_bench"), path], capture_output=True, text=True, check=True).stdout.strip(), flush=True)
    began = time.monotonic()
    status, _, body = payung.request("POST", f"/v1/batches?agreement={name}", text, {"Content-Type": "text/csv"})
    staged = time.monotonic() - began
    answer = json.loads(body)
    print(f"{name}: {status}, {answer['rows']} rows accepted and staged in {staged:.2f} s, {rows / staged:.0f} rows/s (asked 150000); intake has {payung.services['ingestion'].resident_kib() / 1024:.1f} MiB",
          flush=True)
    return answer["batch"], began


def workbook(payung, rows=20_000):
    """How long a workbook takes from its first byte to the answer that all its rows are staged; held, so that nothing else works."""
    apply_agreement(payung, "buku")
    source, book, took = payung.path("buku.csv"), payung.path("buku.xlsx"), []
    python = os.path.join(os.environ.get("PAYUNG_DEPS_DIR", os.path.join(payung.source, ".deps")), "python/bin/python3")
    for run in range(3):
        with open(source, "w", encoding="utf-8") as file:
            file.write(people(payung, rows, 500 + run))
        subprocess.run([python, os.path.join(payung.source, "tests/tools/write_workbook.py"), "xlsxwriter", source, book], check=True)
        with open(book, "rb") as file:
            content = file.read()
        began = time.monotonic()
        status, _, body = payung.request("POST", "/v1/batches?agreement=buku&hold=true", content, {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, timeout=60)
        took.append(time.monotonic() - began)
        if status != 201 or json.loads(body)["rows"] != rows:
            raise SystemExit(f"workbook: {status} {body}")
    print(f"a workbook of {rows} rows, staged: {statistics.median(took):.2f} s (asked 1 s)", flush=True)


def is_done(payung, batch):
    """Without counting its rows."""
    return payung.sql(f"SELECT submitted_rows = row_count AND NOT EXISTS (SELECT FROM intake.submitted_range r JOIN ledger.lineage l USING (partition) WHERE r.batch_no = b.batch_no"
                      f" AND r.offset_from + (r.row_to - r.row_from) >= l.next) FROM intake.batch b WHERE batch_id = '{batch}'")[0][0] == "t"


def main(source, build, rows=1_000_000, runs=3):
    with Installation(source, build) as payung:
        payung.start()
        apply_agreement(payung, "satuan")
        for run in range(4):  # Kafka's machine code is made while it works
            open_loop(payung, f"pemanasan-{run}", 5000 + run, 20)
        tell("acknowledged", [open_loop(payung, f"tanda-terima-{run}", 6000 + run, 0) for run in range(runs)], 10, 40)
        wait_until(120, "they are decided", lambda: payung.number("SELECT count(*) FROM ledger.outcome") >= RATE * SECONDS * (runs + 4), pause=0.5)
        tell("decided", [open_loop(payung, f"keputusan-{run}", 7000 + run, 20) for run in range(runs)], 20, 60)
        workbook(payung)
        batch, began = long_list(payung, rows, "panjang")
        beside = []
        while True:
            if is_done(payung, batch) or len(beside) >= 12:
                break
            beside.append(open_loop(payung, f"di-samping-{len(beside)}", 8000 + len(beside), 20, 5))
        if beside:
            tell("decided, beside the long list", beside, 40, 120)
        wait_until(3600, "the long list is decided", lambda: is_done(payung, batch), pause=2)
        print(f"the long list was decided after {time.monotonic() - began:.0f} s", flush=True)
        for name, service in payung.services.items():
            print(f"resident memory of {name}: {service.resident_kib() / 1024:.1f} MiB (64)")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), *(int(word) for word in sys.argv[3:])))
