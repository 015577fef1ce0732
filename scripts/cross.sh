#!/usr/bin/env bash
# Builds and runs linac for another instruction set on this machine, through an emulator.
#
#   scripts/cross.sh TARGET COMMAND...   runs COMMAND with cargo set up for TARGET: cargo builds for it, and what
#                                        `cargo run` and `cargo test` start goes through the emulator
#   scripts/cross.sh TARGET setup        installs what that needs (the other forms do so too), nothing else
#   scripts/cross.sh TARGET env          prints the settings, for eval
#   scripts/cross.sh TARGET tool [--release]   builds linac for TARGET and prints the path of a program that starts it
#                                        through the emulator: LINAC_BIN of the test harness
#   scripts/cross.sh TARGET run PROGRAM ARGUMENT...   starts one program of the target
#
# TARGET is aarch64 or arm32. Examples:
#
#   scripts/cross.sh aarch64 cargo test -p linac-runtime
#   scripts/cross.sh arm32 cargo run -- run examples/quicksort.beam
#
# For Debian 12 or newer with cargo (rustup). Missing Debian packages (cross compilers with their C library, qemu's
# user mode) are installed when running as root or with sudo; the target's standard library comes from rustup. What is
# there already is not looked for again. On a machine of the target's own kind nothing is emulated.
set -euo pipefail

usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2; exit 2; }

[ $# -ge 2 ] || usage
target=$1
shift
case $target in
    aarch64) triple=aarch64-unknown-linux-gnu gnu=aarch64-linux-gnu debian=arm64 machine=aarch64 qemu=qemu-aarch64 ;;
    arm32) triple=armv7-unknown-linux-gnueabihf gnu=arm-linux-gnueabihf debian=armhf machine=armv7l qemu=qemu-arm ;;
    *) echo "cross.sh: unknown target $target (aarch64, arm32)" >&2; exit 2 ;;
esac

native=0
[ "$(uname -m)" != "$machine" ] || native=1

install_packages() {
    local missing=()
    command -v "$gnu-gcc" >/dev/null || missing+=("gcc-$gnu")
    [ -e "/usr/$gnu/include/stdio.h" ] || missing+=("libc6-dev-$debian-cross")
    command -v "$qemu" >/dev/null || missing+=(qemu-user)
    [ ${#missing[@]} -gt 0 ] || return 0
    local sudo=
    if [ "$(id -u)" -ne 0 ]; then
        sudo=sudo
        command -v sudo >/dev/null || { echo "cross.sh: please install: ${missing[*]}" >&2; exit 1; }
    fi
    $sudo apt-get -qq update >&2
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

setup() {
    # The directory that rustc names is there even if the library is not.
    local library
    library=$(rustc --print target-libdir --target "$triple")
    [ -n "$(find "$library" -name 'libstd-*.rlib' 2>/dev/null)" ] || rustup target add "$triple" >&2
    [ $native = 1 ] || install_packages
}

settings() {
    local name=${triple//-/_}
    echo "export CARGO_BUILD_TARGET=$triple LINAC_TARGET=$target"
    [ $native = 0 ] || return 0
    echo "export CARGO_TARGET_${name^^}_LINKER=$gnu-gcc"
    echo "export CARGO_TARGET_${name^^}_RUNNER='$qemu -L /usr/$gnu' LINAC_RUNNER='$qemu -L /usr/$gnu'"
    echo "export LINAC_ONE_MAPPING=1"
}

setup
case $1 in
    setup) ;;
    env) settings ;;
    tool)
        profile=debug
        [ "${2:-}" != --release ] || profile=release
        shift
        root=$(cd "$(dirname "$0")/.." && pwd)
        (eval "$(settings)" && cd "$root" && cargo build --quiet --locked --bin linac "$@") >&2
        built=$(realpath "${CARGO_TARGET_DIR:-$root/target}")/$triple/$profile
        if [ $native = 1 ]; then
            echo "$built/linac"
        else
            # Emulators do not notice code that is written through another mapping.
            printf '#!/bin/sh\nLINAC_ONE_MAPPING=1 exec %s -L /usr/%s %s "$@"\n' "$qemu" "$gnu" "$built/linac" >"$built/linac-$qemu"
            chmod +x "$built/linac-$qemu"
            echo "$built/linac-$qemu"
        fi
        ;;
    run)
        shift
        if [ $native = 1 ]; then exec "$@"; else exec "$qemu" -L "/usr/$gnu" "$@"; fi
        ;;
    *)
        eval "$(settings)"
        exec "$@"
        ;;
esac
