#!/usr/bin/env bash
# Makes the escripts that are not text, and stores what OTP says to the lines of cases.txt:
# tests/escripts/record.sh [OTP] (by default target/otp29).
set -euo pipefail
cd "$(dirname "$0")/../.."
escript=${1:-target/otp29}/bin/escript
export LC_ALL=C.UTF-8
"$escript" tests/escripts/make.escript tests/escripts
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
while read -r -a words; do
    echo "== ${words[*]}"
    status=0
    "$escript" "tests/escripts/${words[0]}" "${words[@]:1}" <tests/escripts/input.txt 2>"$errors" || status=$?
    echo "-- status $status, stderr:"
    cat "$errors"
done <tests/escripts/cases.txt >tests/escripts/expect.txt
