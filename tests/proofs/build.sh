#!/usr/bin/env bash
# Compiles the programs of the proofs anew: tests/proofs/build.sh [ERLC]. The compiled files are part of the
# repository; they come from the erlc of OTP 29.
set -euo pipefail
cd "$(dirname "$0")"
erlc=${1:-erlc}

generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
for version in 1 2; do
    "$erlc" -W0 +deterministic -DVERSION=$version -o "$generated" worker.erl
    bytes=$(od -An -v -tu1 -w1 "$generated/worker.beam" | tr -d ' ' | paste -sd,)
    echo "-define(V$version, <<$bytes>>)." >>"$generated/versions.hrl"
done
# mutants.erl wants the bytes of subject.beam, and where its code is.
"$erlc" -W0 +deterministic subject.erl
bytes=$(od -An -v -tu1 -w1 subject.beam | tr -d ' ' | paste -sd,)
at=$(($(grep -abo Code subject.beam | head -n 1 | cut -d: -f1) + 8))
size=$((0x$(od -An -v -tx1 -j $((at - 4)) -N 4 subject.beam | tr -d ' ')))
echo "-define(SUBJECT, <<$bytes>>). -define(CODE_AT, $at). -define(CODE_SIZE, $size)." >"$generated/subject.hrl"
for source in *.erl; do
    # (library.erl is compiled by the test, for the release that it compares with.)
    [[ $source = @(worker|subject|library).erl ]] || "$erlc" -W0 +deterministic -I "$generated" "$source"
done
