"""What all meters cost the pipeline: lists through the same servers and database, by turns with meters that are scraped every second and by a build without any (PAYUNG_METERS_OFF), in the order ABBA so that what
grows hits both. Compared is the processor time that all services took for a list, to the last message, less what they take while nothing is to do, and the time on the wall; medians of some pairs, as a ratio. On
a machine where others work, too, both are of little worth: then look at what a scrape takes by itself, which is told at the end. Not part of the gate. Asked: at most 2 %.
The other build:  cmake --preset release -B build/no-meters -DCMAKE_C_FLAGS=-DPAYUNG_METERS_OFF && cmake --build build/no-meters
usage: metrics_overhead.py SOURCE_FOLDER RELEASE_BUILD_FOLDER BUILD_FOLDER_WITHOUT_METERS [PAIRS [ROWS]]"""
import os
import statistics
import sys
import threading
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../system"))
from installation import Installation, wait_until  # noqa: E402
from processor import processor_seconds  # noqa: E402

ALLOWED, SCRAPE_EACH_S, IDLE_S, SCRAPES = 1.02, 1.0, 3.0, 100


def scrape(payung):
    """Lines of all /metrics."""
    lines = 0
    for port in payung.metrics_ports.values():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            lines += answer.read().count(b"\n")
    return lines


class Scraper(threading.Thread):
    """Reads all /metrics once a second, until it is told to end."""

    def __init__(self, payung):
        super().__init__(daemon=True)
        self.payung, self.ended, self.rows = payung, threading.Event(), 0
        self.start()

    def run(self):
        while not self.ended.wait(SCRAPE_EACH_S):
            self.rows += scrape(self.payung)

    def stop(self):
        self.ended.set()
        self.join()
        return self.rows


def all_seconds(payung):
    """Of all services since their start."""
    return sum(processor_seconds(service.process.pid) for service in payung.services.values())


def run_by(payung, build):
    """All services anew, from this build."""
    for service in payung.services.values():
        service.pause()
    for service in payung.services.values():
        service.command = [*service.command[:-1], os.path.join(build, "bin", os.path.basename(service.command[-1]))]
        service.resume()
    for name in payung.services:
        payung.wait_ready(name)


def idle_rate(payung):
    """Processor seconds a second while nothing is to do and nobody asks."""
    before, began = all_seconds(payung), time.monotonic()
    time.sleep(IDLE_S)
    return (all_seconds(payung) - before) / (time.monotonic() - began)


def scrape_cost(payung):
    """Processor seconds of all services for one look at all of their meters."""
    idle, before, began = idle_rate(payung), all_seconds(payung), time.monotonic()
    for _ in range(SCRAPES):
        scrape(payung)
    return (all_seconds(payung) - before - idle * (time.monotonic() - began)) / SCRAPES


def one_list(payung, number, rows):
    """(processor seconds, wall seconds)"""
    path = payung.write_list(f"daftar-{number}.csv", payung.simulated("17.08", rows, 1000 + number))
    before, began = all_seconds(payung), time.monotonic()
    payung.run("enrol", path, "--agreement", "kepahiang-2025", "--wait")
    wait_until(120, "everybody is told", lambda: payung.number("SELECT (SELECT count(*) FROM ledger.outcome WHERE message_due IS NOT NULL AND NOT repeat) - (SELECT count(*) FROM notice.message WHERE state <> 'queued')") == 0, pause=0.2)
    return all_seconds(payung) - before, time.monotonic() - began


def main(source, build, bare, pairs, rows):
    with Installation(source, build) as payung:
        payung.start()
        payung.apply(payung.sample_agreement(pagu=10**14))
        one_list(payung, 0, rows)  # warms up
        seen = {"with": [], "without": []}
        for turn in range(2 * pairs):
            kind = "with" if turn % 4 in (0, 3) else "without"
            run_by(payung, build if kind == "with" else bare)
            lines = [line for line in payung.get("ingestion", "/metrics")[1].splitlines() if line.startswith("payung_") and not line.endswith(" 0") and not line.endswith(" 0.000000")]
            if kind == "without" and lines:
                raise SystemExit(f"the build without meters counts: {lines[:2]}")
            idle = idle_rate(payung)
            scraper = Scraper(payung) if kind == "with" else None
            processor, wall = one_list(payung, turn + 1, rows)
            seen[kind].append((processor - idle * wall, wall))
            print(f"{kind} meters: processor {processor:.2f} s, {processor - idle * wall:.2f} s without idling, wall {wall:.2f} s for {rows} rows" + (f", {scraper.stop()} lines scraped" if scraper else "") +
                  f" (load {os.getloadavg()[0]:.1f})", flush=True)
        run_by(payung, build)
        cost = scrape_cost(payung)
        for what, place in (("processor time of all services", 0), ("time on the wall", 1)):
            with_, without = (statistics.median(values[place] for values in seen[kind]) for kind in ("with", "without"))
            print(f"{what}: {with_:.2f} s with meters, {without:.2f} s without: ratio {with_ / without:.3f} (asked: at most {ALLOWED})")
        print(f"one look at all {len(payung.metrics_ports)} programs: {cost * 1000:.2f} ms of processor time; every 5 s, as shipped, that is {cost / 5 * 100:.3f} % of one processor, every second {cost * 100:.3f} %")
        print("ledger verify:", payung.cli("ledger", "verify")[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(os.path.abspath, sys.argv[1:4]), int(sys.argv[4]) if len(sys.argv) > 4 else 5, int(sys.argv[5]) if len(sys.argv) > 5 else 10000))
