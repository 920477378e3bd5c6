#!/usr/bin/env python3
"""Receives webhooks with Python's standard library: verifies each message, handles none twice, and takes
whoever has opted out off its own list before it answers.

Settings: WEBHOOK_SECRET, the `whsec_…` that was shown once; LIST, a JSON file:
`{"people": {"<certificate_id>": {"channels": ["call", "text"], …}, …}, "seen": []}`; and PORT.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["WEBHOOK_SECRET"]
FILE = os.environ["LIST"]
PORT = int(os.environ.get("PORT", "4000"))

TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 1_048_576
# Of the newest messages the ids are kept; a message is tried for three days.
MAX_SEEN = 100_000

one_at_a_time = threading.Lock()


def is_genuine(headers, body, secret):
    """Whether a message is genuine and new. The body is its bytes as they came, before any parsing."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    expected = b"v1," + base64.b64encode(signed.digest())
    # There are two while the secret is being replaced.
    signatures = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(one, expected) for one in signatures)


def handle(message_id, message):
    """Handles a message once.

    What is handled is saved with the list in one step, so that after a crash both are there, or neither.
    """
    with one_at_a_time:
        with open(FILE, encoding="utf-8") as file:
            content = json.load(file)
        if message_id in content["seen"]:
            print(f"{message_id}: known", flush=True)
            return
        count = 0
        if message["type"] == "certificate.revoked":
            count = take_off(content["people"], message["data"])
        content["seen"] = [*content["seen"], message_id][-MAX_SEEN:]
        with open(f"{FILE}.new", "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{FILE}.new", FILE)
        print(f"{message_id}: {message['type']}, {count} taken off", flush=True)


def take_off(people, data):
    """Whoever has no channel left is gone from the list. Says how many entries it has changed."""
    count = 0
    for certificate_id in data["certificate_ids"]:
        person = people.get(certificate_id)
        if person is None:
            continue
        person["channels"] = [one for one in person["channels"] if one not in data["channels"]]
        if not person["channels"]:
            del people[certificate_id]
        count += 1
    return count


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # Connections are kept.
    timeout = 30

    def do_POST(self):
        """Answers 2xx when all is done; whatever else it answers, also because it fails, is sent again."""
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,7}", length) or int(length) > MAX_BODY_BYTES:
            return self.answer(413)
        body = self.rfile.read(int(length))
        if not is_genuine(self.headers, body, SECRET):
            return self.answer(401)
        try:
            handle(self.headers["webhook-id"], json.loads(body))
        except Exception:
            self.answer(500)
            raise
        return self.answer(204)

    def answer(self, status):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
