#!/bin/sh
# Installs Airflow and Dagster from PyPI, each into an environment of its own, and runs their test.
# The environments stay in TEST_ORCHESTRATORS, by default a folder in the user's cache, and are
# made again only when the requirements change.
set -eu
cd "$(dirname "$0")/.."
export TEST_ORCHESTRATORS="${TEST_ORCHESTRATORS:-${XDG_CACHE_HOME:-$HOME/.cache}/tailrace-orchestrators}"
for one in airflow dagster; do
  examples/python-environment.sh "examples/$one/requirements.txt" "$TEST_ORCHESTRATORS/$one"
done
exec npx vitest run examples/orchestrators
