#!/usr/bin/env bash
# Installs a reference Erlang/OTP into a folder of its own, without root and without touching the system.
#
#   scripts/otp.sh VERSION PREFIX [PACKAGE...]
#
# VERSION is 25, 27 or 29 (the releases whose files linac is tested with); PACKAGE names further Debian
# packages (erlang-eunit, ...) to unpack beside the base system. Afterwards PREFIX/bin/{erl,erlc,escript}
# work from anywhere; PREFIX itself must not be moved, its absolute path is written into the start scripts.
#
# How: each release comes with one Debian suite, usually newer than the machine's. Its packages are
# downloaded with a private apt state and unpacked, together with the C library they were linked against;
# every program in the tree is then started through that library's own loader.
# Linux x86-64 on Debian; DEBIAN_MIRROR overrides the mirror the machine's apt uses.
set -euo pipefail

die() { echo "otp.sh: $*" >&2; exit 2; }

[ $# -ge 2 ] || die "usage: otp.sh 25|27|29 PREFIX [PACKAGE...]"
version=$1 prefix=$(realpath -m "$2")
shift 2

packages=(erlang-base erlang-crypto libc6 libgcc-s1 libstdc++6 libsystemd0 libcap2 libtinfo6 zlib1g libzstd1)
case $version in
    25) suite=bookworm packages+=(libssl3 liblzma5 liblz4-1 libgcrypt20 libgpg-error0) ;;
    27) suite=trixie packages+=(libssl3t64) ;;
    29) suite=forky packages+=(libssl3t64 libsctp1) ;;
    *) die "no suite known for OTP $version (25, 27, 29)" ;;
esac
packages+=("$@")

release_of() { # prints the OTP release that PREFIX runs, or nothing
    [ -x "$1/bin/erl" ] || return 0
    "$1/bin/erl" -noshell -eval 'io:put_chars(erlang:system_info(otp_release)), halt().' 2>/dev/null || true
}

if [ $# -eq 0 ] && [ "$(release_of "$prefix")" = "$version" ]; then
    echo "OTP $version is already in $prefix"
    exit 0
fi

# The mirror is whatever serves this machine its own Debian archive (not the security archive).
mirror=${DEBIAN_MIRROR:-}
if [ -z "$mirror" ]; then
    # No early exit in awk: apt would see a closed pipe.
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
        awk '/\/debian\/?$/ && !seen { print; seen = 1 }')
fi
[ -n "$mirror" ] || die "apt has no Debian archive configured: set DEBIAN_MIRROR"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || die "$keyring is missing: install debian-archive-keyring"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state,lists/partial,cache/archives/partial,deb}
: >"$work/status"
echo "deb [arch=amd64 signed-by=$keyring] $mirror $suite main" >"$work/sources.list"

private_apt() { # apt-get that knows only $suite, believes nothing is installed and writes only to $work
    local options=(
        Dir::Etc::SourceList="$work/sources.list" Dir::Etc::SourceParts=/dev/null
        Dir::Etc::Preferences=/dev/null Dir::Etc::PreferencesParts=/dev/null
        Dir::State="$work/state" Dir::State::Lists="$work/lists" Dir::State::status="$work/status"
        Dir::Cache="$work/cache"
        APT::Architecture=amd64 APT::Architectures=amd64 APT::Sandbox::User=root
        Acquire::Languages=none Acquire::Retries=3
    )
    apt-get -qq "${options[@]/#/-o}" "$@"
}

private_apt update
(cd "$work/deb" && private_apt download "${packages[@]}")

root=$prefix/root
rm -rf "$root" "$prefix/bin"
mkdir -p "$root" "$prefix/bin"
for deb in "$work"/deb/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --keep-directory-symlink \
        --exclude='./usr/share/*' --exclude='./usr/lib/systemd*' --exclude='*/gconv/*'
done

# Debian moved /lib into /usr/lib between these suites: look for the C library in both.
libraries=
for directory in "$root"/usr/lib/x86_64-linux-gnu "$root"/lib/x86_64-linux-gnu; do
    [ -d "$directory" ] || continue
    libraries=$libraries${libraries:+:}$directory
    [ ! -e "$directory/ld-linux-x86-64.so.2" ] || loader=$directory/ld-linux-x86-64.so.2
done
[ -n "${loader:-}" ] || die "the unpacked C library has no loader"

otp=$root/usr/lib/erlang
erts=$(echo "$otp"/erts-*)
is_elf() { [ "$(head -c4 "$1" | tail -c3)" = ELF ]; }

# A wrapper keeps the foreign library path out of the environment, hence out of child processes.
while IFS= read -r program; do
    is_elf "$program" || continue
    mv "$program" "$program.elf"
    printf '#!/bin/sh\nexec %s --library-path %s --argv0 "$0" %s.elf "$@"\n' \
        "$loader" "$libraries" "$program" >"$program"
    chmod +x "$program"
done < <(find "$erts/bin" "$otp/bin" "$otp"/lib/*/priv/bin -type f -perm -u+x ! -name '*.elf' 2>/dev/null)

for script in "$otp/bin/erl" "$otp/bin/start" "$erts/bin/erl" "$erts/bin/start"; do
    [ ! -f "$script" ] || sed -i "s|ROOTDIR=\"\{0,1\}/usr/lib/erlang\"\{0,1\}|ROOTDIR=$otp|" "$script"
done

for name in erl erlc escript dialyzer typer ct_run epmd; do
    target=$otp/bin/$name
    [ -e "$target" ] || target=$erts/bin/$name
    [ -e "$target" ] || continue
    cat >"$prefix/bin/$name" <<WRAPPER
#!/bin/sh
export ROOTDIR=$otp BINDIR=$erts/bin EMU=beam PROGNAME=$name
export ERLC_EMULATOR=$prefix/bin/erl ESCRIPT_EMULATOR=$prefix/bin/erl
exec $target "\$@"
WRAPPER
    chmod +x "$prefix/bin/$name"
done

got=$(release_of "$prefix")
[ "$got" = "$version" ] || die "the installed system reports release '${got:-nothing}', wanted $version"
echo "OTP $version is in $prefix"
