"""Runs kaskade, the terminal client, as an operator would, without a terminal: the given words are those of its command line. It waits until the screen lists as many records as asked for (or none come any more)
and prints what the list holds, one JSON document a record. Runs under the Python of deploy/dependencies/python-kaskade.txt.
usage: read_kaskade.py COUNT consumer -b BROKERS -t TOPIC ..."""
import asyncio
import json
import sys
import time

from kaskade.consumer import ListRecords
from kaskade.main import cli
from textual.app import App

PATIENCE_S = 60


def main(count, *words):
    run, seen = App.run, []

    async def look(pilot):
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            records = pilot.app.query_one(ListRecords).records
            if len(records) >= int(count):
                break
            await asyncio.sleep(0.1)
        seen.extend(record.dict() for record in records.values())
        pilot.app.exit()

    App.run = lambda self, **options: run(self, **dict(options, headless=True, auto_pilot=look))
    try:
        cli(list(words), standalone_mode=False)
    finally:
        for record in seen:
            print(json.dumps(record, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
