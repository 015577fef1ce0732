#!/usr/bin/env bash
# Records what OTP answers to the expressions in tests/eval: NAME.VERSION.out beside NAME.txt.
#
#   scripts/record-eval.sh 27 target/otp27
#   scripts/record-eval.sh 29 target/otp29
set -euo pipefail
version=$1 otp=$(realpath "$2")
cd "$(dirname "$0")/../tests/eval"
for file in *.txt; do
    LC_ALL=C.UTF-8 "$otp/bin/erl" -noshell -eval '
        {module, _} = code:load_abs("../../runtime/erl/beam/linac_eval"),
        [File] = init:get_plain_arguments(),
        {ok, Bytes} = file:read_file(File),
        Text = unicode:characters_to_list(Bytes),
        % In a process of its own, so that stack traces end where they end on linac.
        {P, R} = spawn_monitor(linac_eval, main, [[Text]]),
        receive {_, R, _, P, _} -> halt() end.' -extra "$file" >"${file%.txt}.$version.out"
done
