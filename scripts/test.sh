#!/usr/bin/env bash
# Runs every check of the project, installing what they need first.
#
#   scripts/test.sh
#
# For Debian 12 or newer on x86-64 with cargo (rustup). Missing Debian packages are installed when running as root or
# with sudo; everything else stays in the repository's target folder. All steps run even if one fails; the exit status
# says whether all passed. CI sets LINAC_CI=1, which turns what may be missing on a developer's machine into failures.
set -euo pipefail
cd "$(dirname "$0")/.."
ci=${LINAC_CI:-0}
failed=()

note() { printf '\n== %s\n' "$*"; }

step() { # step NAME COMMAND... : runs, times and remembers
    local name=$1 start=$SECONDS
    shift
    note "$name"
    if "$@"; then
        echo "-- $name: ok, $((SECONDS - start)) s"
    else
        echo "-- $name: FAILED, $((SECONDS - start)) s"
        failed+=("$name")
    fi
}

install_packages() { # the Debian packages of the programs that are not there
    local missing=() program package
    while read -r program package; do
        command -v "$program" >/dev/null || missing+=("$package")
    done <<'PROGRAMS'
cc gcc
as binutils
llvm-mc llvm
gdb gdb
PROGRAMS
    [ ${#missing[@]} -gt 0 ] || return 0
    local sudo=
    if [ "$(id -u)" -ne 0 ]; then
        sudo=sudo
        command -v sudo >/dev/null || { echo "please install: ${missing[*]}"; return 1; }
    fi
    $sudo apt-get -qq update
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_components() {
    command -v cargo >/dev/null || { echo "cargo is missing: see https://rustup.rs"; return 1; }
    cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
    cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
}

install_otp() { # only the programs that use OTP's library need it
    local release
    for release in 25 27 29; do
        scripts/otp.sh "$release" "target/otp$release" ||
            echo "warning: no OTP $release, programs that use its library are skipped"
    done
}

without_std() { # the data core must build for the smallest processors: no operating system, no compare-and-swap
    rustup target add thumbv6m-none-eabi
    cargo check -p linac-core --locked --quiet --target thumbv6m-none-eabi
}

on_32_bit() { # the data core's tests with 32-bit words
    local sudo= libgcc=(/usr/lib/gcc/x86_64-linux-gnu/*/32/libgcc.a)
    if [ ! -e "${libgcc[0]}" ]; then
        [ "$(id -u)" -eq 0 ] || sudo=sudo
        DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends gcc-multilib >/dev/null
    fi
    rustup target add i686-unknown-linux-gnu
    cargo test -p linac-core --locked --quiet --target i686-unknown-linux-gnu
}

model() { # the signal queue under every schedule that the model checker finds
    local output
    output=$(RUSTFLAGS="--cfg loom" cargo test -p linac-runtime --locked --quiet --lib \
        --target-dir "${CARGO_TARGET_DIR:-target}/loom" loom_tests 2>&1) || { echo "$output"; return 1; }
    # A name that fits no test is no success.
    grep '^test result: ok. [1-9]' <<<"$output"
}

first_command() { # what the README tells newcomers to run first
    local command
    command=$(sed -n 's/^    \(cargo run --release .*\)/\1/p' README.md | head -n 1)
    [ -n "$command" ] || { echo "README.md shows no command"; return 1; }
    echo "$command"
    diff <($command | tr -d '\r') <(sed -n 's/^>//p' examples/expect/quicksort.txt)
}

mutants() { # damaged files, loaded and run; the tests do a few thousand with the tool's debug build
    cargo build --release --locked --quiet
    LINAC_BIN=$(realpath "${CARGO_TARGET_DIR:-target}")/release/linac LINAC_MUTANTS=0..100000 \
        cargo test -p linac-tests --locked --quiet --test mutants -- --nocapture damaged_files_are_refused
}

library() { # all of OTP's stdlib, kernel and compiler through both tiers; stdlib through OTP's compiler on linac
    cargo build --release --locked --quiet
    LINAC_BIN=$(realpath "${CARGO_TARGET_DIR:-target}")/release/linac LINAC_LIBRARY=whole \
        cargo test -p linac-tests --locked --quiet --test library -- --nocapture --test-threads 1
}

on_target() { # the tool built for another target, through an emulator: filetests that run, programs at both levels, examples
    local tool
    tool=$(scripts/cross.sh "$1" tool --release) || return 1
    "$tool" test tests/filetests || return 1
    LINAC_BIN=$tool LINAC_TARGET=$1 LINAC_CONFORMANCE=levels LINAC_TIME_SCALE=4 \
        cargo test -p linac-tests --locked --quiet --test conformance
}

without_compiler() { # a linac that runs ahead-of-time code only
    local target=${CARGO_TARGET_DIR:-target} made=${TMPDIR:-/tmp}/linac-ahead-$$.beam answer
    cargo build --release --locked --quiet
    cargo build --release --locked --quiet --no-default-features --target-dir "$target/ahead"
    "$target/release/linac" compile examples/fib.beam -o "$made"
    answer=$("$target/ahead/release/linac" run --otp none --stats "$made" 2>&1) || { echo "$answer"; return 1; }
    rm "$made"
    grep -q '^Return value: ok' <<<"$answer" && grep -q '^ahead  *[1-9]' <<<"$answer" || { echo "$answer"; return 1; }
    ! answer=$("$target/ahead/release/linac" run --otp none examples/fib.beam 2>&1) || { echo "it ran"; return 1; }
    grep 'this linac has no compiler' <<<"$answer"
    stat -c '%n: %s bytes' "$target/release/linac" "$target/ahead/release/linac"
}

lint_docs() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet; }

step "packages" install_packages
step "rust components" install_components
step "otp" install_otp
[ "$ci" != 1 ] || export LINAC_REQUIRE_OTP=1

step "format" cargo fmt --all -- --check
step "clippy" cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
step "documentation" lint_docs
step "tests" cargo test --workspace --locked --no-fail-fast
step "model of the signal queue" model
step "first command of the readme" first_command
step "damaged files" mutants
step "library of otp" library
step "linac without the compiler" without_compiler
step "aarch64" on_target aarch64
step "arm32" on_target arm32
step "data core without std" without_std
step "data core on 32-bit" on_32_bit
step "encoder corpora" scripts/check-asm-corpus.sh

note "summary"
if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
echo "all passed in $SECONDS s"
