#!/usr/bin/env bash
# Compiles the examples anew: examples/build.sh [ERLC]. The compiled files are part of the repository,
# so that running the examples needs no Erlang; they come from the erlc of OTP 27.
set -euo pipefail
cd "$(dirname "$0")"
erlc=${1:-erlc}

generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
for version in 1 2; do
    "$erlc" +deterministic -o reload_v$version reload_v$version/counter.erl
    bytes=$(od -An -v -tu1 -w1 reload_v$version/counter.beam | tr -d ' ' | paste -sd,)
    echo "-define(V$version, <<$bytes>>)." >>"$generated/versions.hrl"
done
"$erlc" +deterministic -I "$generated" reload.erl
for source in *.erl; do
    [ "$source" = reload.erl ] || "$erlc" +deterministic "$source"
done
