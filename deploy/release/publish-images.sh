#!/usr/bin/env bash
# Builds both images for x64 and arm64 with SBOM and provenance, pushes them to IMAGE_REPOSITORY, and signs their digests.
# `--build-only` builds for both architectures and pushes nothing. Needs docker buildx and cosign; cosign signs as the workflow.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
revision=$(git rev-parse HEAD)
repository=${IMAGE_REPOSITORY:-local}
for target in tailrace tailrace-slim; do
  image=$repository/$target
  build=(docker buildx build --file docker/Dockerfile --target "$target" --platform linux/amd64,linux/arm64
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --sbom=true --provenance=mode=max --tag "$image:$version")
  if [ "${1:-}" = --build-only ]; then
    "${build[@]}" .
    continue
  fi
  : "${IMAGE_REPOSITORY:?is not set: registry and owner of the images, as registry.example/owner}"
  facts=$(mktemp)
  "${build[@]}" --push --metadata-file "$facts" .
  digest=$(sed -n 's/.*"containerimage.digest": "\(sha256:[0-9a-f]*\)".*/\1/p' "$facts")
  rm "$facts"
  cosign sign --yes "$image@${digest:?is not in the facts of the build}"
  echo "$image:$version@$digest"
done
