#!/usr/bin/env bash
# Compiles the modules of this folder anew: tests/packs/build.sh [ERLC]. The stored files come from OTP 29.
set -euo pipefail
cd "$(dirname "$0")"
"${1:-erlc}" -W0 +deterministic ./*.erl
