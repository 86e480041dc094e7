#!/bin/sh
# make install: build the virtual environment $1 and, when all is in it, write the stamp $2.
# Reads PYTHON (which Python to use) and TORCH_INDEX (where pip takes torch from). /bin/sh, no bashisms.
# With --find it tells which Python would be used, and ends.
set -eu
venv=$1
stamp=${2:-}
lock=requirements.lock

say() { printf '%s\n' "$*" >&2; }

# The command that brings what is missing on this system.
get() {
    if command -v apt-get >/dev/null 2>&1; then echo "sudo apt-get install $1"
    elif command -v dnf >/dev/null 2>&1; then echo "sudo dnf install $2"
    elif command -v brew >/dev/null 2>&1; then echo "brew install $3"
    else echo "PYTHON=/path/to/python3 make install"
    fi
}

# Prints major.minor where $1 runs and is 3.11 to 3.14, else fails. A name on PATH may still not run.
version_of() {
    "$1" -c 'import sys
v = sys.version_info[:2]
print("%d.%d" % v)
sys.exit(not (3, 11) <= v < (3, 15))' 2>/dev/null
}

has_venv() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }

python=
without_venv=
for candidate in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    if version=$(version_of "$candidate"); then
        if has_venv "$candidate"; then
            python=$candidate
            break
        fi
        without_venv=${without_venv:-$version}
    elif [ -n "${PYTHON:-}" ]; then
        say "PYTHON=$PYTHON is ${version:+Python $version, }not a Python that Byline can use: it needs 3.11 to 3.14."
        exit 1
    fi
done
if [ -z "$python" ] && [ -n "$without_venv" ]; then
    say "Python $without_venv has no venv module: type  $(get "python$without_venv-venv" python3 "python@$without_venv")"
    exit 1
fi
if [ -z "$python" ]; then
    say "No Python 3.11 to 3.14 was found: type  $(get 'python3 python3-venv' python3 python@3.13)"
    exit 1
fi

if [ "$venv" = --find ]; then
    echo "$python"
    exit 0
fi

say "Installing Byline into $venv with Python $version ($python): some minutes."
if [ "$(uname -s)" = Linux ] && [ -z "${TORCH_INDEX:-}" ] && [ ! -e /dev/nvidiactl ]; then
    say "There is no GPU here and TORCH_INDEX is not set: unless pip finds a CPU build of torch, some GB will come."
    say "README.md, Installing, says how to take the small CPU build."
fi

rm -rf "$venv"
"$python" -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input "$@"; }
failed() {
    say "The installation failed, see above; \`make install\` starts it anew."
    exit 1
}
torch=$(grep '^torch==' "$lock")
if [ -n "${TORCH_INDEX:-}" ]; then
    # Torch alone, so that nothing else is taken from that index; what it needs comes with the lock.
    pip install --quiet --no-deps --index-url "$TORCH_INDEX" "$torch" || failed
fi
pip install --quiet --requirement "$lock" || failed
pip install --quiet --no-deps --no-build-isolation --editable . || failed
touch "$stamp"
