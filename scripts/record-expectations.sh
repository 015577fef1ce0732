#!/usr/bin/env bash
# Compiles the conformance programs with OTP 25, 27 and 29, runs them there and stores what they return.
#
#   scripts/record-expectations.sh [NAME...]      (all programs without a NAME; stdlib/NAME for those in stdlib/)
#
# Reads tests/erl/NAME.erl; writes tests/erl/beam/{25,27,29}/NAME.beam and tests/erl/expect/NAME.txt. Where the
# releases disagree, the older one's result is stored as NAME.RELEASE.txt beside it. An expectation is one line:
# what io_lib:format("~0p") gives for the value of NAME:start(). That format prints lists and binaries that look
# like text as text; to keep expectations independent of that, a program whose result prints differently with
# "~w" is refused, except for the ones in PRINTING, whose subject it is.
#
# OTP25, OTP27 and OTP29 name the installations (default: target/otp25, ...), made by scripts/otp.sh if missing.
set -euo pipefail
cd "$(dirname "$0")/.."

PRINTING="print_terms"

run() { # run RELEASE MODULE... : writes $work/RELEASE/MODULE.txt for each
    local release=$1 home=$2
    shift 2
    RECORD_INTO=$work/$release RECORD_PRINTING=$PRINTING ERL_CRASH_DUMP=/dev/null \
        "$home/bin/erl" -noshell -pa "tests/erl/beam/$release" -pa "tests/erl/beam/$release/stdlib" -pa "$work/recorder/$release" \
        -kernel logger_level none -s recorder main -extra "$@"
}

if [ $# -eq 0 ]; then
    mapfile -t names < <(cd tests/erl && find . -maxdepth 2 -name '*.erl' | sed 's|^\./||; s|\.erl$||' | sort)
else
    names=("$@")
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/recorder.erl" <<'ERL'
-module(recorder).
-export([main/0]).

main() ->
    Into = os:getenv("RECORD_INTO"),
    Printing = string:lexemes(os:getenv("RECORD_PRINTING"), " "),
    Failed = [N || N <- init:get_plain_arguments(), record(N, filename:join(Into, N ++ ".txt"), Printing) =/= ok],
    halt(case Failed of [] -> 0; _ -> 1 end).

record(Name, File, Printing) ->
    Module = list_to_atom(filename:basename(Name)),
    {Pid, Ref} = spawn_monitor(fun() -> exit({value, Module:start()}) end),
    receive
        {'DOWN', Ref, process, _, {value, Value}} ->
            Line = io_lib:format("~0p", [Value]),
            Plain = io_lib:format("~w", [Value]),
            case lists:flatten(Line) =:= lists:flatten(Plain) orelse lists:member(Name, Printing) of
                true -> ok = filelib:ensure_dir(File), ok = file:write_file(File, [Line, $\n]);
                false -> complain(Name, "prints as text", first_difference(lists:flatten(Line), lists:flatten(Plain)))
            end;
        {'DOWN', Ref, process, _, Reason} ->
            complain(Name, "failed", io_lib:format("~0P", [Reason, 60]))
    after 120000 ->
        exit(Pid, kill),
        complain(Name, "took too long", "")
    end.

first_difference([C | A], [C | B]) -> first_difference(A, B);
first_difference(A, _) -> lists:sublist(A, 60).

complain(Name, What, Detail) ->
    io:format(standard_error, "~s: ~s ~s~n", [Name, What, Detail]),
    failed.
ERL

for release in 25 27 29; do
    variable=OTP$release
    home=${!variable:-target/otp$release}
    [ -x "$home/bin/erlc" ] || scripts/otp.sh "$release" "$home"
    mkdir -p "tests/erl/beam/$release/stdlib" "$work/recorder/$release" "$work/$release"
    "$home/bin/erlc" -o "$work/recorder/$release" "$work/recorder.erl"
    plain=() stdlib=()
    for name in "${names[@]}"; do
        case $name in stdlib/*) stdlib+=("tests/erl/$name.erl") ;; *) plain+=("tests/erl/$name.erl") ;; esac
    done
    # The programs contain mistakes on purpose, so warnings are off.
    [ ${#plain[@]} -eq 0 ] || "$home/bin/erlc" -W0 +deterministic -o "tests/erl/beam/$release" "${plain[@]}"
    [ ${#stdlib[@]} -eq 0 ] || "$home/bin/erlc" -W0 +deterministic -o "tests/erl/beam/$release/stdlib" "${stdlib[@]}"
    run "$release" "$home" "${names[@]}"
done

mkdir -p tests/erl/expect/stdlib
for name in "${names[@]}"; do
    cp "$work/29/$name.txt" "tests/erl/expect/$name.txt"
    for release in 25 27; do
        own=tests/erl/expect/$name.$release.txt
        rm -f "$own"
        if ! cmp -s "$work/$release/$name.txt" "$work/29/$name.txt"; then
            cp "$work/$release/$name.txt" "$own"
            echo "note: $name differs on OTP $release"
        fi
    done
done
echo "recorded ${#names[@]} programs"
