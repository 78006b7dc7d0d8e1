#!/usr/bin/env bash
# Packages the chart and pushes it to IMAGE_REPOSITORY/charts. `--package-only FOLDER` leaves the file there and pushes nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [ "${1:-}" = --package-only ]; then exec helm package deploy/helm/tailrace --destination "$2"; fi
: "${IMAGE_REPOSITORY:?is not set: registry and owner of the images, as registry.example/owner}"
helm package deploy/helm/tailrace --destination "$folder"
helm push "$folder"/tailrace-*.tgz "oci://$IMAGE_REPOSITORY/charts"
