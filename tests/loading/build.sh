#!/usr/bin/env bash
# Compiles the modules of this folder and stores what OTP prints: tests/loading/build.sh [OTP] (by default
# target/otp29).
set -euo pipefail
cd "$(dirname "$0")"
otp=${1:-../../target/otp29}
mkdir -p beam
"$otp/bin/erlc" -W0 +deterministic -o beam ./*.erl
"$otp/bin/erl" -noshell -kernel logger_level none -pa beam -eval 'loading:main([]), halt().' >expect.txt
