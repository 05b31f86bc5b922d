#!/bin/sh
# Prints the first Python 3.11 to 3.13 that really runs and can make a virtual environment.
# Each candidate is run, not only looked up: version managers leave commands that fail when called.
fits='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 /usr/bin/python3; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c "$fits" >/dev/null 2>&1; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
done

cat >&2 <<'MESSAGE'
No usable Python was found. Gemella needs Python 3.11, 3.12 or 3.13 with the venv module
(on Debian and Ubuntu: apt-get install python3 python3-venv).
If it is installed elsewhere, name it: make run PYTHON=/path/to/python3
MESSAGE
exit 1
