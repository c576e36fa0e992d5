#!/bin/sh
# Makes the virtual environment $2 with the interpreter $1 and installs thorsched and its tools.
set -eu
python=$1
venv=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "thorsched needs Python 3.11 or newer as $python (or: make PYTHON=/path/to/python ...)" >&2
    exit 2
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "$python has no venv module: install it, then run this command again" >&2
        exit 2
    fi
    root=""
    [ "$(id -u)" -eq 0 ] || root=sudo
    $root apt-get update -q
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3-venv
fi
"$python" -m venv "$venv"
bin="$venv/bin"
[ -d "$bin" ] || bin="$venv/Scripts"
"$bin/python" -m pip install -q --upgrade 'pip>=25.1'
"$bin/python" -m pip install -q --editable . --group dev
