#!/usr/bin/env bash
# Logs `docker` or `helm` in to the registry of IMAGE_REPOSITORY (`registry.example/owner`) with REGISTRY_TOKEN.
set -euo pipefail
: "${IMAGE_REPOSITORY:?is not set: registry and owner of the images, as registry.example/owner}"
: "${REGISTRY_TOKEN:?is not set}"
case "${1:-}" in
  docker) set -- docker login ;;
  helm) set -- helm registry login ;;
  *) echo "usage: registry-login.sh docker|helm" >&2; exit 2 ;;
esac
exec "$@" --username "${REGISTRY_USER:-$GITHUB_ACTOR}" --password-stdin "${IMAGE_REPOSITORY%%/*}" <<<"$REGISTRY_TOKEN"
