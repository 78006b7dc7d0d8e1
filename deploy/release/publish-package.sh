#!/usr/bin/env bash
# Publishes the npm package of this checkout. In GitHub Actions with provenance, and without a token: npm trusts the workflow.
# Elsewhere it only says what it would publish, unless it is called with --publish (the first version, by hand).
set -euo pipefail
cd "$(dirname "$0")/../.."
npm ci --no-audit --no-fund
if [ "${GITHUB_ACTIONS:-}" = true ]; then
  # npm compares the address with the one in the provenance.
  npm pkg set "repository.type=git" "repository.url=git+$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git"
  exec npm publish --provenance --access public
fi
if [ "${1:-}" = --publish ]; then exec npm publish --access public; fi
exec npm publish --access public --dry-run
