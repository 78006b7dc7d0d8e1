#!/bin/sh
# Builds the project of this folder on an embedded warehouse, three times: test/e2e/dbt.
# The Python packages go into DBT_VENV, by default a folder in the user's cache.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${DBT_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/tailrace-dbt}
"$here/../python-environment.sh" "$here/requirements.txt" "$venv"
cd "$here/../.."
TEST_DBT="$venv/bin/dbt" exec npx vitest run test/e2e/dbt
