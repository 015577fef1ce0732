#!/bin/sh
# Derives the bytes of the encoder corpora again from their text, with GNU as and with llvm-mc, and compares.
# Usage: scripts/check-asm-corpus.sh [TARGET..]   (needs llvm-mc, awk, od, and binutils for each target)
# The corpora themselves are written by `LINAC_BLESS=1 cargo test -p linac-isa`.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

# Targets: corpus, prefix of GNU tools, options of GNU as, triple, options of llvm-mc, first line of the source.
targets='
x86_64|x86_64-linux-gnu-|--64|x86_64-linux-gnu||.intel_syntax noprefix
aarch64|aarch64-linux-gnu-||aarch64-linux-gnu||.arch armv8-a
arm32|arm-linux-gnueabihf-||armv7-linux-gnueabihf||.syntax unified\n.arch armv7-a\n.arch_extension idiv\n.fpu vfpv3-d16\n.arm
'

# One assembler file from a corpus: line n stands between labels Bn and En, whose distances from B0 go into a table.
# A line that names backN refers to a label N bytes before it.
# source_of CORPUS FIRST_LINE
source_of() {
    awk -v first="$2" '
        BEGIN { print first "\n.text\nB0:" }
        /^#/ || !NF { next }
        {
            n++
            text = $0
            sub(/^[0-9A-F]+ +/, "", text)
            if (match(text, /back[0-9]+/)) {
                distance = substr(text, RSTART + 4, RLENGTH - 4)
                text = substr(text, 1, RSTART - 1) "K" n substr(text, RSTART + RLENGTH)
                printf "K%d:\n", n
                if (distance > 0) printf ".skip %d\n", distance
            }
            printf "B%d:\n%s\nE%d:\n", n, text, n
        }
        END {
            print ".section .table, \"\", %progbits"
            for (i = 1; i <= n; i++) printf ".long B%d - B0, E%d - B0\n", i, i
        }
    ' "$1"
}

# Compares a corpus with an object file: check CORPUS NAME OBJECT OBJCOPY
check() {
    "$4" -O binary -j .text "$3" "$work/text"
    "$4" -O binary -j .table --set-section-flags .table=alloc "$3" "$work/table"
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
            # On ARM it leaves `bl` to the linker, which may have to change it, with the distance to itself in the field.
            if (name == "llvm-mc" && text ~ /^bl[a-z]* back/ && hex ~ /^FEFFFF[0-9A-F]B$/) { allowed++; next }
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

status=0
checked=0
while IFS='|' read -r target prefix as_options triple mc_options first; do
    case " ${*:-$target} " in *" $target "*) ;; *) continue ;; esac
    [ -n "$target" ] || continue
    corpus=tests/asm/$target.txt
    source_of "$corpus" "$first" >"$work/$target.s"
    # Options are words, or none.
    # shellcheck disable=SC2086
    "${prefix}as" $as_options -o "$work/gnu.o" "$work/$target.s"
    # shellcheck disable=SC2086
    llvm-mc -triple="$triple" $mc_options -filetype=obj -o "$work/llvm.o" "$work/$target.s"
    echo "$target:"
    check "$corpus" as "$work/gnu.o" "${prefix}objcopy" || status=1
    check "$corpus" llvm-mc "$work/llvm.o" "${prefix}objcopy" || status=1
    checked=$((checked + 1))
done <<END
$targets
END
if [ "$checked" -eq 0 ]; then
    echo "no such target: $*" >&2
    exit 1
fi
exit $status
