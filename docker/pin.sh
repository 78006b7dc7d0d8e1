#!/bin/sh
# Adds the digest of each image to docker/Dockerfile, docker/compose.yml and docker/cluster.yml, as the registry has it now:
# `name:tag` becomes `name:tag@sha256:…`. Run it where the registries can be reached, and commit the result.
# A changed tag loses its digest first, so running it again renews all of them. A tag that is a variable gets none.
set -eu
cd "$(dirname "$0")"
sed -i -E 's/@sha256:[0-9a-f]{64}//' Dockerfile compose.yml cluster.yml
images=$( (sed -n -E 's/^ARG [A-Z]+_IMAGE=(.+)$/\1/p' Dockerfile
  sed -n -E 's/^ *image: (.+)$/\1/p' compose.yml cluster.yml | grep -v '[$]') | sort -u)
for image in $images; do
  digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
  case $digest in sha256:*) ;; *) echo "no digest for $image: $digest" >&2; exit 1 ;; esac
  sed -i "s|$image\$|$image@$digest|" Dockerfile compose.yml cluster.yml
  echo "$image@$digest"
done
