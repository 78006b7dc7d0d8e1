#!/bin/sh
# Makes an environment of Python with the packages of a file, and again only when the file changed.
#   python-environment.sh REQUIREMENTS FOLDER
set -eu
if ! cmp -s "$1" "$2/installed.txt"; then
  python3 -m venv "$2"
  "$2/bin/python" -m pip install --quiet --disable-pip-version-check -r "$1"
  cp "$1" "$2/installed.txt"
fi
