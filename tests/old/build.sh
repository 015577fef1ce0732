#!/usr/bin/env bash
# Compiles programs of tests/erl as compilers before OTP 25 built bitstrings: tests/old/build.sh [ERLC], an erlc of
# OTP 25, which still can (`+r24`).
set -euo pipefail
cd "$(dirname "$0")"
for name in bits_binaries bits_contexts bits_fields bits_in_line bits_integers; do
    "${1:-erlc}" -W0 +r24 +deterministic "../erl/$name.erl"
done
