#!/bin/sh
# Installs Airflow and Dagster from PyPI, each into an environment of its own, and runs their test.
# The environments stay in TEST_ORCHESTRATORS, by default a folder in the user's cache, and are
# made again only when the requirements change.
set -eu
cd "$(dirname "$0")/.."
export TEST_ORCHESTRATORS="${TEST_ORCHESTRATORS:-${XDG_CACHE_HOME:-$HOME/.cache}/tailrace-orchestrators}"
for one in airflow dagster; do
  venv=$TEST_ORCHESTRATORS/$one
  if ! cmp -s "examples/$one/requirements.txt" "$venv/installed.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "examples/$one/requirements.txt"
    cp "examples/$one/requirements.txt" "$venv/installed.txt"
  fi
done
exec npx vitest run examples/orchestrators
