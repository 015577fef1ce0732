#!/usr/bin/env bash
# Compiles the Erlang modules that the runtime brings along (runtime/erl) to runtime/erl/beam, and notes which sources
# they were made from: the test `services` of linac-runtime compares.
#
#   scripts/services.sh [ERLC]     # any erlc of OTP 25 or newer
set -euo pipefail
cd "$(dirname "$0")/../runtime/erl"
"${1:-erlc}" +deterministic +debug_info -Werror -o beam ./*.erl
LINAC_BLESS=1 cargo test -q -p linac-runtime --test services
