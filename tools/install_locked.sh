#!/bin/sh
# Installs the named lock files into .venv, every download held against its hash, and then the
# project itself from this folder. The build backend is in the lock, so nothing comes from outside it.
set -eu

if command -v uv >/dev/null 2>&1; then
    for lock in "$@"; do
        uv pip install --quiet --python .venv/bin/python --require-hashes -r "$lock"
    done
    uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
else
    pip=".venv/bin/python -m pip --disable-pip-version-check --no-input"
    for lock in "$@"; do
        $pip install --quiet --require-hashes --no-deps -r "$lock"
    done
    $pip install --quiet --no-deps --no-build-isolation -e .
fi
