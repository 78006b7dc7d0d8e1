#!/bin/sh
# Freezes the tables at one position and builds the dbt project on them.
#   run.sh CONFIG [ARGUMENTS OF dbt build]
# CONFIG is the configuration file of tailrace. TAILRACE_SQL_WRITE_TOKEN is the password of builder.
# Exits 0 when every model is built and every test has passed.
set -eu
config=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
npx tailrace await --now --config "$config"
npx tailrace freeze nightly --config "$config"
exec dbt build --project-dir "$here" --profiles-dir "$here" "$@"
