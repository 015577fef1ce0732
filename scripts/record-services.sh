#!/usr/bin/env bash
# Records what the programs in tests/services print on OTP: NAME.VERSION.out beside NAME.erl. Compiles them, too, if it is
# OTP 27: files of that release load on both.
#
#   scripts/record-services.sh 27 target/otp27
#   scripts/record-services.sh 29 target/otp29
set -euo pipefail
version=$1 otp=$(realpath "$2")
cd "$(dirname "$0")/../tests/services"
[ "$version" != 27 ] || "$otp/bin/erlc" +deterministic ./*.erl
for file in *.erl; do
    name=${file%.erl}
    # In a process of its own, so that stack traces and ancestors end where they end on linac.
    LC_ALL=C.UTF-8 TZ=UTC "$otp/bin/erl" -noshell -pa greeter/ebin -eval "
        {P, R} = spawn_monitor($name, start, []),
        receive {_, R, _, P, Reason} -> {normal, _} = {Reason, P}, init:stop() end." >"$name.$version.out" || [ $? = 7 ]
done
