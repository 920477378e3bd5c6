#!/bin/sh
# The Baanx calls with curl: record a consent set, then revoke by type, what is outdated, and
# everything, each in a loop as Baanx documents it; at last all three in one call each.
# Settings: BAANX_CLIENT_KEY, BAANX_SECRET_KEY and, unless the service is on this machine, RESCIND_URL.
set -eu
: "${BAANX_CLIENT_KEY:?is not set}" "${BAANX_SECRET_KEY:?is not set}"

url=${RESCIND_URL:-http://127.0.0.1:3000}/v2/consent
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# call METHOD PATH [JSON]: leaves the body of the answer in $scratch/answer and its $status, or 000.
# curl tries again after a lost connection, a 429, 500, 502, 503 or 504, when Retry-After says so or
# after 1, 2, 4 and 8 seconds; the loop does while an earlier try is still running, a 409. Under the
# same Idempotency-Key nothing is done twice.
call() {
  key=$(random)
  for _ in 1 2 3 4 5; do
    : >"$scratch/answer" # Without a body curl would leave the one before.
    status=$(curl -sS --retry 4 --retry-all-errors --retry-max-time 60 \
      -o "$scratch/answer" -w '%{http_code}' -X "$1" "$url$2" \
      -H "x-client-key: $BAANX_CLIENT_KEY" -H "x-secret-key: $BAANX_SECRET_KEY" \
      -H 'Content-Type: application/json' -H "Idempotency-Key: $key" ${3:+-d "$3"}) || status=000
    grep -q 'Idempotency-Key is still running' "$scratch/answer" || return 0
    sleep 1
  done
}

# field NAME: a value of the answer, as `jq -r .NAME` gives it.
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$scratch/answer"; }

# succeed METHOD PATH [JSON]: as call, and gives up on an error; 498 or 499 is about the keys.
succeed() {
  call "$@"
  case $status in 20*) ;; *) refused ;; esac
}

refused() {
  echo "$status $(cat "$scratch/answer")" >&2
  exit 1
}

record_consents() {
  succeed POST /consentSet '{"userId": "'"$user"'", "policy": "global", "consents": [
    {"consentType": "termsAndPrivacy", "consentStatus": "granted"},
    {"consentType": "marketingNotifications", "consentStatus": "granted"},
    {"consentType": "emailNotifications", "consentStatus": "granted"}]}'
}

# list_granted: writes a line for each consent that the user has given to $scratch/granted: the ids of
# its set and of itself, its type, and when it was given.
list_granted() {
  succeed GET "/user/$user"
  tr '{' '\n' <"$scratch/answer" | awk -F '"' '
    function value(name, i) { for (i = 2; i < NF; i++) if ($i == name) return $(i + 2) }
    /"consentSetId"/ { set = value("consentSetId") }
    /"granted"/ { print set, value("consentId"), value("consentType"), value("createdAt") }
  ' >"$scratch/granted"
}

# revoke_where CONDITION: revokes every consent that the user has given and for which awk's condition
# holds: $3 is the type, $4 the time. Leaves the number of them in $revoked.
revoke_where() {
  list_granted
  awk "$1" "$scratch/granted" >"$scratch/matching"
  revoked=0
  while read -r set consent _; do
    call DELETE "/consentSet/$set/consent/$consent"
    case $status in
      200) revoked=$((revoked + 1)) ;;
      404) ;; # Somebody else was faster.
      *) refused ;;
    esac
  done <"$scratch/matching"
}

# report WHAT NUMBER
report() {
  succeed GET "/user/$user"
  echo "$1: $2 revoked, $(sed 's/,"consentSets".*//; s/.*"status":"//; s/"$//' "$scratch/answer")"
}

user=user-$(random) # Of letters, digits and dashes it fits into JSON and a path as it is.

record_consents
# shellcheck disable=SC2016 # The dollars are awk's.
revoke_where '$3 == "marketingNotifications"'
report marketing "$revoked"
# New terms from here on: what was given before them is outdated. Put in the time of your own terms,
# with milliseconds, for times are compared as text: 2027-01-01T00:00:00.000Z
record_consents
new_terms_at=$(field createdAt)
revoke_where "\$4 < \"$new_terms_at\""
report outdated "$revoked"
revoke_where 1
report all "$revoked"

record_consents
succeed POST "/user/$user/revocations" '{"consentType": "marketingNotifications"}'
report 'marketing in one call' "$(field revoked)"
record_consents
succeed POST "/user/$user/revocations" '{"createdBefore": "'"$(field createdAt)"'"}'
report 'outdated in one call' "$(field revoked)"
succeed POST "/user/$user/revocations" '{"all": true}'
report 'all in one call' "$(field revoked)"

succeed GET "/user/$user/audit?limit=1"
echo "$(field total) records in the audit"
