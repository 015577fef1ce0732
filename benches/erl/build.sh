#!/usr/bin/env bash
# Compiles the kernels anew: benches/erl/build.sh [ERLC]. The compiled files are part of the repository and come
# from the erlc of OTP 29, since that is the system they are compared with.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p beam
"${1:-erlc}" +deterministic -o beam ./*.erl
