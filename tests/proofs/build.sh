#!/usr/bin/env bash
# Compiles the programs of the proofs anew: tests/proofs/build.sh [ERLC]. The compiled files are part of the
# repository; they come from the erlc of OTP 29.
set -euo pipefail
cd "$(dirname "$0")"
erlc=${1:-erlc}

generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
for version in 1 2; do
    "$erlc" +deterministic -DVERSION=$version -o "$generated" worker.erl
    bytes=$(od -An -v -tu1 -w1 "$generated/worker.beam" | tr -d ' ' | paste -sd,)
    echo "-define(V$version, <<$bytes>>)." >>"$generated/versions.hrl"
done
for source in *.erl; do
    [ "$source" = worker.erl ] || "$erlc" +deterministic -I "$generated" "$source"
done
