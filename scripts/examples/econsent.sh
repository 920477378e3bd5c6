#!/bin/sh
# The eConsent calls with curl: register a consent, verify it before every contact, revoke on opt-out,
# a campaign in bulk, and a suppression file.
# Settings: ECONSENT_API_TOKEN, ECONSENT_COMPANY_ID, ECONSENT_PROPERTY_ID and, unless the service is on
# this machine, RESCIND_URL.
set -eu
: "${ECONSENT_API_TOKEN:?is not set}" "${ECONSENT_COMPANY_ID:?is not set}"
: "${ECONSENT_PROPERTY_ID:?is not set}"

url=${RESCIND_URL:-http://127.0.0.1:3000}
consent='I agree to receive calls and texts from Example Corp.'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# call METHOD PATH [curl options]: leaves the body of the answer in $scratch/answer and its $status,
# or 000. curl tries again after a lost connection, a 429, 500, 502, 503 or 504, when Retry-After says
# so or after 1, 2, 4 and 8 seconds; the loop does while an earlier try is still running, a 409. Under
# the same Idempotency-Key nothing is done or charged twice.
call() {
  method=$1 path=$2 key=$(random)
  shift 2
  for _ in 1 2 3 4 5; do
    : >"$scratch/answer" # Without a body curl would leave the one before.
    status=$(curl -sS --retry 4 --retry-all-errors --retry-max-time 60 \
      -o "$scratch/answer" -w '%{http_code}' -X "$method" "$url$path" \
      -H "Authorization: Bearer $ECONSENT_API_TOKEN" -H "Idempotency-Key: $key" "$@") || status=000
    grep -q 'Idempotency-Key is still running' "$scratch/answer" || return 0
    sleep 1
  done
}

# post PATH: sends the JSON on stdin.
post() {
  cat >"$scratch/body"
  call POST "$1" -H 'Content-Type: application/json' -d "@$scratch/body"
}

# json_string TEXT: the same as JSON; for all that people type.
json_string() {
  printf '"%s"' "$(printf %s "$1" | tr -d '\000-\037' | sed 's/["\\]/\\&/g')"
}

# field NAME: a value of the answer, as `jq -r .NAME` gives it.
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$scratch/answer"; }

refused() {
  echo "$status: $(cat "$scratch/answer")" >&2
  exit 1
}

# expect STATUS: gives up unless that was the answer.
expect() { [ "$status" = "$1" ] || refused; }

# register EMAIL
register() {
  post /certificates <<END
{"property_id": "$ECONSENT_PROPERTY_ID", "session_id": "$(random)", "email": $(json_string "$1"),
 "origin": "https://example.com/sign-up",
 "consents": [{"type": "tcpa-express-consent", "text": $(json_string "$consent")}]}
END
  expect 201
}

# may_call EMAIL: to be asked before every call, where only the person is known. Costs a fee.
may_call() {
  post /contact/check <<END
{"email": $(json_string "$1"), "channel": "call"}
END
  case "$status" in
    200) [ "$(field allowed)" = true ] ;;
    402) echo 'The wallet is empty: top it up, call nobody' >&2 && exit 1 ;;
    *) refused ;;
  esac
}

# may_contact CERTIFICATE_ID: the same where the certificate is known, of the very words. Costs a fee.
may_contact() {
  post /verify/match <<END
{"certificate_id": "$1", "consent": $(json_string "$consent")}
END
  case "$status $(field error)" in
    200*) [ "$(field valid)" = true ] ;;
    402*) echo 'The wallet is empty: top it up, call nobody' >&2 && exit 1 ;;
    '403 This session has opted out') return 1 ;;
    *) refused ;;
  esac
}

run=$(random)

register "ann-$run@example.com"
ann=$(field certificate_id)
if may_contact "$ann"; then echo 'ann: call'; else echo 'ann: do not call'; fi
if may_call "ann-$run@example.com"; then echo 'ann again: call'; else echo 'ann again: do not call'; fi
post /opt-out <<END
{"company_id": "$ECONSENT_COMPANY_ID", "email": $(json_string "ann-$run@example.com"),
 "reason": "No longer interested"}
END
expect 200
echo "ann opted out: $(field revoked) revoked"
if may_contact "$ann"; then echo 'ann: call'; else echo 'ann: do not call'; fi
if may_call "ann-$run@example.com"; then echo 'ann again: call'; else echo 'ann again: do not call'; fi

register "bo-$run@example.com"
bo=$(field certificate_id)
register "cy-$run@example.com"
cy=$(field certificate_id)
post /revocations/bulk <<END
{"certificate_ids": ["$bo", "$cy"], "reason": "Campaign over"}
END
expect 202
echo "campaign over: $(field revoked) revoked"

register "di-$run@example.com"
printf 'email\n%s\nnobody@example.com\n' "di-$run@example.com" >"$scratch/suppressions.csv"
call POST /revocations/csv -F 'reason=Suppression list' -F "file=@$scratch/suppressions.csv"
expect 202
batch=/revocations/batches/$(field batch_id)
while :; do
  call GET "$batch"
  expect 200
  case $(field state) in completed | failed | cancelled) break ;; esac
  sleep 1
done
if [ "$(field state)" != completed ]; then
  echo "file $(field state): $(field error)" >&2
  exit 1
fi
echo "file completed: $(field revoked) revoked, $(field not_found) not found"
call GET "$batch/errors.csv"
expect 200
cat "$scratch/answer"
