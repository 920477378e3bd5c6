#!/usr/bin/env python3
"""The Baanx calls with Python's standard library: record a consent set, then revoke by type, what is
outdated, and everything, each in a loop as Baanx documents it; at last all three in one call each.

Settings: BAANX_CLIENT_KEY, BAANX_SECRET_KEY and, unless the service is on this machine, RESCIND_URL.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

URL = os.environ.get("RESCIND_URL", "http://127.0.0.1:3000") + "/v2/consent"
MAX_TRIES = 5
MAX_WAIT_SECONDS = 60


class BaanxError(Exception):
    """`{error, details}`, and the status: 498 or 499 is about the keys."""

    def __init__(self, status, answer):
        super().__init__(f"{status} {answer['error']}: {', '.join(answer['details'])}")
        self.status = status


def send(request):
    """Sends a request; gives status, headers and text of the answer, be it a success or not."""
    try:
        response = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refusal:
        response = refusal
    with response:
        return response.status, response.headers, response.read().decode()


def call(method, path, body=None):
    """Calls the API and returns its JSON; raises BaanxError.

    After a lost connection, a 409, 429 or 503 it tries again: under the same Idempotency-Key nothing
    is done twice.
    """
    request = urllib.request.Request(URL + path, method=method)
    request.add_header("x-client-key", os.environ["BAANX_CLIENT_KEY"])
    request.add_header("x-secret-key", os.environ["BAANX_SECRET_KEY"])
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
        raise BaanxError(status, json.loads(text))
    return json.loads(text)


def user_path(user_id):
    return "/user/" + urllib.parse.quote(user_id, safe="")


def record_consents(user_id):
    """Records that a user agrees, and returns when that was."""
    types = ("termsAndPrivacy", "marketingNotifications", "emailNotifications")
    consents = [{"consentType": one, "consentStatus": "granted"} for one in types]
    body = {"userId": user_id, "policy": "global", "consents": consents}
    return call("POST", "/consentSet", body)["consents"][0]["createdAt"]


def revoke_consent(consent_set_id, consent_id):
    """Revokes one consent; False: somebody else was faster, or it is not there."""
    try:
        call("DELETE", f"/consentSet/{consent_set_id}/consent/{consent_id}")
        return True
    except BaanxError as error:
        if error.status == 404:
            return False
        raise


def revoke_where(user_id, matches):
    """Revokes every granted consent of a user that matches, and returns how many there were."""
    revoked = 0
    for consent_set in call("GET", user_path(user_id))["consentSets"]:
        for consent in consent_set["consents"]:
            if consent["consentStatus"] == "granted" and matches(consent):
                revoked += revoke_consent(consent_set["consentSetId"], consent["consentId"])
    return revoked


def main():
    user_id = f"user-{uuid.uuid4()}"

    def report(what, revoked):
        print(f"{what}: {revoked} revoked, {call('GET', user_path(user_id))['status']}")

    def in_one_call(which):
        return call("POST", user_path(user_id) + "/revocations", which)["revoked"]

    record_consents(user_id)
    marketing = "marketingNotifications"
    report("marketing", revoke_where(user_id, lambda one: one["consentType"] == marketing))
    # New terms from here on: what was given before them is outdated. Put in the time of your
    # own terms, with milliseconds, for times are compared as text: "2027-01-01T00:00:00.000Z".
    new_terms_at = record_consents(user_id)
    report("outdated", revoke_where(user_id, lambda one: one["createdAt"] < new_terms_at))
    report("all", revoke_where(user_id, lambda one: True))

    record_consents(user_id)
    report("marketing in one call", in_one_call({"consentType": marketing}))
    new_terms_at = record_consents(user_id)
    report("outdated in one call", in_one_call({"createdBefore": new_terms_at}))
    report("all in one call", in_one_call({"all": True}))

    audit = call("GET", user_path(user_id) + "/audit?limit=1")
    print(f"{audit['total']} records in the audit")


if __name__ == "__main__":
    try:
        main()
    except BaanxError as error:
        sys.exit(str(error))
