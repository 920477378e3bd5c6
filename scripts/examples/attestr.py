#!/usr/bin/env python3
"""The Attestr calls with Python's standard library: register a consent, look at it before every use,
narrow it, revoke it when the person opts out, and read its audit trail.

Settings: ATTESTR_AUTH_TOKEN, which is base64 of `client_key:secret_key`, and, unless the service is on
this machine, RESCIND_URL.
"""

import csv
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("RESCIND_URL", "http://127.0.0.1:3000") + "/api/v3/public"
MAX_TRIES = 5
MAX_WAIT_SECONDS = 60


class AttestrError(Exception):
    """An error of the dialect; its code tells what is wrong, for example 4005: low credits."""

    def __init__(self, answer):
        super().__init__(f"{answer['code']} {answer['message']}")
        self.code = answer["code"]


def send(request):
    """Sends a request; gives status, headers and text of the answer, be it a success or not."""
    try:
        response = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refusal:
        response = refusal
    with response:
        return response.status, response.headers, response.read().decode()


def call(method, path, body=None):
    """Calls the API and returns what it answers; raises AttestrError.

    After a lost connection, or a limit per second (4291, 4292), it tries again: under the same
    Idempotency-Key nothing is registered or charged twice.
    """
    request = urllib.request.Request(URL + path, method=method)
    request.add_header("Authorization", f"Basic {os.environ['ATTESTR_AUTH_TOKEN']}")
    request.add_header("Content-Type", "application/json")
    request.add_header("Idempotency-Key", str(uuid.uuid4()))
    if body is not None:
        request.data = json.dumps(body).encode()
    for tries_left in reversed(range(MAX_TRIES)):
        try:
            status, headers, text = send(request)
        except (OSError, http.client.HTTPException):
            wait_seconds = 1
            if tries_left == 0:
                raise
        else:
            wait_seconds = float(headers.get("Retry-After", "inf"))
            if wait_seconds > MAX_WAIT_SECONDS or tries_left == 0:
                break
        time.sleep(wait_seconds)
    if status >= 300:
        raise AttestrError(json.loads(text))
    return json.loads(text) if "json" in headers["Content-Type"] else text


def register(email, purposes):
    text = "I agree that Example Corp checks my identity and my credit."
    body = {"subject": {"email": email}, "purposes": purposes, "text": text}
    return call("POST", "/consent", body)["_id"]


def may_use(consent_id, purpose):
    """Whether a consent covers a purpose now; to be asked before every use."""
    consent = call("GET", f"/consent/{consent_id}")
    return consent["status"] == "active" and purpose in consent["purposes"]


def main():
    consent_id = register(f"ann-{uuid.uuid4()}@example.com", ["kyc", "credit-check"])
    print("credit-check:", "go on" if may_use(consent_id, "credit-check") else "stop")

    call("PATCH", f"/consent/{consent_id}", {"purposes": ["kyc"]})
    print("credit-check:", "go on" if may_use(consent_id, "credit-check") else "stop")
    print("kyc:", "go on" if may_use(consent_id, "kyc") else "stop")

    call("POST", f"/consent/{consent_id}/revoke", {"reason": "No longer interested"})
    print("kyc:", "go on" if may_use(consent_id, "kyc") else "stop")

    try:
        call("PATCH", f"/consent/{consent_id}", {"purposes": ["kyc"]})
    except AttestrError as error:
        if error.code != 4031:
            raise
        print(f"a change after that: {error}")

    events = call("GET", f"/consent/{consent_id}/audit?format=csv")
    for event in csv.DictReader(events.splitlines()):
        print(event["action"])


if __name__ == "__main__":
    try:
        main()
    except AttestrError as error:
        sys.exit(str(error))
