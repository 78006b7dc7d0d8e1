#!/bin/sh
# Builds the project of this folder on an embedded warehouse, three times: test/e2e/dbt.
# The Python packages go into DBT_VENV, by default a folder in the user's cache.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${DBT_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/tailrace-dbt}
if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/installed.txt"
fi
cd "$here/../.."
TEST_DBT="$venv/bin/dbt" exec npx vitest run test/e2e/dbt
