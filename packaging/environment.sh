#!/bin/sh
# Makes .venv with the locked dependencies of one kind (desktop or dev) and the project itself. Safe to run again.
set -eu
cd "$(dirname "$0")/.."
kind=$1
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

if ! command -v "$python" >/dev/null 2>&1 || ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    packaging/system-libraries.sh python
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "Restock Desk needs Python 3.11 or later; $("$python" --version) is here. Set PYTHON to a later one."
    exit 1
}
if [ ! -x .venv/bin/python ]; then
    say "Making a Python environment in .venv ..."
    "$python" -m venv .venv
fi
say "Installing the locked dependencies (the first time this takes a few minutes) ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "packaging/lock/$kind.txt"
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd > "$site/restock_desk_checkout.pth"
printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m restock_desk "$@"\n' "$(pwd)" > .venv/bin/restock-desk
chmod +x .venv/bin/restock-desk
