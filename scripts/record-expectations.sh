#!/usr/bin/env bash
# Compiles the conformance programs with OTP 25, 27 and 29, runs them there and stores what they return.
#
#   scripts/record-expectations.sh [NAME...]      (all programs without a NAME; stdlib/NAME for those in stdlib/)
#
# Reads tests/erl/NAME.erl; writes tests/erl/beam/{25,27,29}/NAME.beam and tests/erl/expect/NAME.txt, the value
# that NAME:start() of the OTP 29 file gives on OTP 29. The files of the older releases are run on OTP 29 too, since
# linac follows its semantics whatever compiled the file: a result that differs is stored as NAME.RELEASE.txt
# beside the other one. Each file is also run on its own release, and a different result there is reported. (OTP 29
# cannot load files with some old instructions; for those the result on their own release counts.)
#
# An expectation is one line: io_lib:format("~0p"). That format prints lists and binaries that look like text as
# text; to keep expectations independent of that, a program whose result prints differently with "~w" is refused,
# except for the ones in PRINTING, whose subject it is.
#
# What tests/erl/refused.txt lists (NAME@otpRELEASE: REASON) is not compiled by that release.
#
# OTP25, OTP27 and OTP29 name the installations (default: target/otp25, ...), made by scripts/otp.sh if missing.
set -euo pipefail
cd "$(dirname "$0")/.."

PRINTING="print_terms"

refused() { # refused NAME RELEASE
    grep -q "^$1@otp$2:" tests/erl/refused.txt
}

run() { # run FILES SYSTEM NAME... : runs what FILES compiled on SYSTEM; into $work/FILES-on-SYSTEM/NAME.txt
    local files=$1 system=$2 home
    shift 2
    home=$(home_of "$system")
    RECORD_INTO=$work/$files-on-$system RECORD_PRINTING=$PRINTING ERL_CRASH_DUMP=/dev/null \
        "$home/bin/erl" -noshell -kernel logger_level none -pa "$work/recorder/$system" \
        -pa "tests/erl/beam/$files" -pa "tests/erl/beam/$files/stdlib" -s recorder main -extra "$@"
}

home_of() {
    local variable=OTP$1
    echo "${!variable:-target/otp$1}"
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
    case code:ensure_loaded(Module) of
        {module, _} -> run(Name, Module, File, Printing);
        {error, badfile} -> ok
    end.

run(Name, Module, File, Printing) ->
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
    home=$(home_of "$release")
    [ -x "$home/bin/erlc" ] || scripts/otp.sh "$release" "$home"
    mkdir -p "tests/erl/beam/$release/stdlib" "$work/recorder/$release"
    "$home/bin/erlc" -o "$work/recorder/$release" "$work/recorder.erl"
    plain=() stdlib=()
    for name in "${names[@]}"; do
        ! refused "$name" "$release" || continue
        case $name in stdlib/*) stdlib+=("tests/erl/$name.erl") ;; *) plain+=("tests/erl/$name.erl") ;; esac
    done
    # The programs contain mistakes on purpose, so warnings are off.
    [ ${#plain[@]} -eq 0 ] || "$home/bin/erlc" -W0 +deterministic -o "tests/erl/beam/$release" "${plain[@]}"
    [ ${#stdlib[@]} -eq 0 ] || "$home/bin/erlc" -W0 +deterministic -o "tests/erl/beam/$release/stdlib" "${stdlib[@]}"
done

run 29 29 "${names[@]}"
mkdir -p tests/erl/expect/stdlib
for name in "${names[@]}"; do
    cp "$work/29-on-29/$name.txt" "tests/erl/expect/$name.txt"
done
for release in 25 27; do
    known=()
    for name in "${names[@]}"; do refused "$name" "$release" || known+=("$name"); done
    [ ${#known[@]} -gt 0 ] || continue
    run "$release" "$release" "${known[@]}"
    run "$release" 29 "${known[@]}"
    mkdir -p "$work/$release-on-29"
    for name in "${known[@]}"; do
        [ -e "$work/$release-on-29/$name.txt" ] || cp "$work/$release-on-$release/$name.txt" "$work/$release-on-29/$name.txt"
        own=tests/erl/expect/$name.$release.txt
        rm -f "$own"
        if ! cmp -s "$work/$release-on-29/$name.txt" "tests/erl/expect/$name.txt"; then
            cp "$work/$release-on-29/$name.txt" "$own"
            echo "note: $name compiled by OTP $release has a result of its own"
        fi
        cmp -s "$work/$release-on-$release/$name.txt" "$work/$release-on-29/$name.txt" ||
            echo "note: $name gives something else on OTP $release itself"
    done
done
echo "recorded ${#names[@]} programs"
