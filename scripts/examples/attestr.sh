#!/bin/sh
# The Attestr calls with curl: register a consent, look at it before every use, narrow it, revoke it
# when the person opts out, and read its audit trail.
# Settings: ATTESTR_AUTH_TOKEN, which is base64 of `client_key:secret_key`, and, unless the service is
# on this machine, RESCIND_URL.
set -eu
: "${ATTESTR_AUTH_TOKEN:?is not set}"

url=${RESCIND_URL:-http://127.0.0.1:3000}/api/v3/public
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# call METHOD PATH [JSON]: leaves the body of the answer in $scratch/answer and its $status, or 000.
# curl tries again after a lost connection, a 429, 500, 502, 503 or 504, when Retry-After says so or
# after 1, 2, 4 and 8 seconds; the loop does while an earlier try is still running, a 409. Under the
# same Idempotency-Key nothing is registered or charged twice.
call() {
  key=$(random)
  for _ in 1 2 3 4 5; do
    : >"$scratch/answer" # Without a body curl would leave the one before.
    status=$(curl -sS --retry 4 --retry-all-errors --retry-max-time 60 \
      -o "$scratch/answer" -w '%{http_code}' -X "$1" "$url$2" \
      -H "Authorization: Basic $ATTESTR_AUTH_TOKEN" -H 'Content-Type: application/json' \
      -H "Idempotency-Key: $key" ${3:+-d "$3"}) || status=000
    grep -q 'Idempotency-Key is still running' "$scratch/answer" || return 0
    sleep 1
  done
}

# json_string TEXT: the same as JSON; for all that people type.
json_string() {
  printf '"%s"' "$(printf %s "$1" | tr -d '\000-\037' | sed 's/["\\]/\\&/g')"
}

# field NAME: a value of the answer, as `jq -r .NAME` gives it.
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$scratch/answer"; }

# succeed METHOD PATH [JSON]: as call, and gives up on an error; its code tells what is wrong, for
# example 4005: low credits.
succeed() {
  call "$@"
  [ "$status" = 200 ] || refused
}

refused() {
  echo "$status: $(field code) $(field message)" >&2
  exit 1
}

# may_use PURPOSE: whether the consent $id covers it now; to be asked before every use.
may_use() {
  succeed GET "/consent/$id"
  [ "$(field status)" = active ] && grep -q "\"purposes\":\[[^]]*\"$1\"" "$scratch/answer"
}

succeed POST /consent '{"subject": {"email": '"$(json_string "ann-$(random)@example.com")"'},
  "purposes": ["kyc", "credit-check"],
  "text": "I agree that Example Corp checks my identity and my credit."}'
id=$(field _id)
if may_use credit-check; then echo 'credit-check: go on'; else echo 'credit-check: stop'; fi

succeed PATCH "/consent/$id" '{"purposes": ["kyc"]}'
if may_use credit-check; then echo 'credit-check: go on'; else echo 'credit-check: stop'; fi
if may_use kyc; then echo 'kyc: go on'; else echo 'kyc: stop'; fi

succeed POST "/consent/$id/revoke" '{"reason": "No longer interested"}'
if may_use kyc; then echo 'kyc: go on'; else echo 'kyc: stop'; fi

call PATCH "/consent/$id" '{"purposes": ["kyc"]}'
[ "$status $(field code)" = '403 4031' ] || refused
echo "a change after that: $(field code) $(field message)"

succeed GET "/consent/$id/audit?format=csv"
sed 1d "$scratch/answer" | cut -d , -f 3
