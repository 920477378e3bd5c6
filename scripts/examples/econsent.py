#!/usr/bin/env python3
"""The eConsent calls with Python's standard library: register a consent, verify it before every
contact, revoke on opt-out, a campaign in bulk, and a suppression file.

Settings: ECONSENT_API_TOKEN, ECONSENT_COMPANY_ID, ECONSENT_PROPERTY_ID and, unless the service is on
this machine, RESCIND_URL.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("RESCIND_URL", "http://127.0.0.1:3000")
CONSENT = "I agree to receive calls and texts from Example Corp."
MAX_TRIES = 5
MAX_WAIT_SECONDS = 60


class Refused(Exception):
    """An answer that is no success: `{status, error, details?}`."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


def send(request):
    """Sends a request; gives status, headers and text of the answer, be it a success or not."""
    try:
        response = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refusal:
        response = refusal
    with response:
        return response.status, response.headers, response.read().decode()


def call(method, path, body=None, content_type="application/json"):
    """Calls the API and returns what it answers; raises Refused.

    After a lost connection, a 409, 429 or 503 it tries again: under the same Idempotency-Key nothing
    is done or charged twice.
    """
    request = urllib.request.Request(URL + path, method=method)
    request.add_header("Authorization", f"Bearer {os.environ['ECONSENT_API_TOKEN']}")
    request.add_header("Idempotency-Key", str(uuid.uuid4()))
    if body is not None:
        request.data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.add_header("Content-Type", content_type)
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
        raise Refused(status, text)
    return json.loads(text) if "json" in headers["Content-Type"] else text


def register(email):
    certificate = call("POST", "/certificates", {
        "property_id": os.environ["ECONSENT_PROPERTY_ID"],
        "session_id": str(uuid.uuid4()),
        "email": email,
        "origin": "https://example.com/sign-up",
        "consents": [{"type": "tcpa-express-consent", "text": CONSENT}],
    })
    return certificate["certificate_id"]


def may_call(email):
    """Whether a person may be called now; to be asked before every call. Costs a fee."""
    try:
        return call("POST", "/contact/check", {"email": email, "channel": "call"})["allowed"]
    except Refused as refused:
        if refused.status == 402:
            raise SystemExit("The wallet is empty: top it up, call nobody") from None
        raise


def may_contact(certificate_id):
    """The same where the certificate is known, of the very words that were agreed to. Costs a fee."""
    try:
        body = {"certificate_id": certificate_id, "consent": CONSENT}
        return call("POST", "/verify/match", body)["valid"]
    except Refused as refused:
        if refused.status == 402:
            raise SystemExit("The wallet is empty: top it up, call nobody") from None
        if refused.status == 403 and "This session has opted out" in refused.text:
            return False
        raise


def opt_out(email):
    body = {"company_id": os.environ["ECONSENT_COMPANY_ID"], "email": email}
    return call("POST", "/opt-out", {**body, "reason": "No longer interested"})["revoked"]


def revoke_all(certificate_ids):
    body = {"certificate_ids": certificate_ids, "reason": "Campaign over"}
    return call("POST", "/revocations/bulk", body)["revoked"]


def multipart(fields, file):
    """A form as bytes, and its content type."""
    boundary = uuid.uuid4().hex
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ) + (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    )
    tail = f"\r\n--{boundary}--\r\n"
    return head.encode() + file + tail.encode(), f"multipart/form-data; boundary={boundary}"


def revoke_file(csv):
    """Uploads a suppression file, waits until it has been carried out and exits if it is not."""
    form, content_type = multipart({"reason": "Suppression list"}, csv.encode())
    batch_id = call("POST", "/revocations/csv", form, content_type)["batch_id"]
    while True:
        batch = call("GET", f"/revocations/batches/{batch_id}")
        if batch["state"] == "completed":
            return batch
        if batch["state"] in ("failed", "cancelled"):
            raise SystemExit(f"file {batch['state']}: {batch['error']}")
        time.sleep(1)


def main():
    ann, bo, cy, di = (f"{name}-{uuid.uuid4()}@example.com" for name in ("ann", "bo", "cy", "di"))

    certificate_id = register(ann)
    print("ann:", "call" if may_contact(certificate_id) else "do not call")
    print("ann again:", "call" if may_call(ann) else "do not call")
    print(f"ann opted out: {opt_out(ann)} revoked")
    print("ann:", "call" if may_contact(certificate_id) else "do not call")
    print("ann again:", "call" if may_call(ann) else "do not call")

    campaign = [register(bo), register(cy)]
    print(f"campaign over: {revoke_all(campaign)} revoked")

    register(di)
    batch = revoke_file(f"email\n{di}\nnobody@example.com\n")
    print("file completed: {revoked} revoked, {not_found} not found".format(**batch))
    print(call("GET", f"/revocations/batches/{batch['batch_id']}/errors.csv").strip())


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(str(refused))
