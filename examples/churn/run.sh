#!/bin/sh
# Trains on the newest export of marts.customer_quarter.
#   run.sh EXPORT_DIR [MODEL_DIR]
# EXPORT_DIR is the place of `tailrace export --to`: a directory or s3://bucket/prefix. MODEL_DIR
# gets model.json; it is EXPORT_DIR unless given, and has to be a directory. Exits 0 when
# model.json is written.
# The Python packages go into CHURN_VENV, by default a folder in the user's cache.
set -eu
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "usage: run.sh EXPORT_DIR [MODEL_DIR]" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
venv=${CHURN_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/tailrace-churn}
if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/installed.txt"
fi
exec "$venv/bin/python" "$here/train.py" "$@"
