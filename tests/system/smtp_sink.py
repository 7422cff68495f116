"""A mail server for tests by aiosmtpd: writes each mail as a line of JSON. What it answers stands in FILE.mode, if there is one: "451", "550" or "hang".
usage: smtp_sink.py PORT FILE"""
import asyncio
import email
import email.policy
import json
import os
import sys

from aiosmtpd.controller import Controller

PORT, FILE = int(sys.argv[1]), sys.argv[2]


class Sink:
    async def handle_DATA(self, server, session, envelope):
        mode = ""
        if os.path.exists(FILE + ".mode"):
            with open(FILE + ".mode", encoding="ascii") as file:
                mode = file.read().strip()
        if mode == "hang":
            await asyncio.sleep(3600)
        if mode in ("451", "550"):
            return f"{mode} not now"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = mail.get_body(("plain",)).get_content()
        with open(FILE, "a", encoding="utf-8") as out:
            out.write(json.dumps({"to": envelope.rcpt_tos, "event": mail["X-Payung-Event"], "id": mail["Message-ID"], "subject": mail["Subject"], "text": body.strip()}) + "\n")
        return "250 taken"


controller = Controller(Sink(), hostname="127.0.0.1", port=PORT)
controller.start()
print("listens", flush=True)
asyncio.new_event_loop().run_forever()
