#!/bin/sh
# Installs the system packages that are missing on Debian and Ubuntu, where permitted; otherwise names them in one
# sentence. Arguments: any of python, desktop, test. Does nothing, quickly, when all is there.
set -eu

say() { printf '%s\n' "$*" >&2; }

python="python3 python3-venv"
desktop="libgl1 libegl1 libxkbcommon0 libfontconfig1 libglib2.0-0 libdbus-1-3 fonts-dejavu-core
 libnss3 libnspr4 libasound2 libxcomposite1 libxdamage1 libxrandr2 libxtst6 libxkbfile1 libgbm1 libxcb-dri3-0
 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libx11-xcb1"
test="postgresql sqlite3"

command -v dpkg-query >/dev/null 2>&1 || exit 0
wanted=""
for kind in "$@"; do
    case $kind in
        python) wanted="$wanted $python" ;;
        desktop) wanted="$wanted $desktop" ;;
        test)
            # Any PostgreSQL server from 15 on will do; the tests start their own private copy of it.
            if [ -z "$(ls -d /usr/lib/postgresql/1[5-9] /usr/lib/postgresql/[2-9]? 2>/dev/null)" ]; then wanted="$wanted $test"; fi
            command -v sqlite3 >/dev/null 2>&1 || wanted="$wanted sqlite3"
            # The fault tests compile a disk that loses power.
            command -v cc >/dev/null 2>&1 || wanted="$wanted gcc libc6-dev" ;;
    esac
done
missing=""
for name in $wanted; do
    case $(dpkg-query -W -f '${Status} ' "$name" "${name}t64" 2>/dev/null) in
        *"install ok installed"*) ;;
        *) missing="$missing $name" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then as_root="sudo -n"; else
        say "Some system packages are missing; please run: sudo apt-get install$missing"
        exit 1
    fi
fi
say "Installing system packages:$missing"
export DEBIAN_FRONTEND=noninteractive
# The tests start a server of their own: the package need not run one.
case $missing in *postgresql*)
    $as_root mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || printf 'create_main_cluster = false\n' | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null ;;
esac
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -qq -y --no-install-recommends $missing >/dev/null
