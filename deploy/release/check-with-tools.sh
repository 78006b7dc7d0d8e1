#!/usr/bin/env bash
# `npm run release:check` after a clean install, with the tools that it would skip a step without: check-with-tools.sh --tag v0.2.0
set -euo pipefail
cd "$(dirname "$0")/../.."
npm ci --no-audit --no-fund
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
deploy/check/install-tools.sh "$tools"
PATH="$tools/bin:$PATH" npm run release:check -- "$@"
