#!/bin/sh
# Derives the bytes of the encoder corpora again from their text, with GNU as and with llvm-mc, and compares.
# Usage: scripts/check-asm-corpus.sh   (needs binutils, llvm-mc, awk, od)
# The corpora themselves are written by `LINAC_BLESS=1 cargo test -p linac-isa`.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

# One assembler file from a corpus: line n stands between labels Bn and En, whose distances from B0 go into a table.
# A line that names backN refers to a label N bytes before it.
source_of() {
    awk '
        BEGIN { print ".intel_syntax noprefix\n.text\nB0:" }
        /^#/ || !NF { next }
        {
            n++
            text = $0
            sub(/^[0-9A-F]+ +/, "", text)
            if (match(text, /back[0-9]+/)) {
                distance = substr(text, RSTART + 4, RLENGTH - 4)
                text = substr(text, 1, RSTART - 1) "K" n substr(text, RSTART + RLENGTH)
                printf "K%d:\n", n
                if (distance > 0) printf ".skip %d, 0x90\n", distance
            }
            printf "B%d:\n%s\nE%d:\n", n, text, n
        }
        END {
            print ".section .table, \"\", @progbits"
            for (i = 1; i <= n; i++) printf ".long B%d - B0, E%d - B0\n", i, i
        }
    ' "$1"
}

# Compares a corpus with an object file: check CORPUS NAME OBJECT
check() {
    objcopy -O binary -j .text "$3" "$work/text"
    objcopy -O binary -j .table --set-section-flags .table=alloc "$3" "$work/table"
    od -An -v -tx1 -w1 "$work/text" | tr -d ' ' | tr a-f A-F >"$work/bytes"
    od -An -v -tu4 -w8 "$work/table" >"$work/ranges"
    awk -v name="$2" '
        FILENAME ~ /bytes$/ { byte[FNR - 1] = $1; next }
        FILENAME ~ /ranges$/ { from[FNR] = $1; to[FNR] = $2; ranges++; next }
        /^#/ || !NF { next }
        {
            n++
            hex = ""
            for (i = from[n]; i < to[n]; i++) hex = hex byte[i]
            text = $0
            sub(/^[0-9A-F]+ +/, "", text)
            stored[text] = $1
            if (hex == $1) { same++; next }
            # llvm-mc exchanges the fields of a register exchange: its bytes are those of the exchanged text.
            if (name == "llvm-mc" && text ~ /^xchg [a-z0-9]+, [a-z0-9]+$/) {
                split(text, part, /[ ,]+/)
                exchanged[text] = part[1] " " part[3] ", " part[2]
                made[text] = hex
                next
            }
            # It also does not use the short form of rax with a relocated immediate.
            if (name == "llvm-mc" && text ~ /^[a-z]+ [er]ax, OFFSET sym/ && hex ~ /^(48)?(81[C-F][08]|F7C0)00000000$/) {
                allowed++
                next
            }
            report(text, $1, hex)
        }
        function report(text, wanted, hex) {
            printf "%s: %s: stored %s, assembled %s\n", name, text, wanted, hex
            bad++
        }
        END {
            for (text in exchanged)
                if (stored[exchanged[text]] == made[text]) allowed++
                else report(text, stored[text], made[text])
            if (n != ranges) { printf "%s: %d lines, %d assembled\n", name, n, ranges; bad++ }
            printf "%s: %d lines: %d equal, %d different but equivalent, %d wrong\n", name, n, same, allowed + 0, bad + 0
            exit n == 0 || bad > 0
        }
    ' "$work/bytes" "$work/ranges" "$1"
}

corpus=tests/asm/x86_64.txt
source_of "$corpus" >"$work/x86_64.s"
as --64 -o "$work/gnu.o" "$work/x86_64.s"
llvm-mc -triple=x86_64-linux-gnu -filetype=obj -o "$work/llvm.o" "$work/x86_64.s"
status=0
check "$corpus" as "$work/gnu.o" || status=1
check "$corpus" llvm-mc "$work/llvm.o" || status=1
exit $status
