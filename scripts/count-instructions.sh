#!/usr/bin/env bash
# Counts the instructions that kernels execute on each target, with the emulators' help: figures that repeat, where
# times under an emulator say nothing.
#
#   scripts/count-instructions.sh [KERNEL...]
#
# Prints a row for each kernel: millions of instructions on x86_64, aarch64 and arm32, code compiled ahead of time at -O2, so that
# neither the compiler nor another tier counts; starting up does, with a few million. Needs what scripts/cross.sh sets up.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

kernels=("$@")
[ ${#kernels[@]} -gt 0 ] || kernels=(fib loop nrev queens tuple float mandel sieve records funs trees)

cargo build --release --locked --quiet
for name in aarch64 arm32; do scripts/cross.sh "$name" cargo build --release --locked --quiet; done
cc -shared -fPIC -O2 -Wall -o "$work/count.so" scripts/insn-count.c

program() { # of a target
    case $1 in
        x86_64) echo "$target/release/linac" ;;
        aarch64) echo "$target/aarch64-unknown-linux-gnu/release/linac" ;;
        arm32) echo "$target/armv7-unknown-linux-gnueabihf/release/linac" ;;
    esac
}

emulate() { # target, then arguments of the emulator
    local name=$1
    shift
    case $name in
        x86_64) qemu-x86_64 "$@" ;;
        aarch64) qemu-aarch64 -L /usr/aarch64-linux-gnu "$@" ;;
        arm32) qemu-arm -L /usr/arm-linux-gnueabihf "$@" ;;
    esac
}

printf '%-10s %10s %10s %10s   (millions of instructions)\n' kernel x86_64 aarch64 arm32
for kernel in "${kernels[@]}"; do
    printf '%-10s' "$kernel"
    for name in x86_64 aarch64 arm32; do
        "$target/release/linac" compile --target "$name" --out-dir "$work/$name" "benches/erl/beam/bench_$kernel.beam"
        output=$(emulate "$name" -plugin "$work/count.so" -d plugin "$(program "$name")" \
            run --otp none --schedulers 1 "$work/$name/bench_$kernel.beam" 2>&1) || true
        count=$(sed -n 's/^.*instructions \([0-9]*\)$/\1/p' <<<"$output" | tail -n 1)
        grep -q '^Return value' <<<"$output" && [ -n "$count" ] || { echo; echo "$output" >&2; exit 1; }
        printf ' %10.1f' "$(awk "BEGIN { print $count / 1e6 }")"
    done
    echo
done
