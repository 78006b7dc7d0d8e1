#!/usr/bin/env bash
# Upgrades a cluster to the version of this checkout: `upgrade-cluster.sh staging`. Then it waits until everything committed is
# applied, and ends with 0 only if `status` and `verify` do.
# KUBECONFIG or KUBECONFIG_TEXT: the cluster. IMAGE_REPOSITORY: registry and owner of the images. HELM_FLAGS: more flags of helm.
# NAMESPACE: where (tailrace). IMAGE: tailrace-slim, or tailrace for an embedded warehouse.
set -euo pipefail
cd "$(dirname "$0")/../.."
environment=${1:?is missing: an environment of deploy/environments}
test -f "deploy/environments/$environment.yaml" || { echo "there is no deploy/environments/$environment.yaml" >&2; exit 2; }
: "${IMAGE_REPOSITORY:?is not set: registry and owner of the images, as registry.example/owner}"
if [ -n "${KUBECONFIG_TEXT:-}" ]; then
  KUBECONFIG=$(umask 077 && mktemp)
  export KUBECONFIG
  trap 'rm -f "$KUBECONFIG"' EXIT
  printf '%s' "$KUBECONFIG_TEXT" >"$KUBECONFIG"
fi
read -ra flags <<<"${HELM_FLAGS:-}"
where=(--namespace "${NAMESPACE:-tailrace}")

# Not --wait: a second compact stands by and is never ready.
helm upgrade --install tailrace deploy/helm/tailrace "${where[@]}" --set "environment=$environment" \
  --set "image.repository=$IMAGE_REPOSITORY/${IMAGE:-tailrace-slim}" "${flags[@]}"
for role in replicate snapshot monitor; do
  kubectl rollout status "deployment/tailrace-$role" "${where[@]}" --timeout 10m
done

in_monitor() { kubectl exec "deployment/tailrace-monitor" "${where[@]}" --container monitor -- tailrace "$@"; }
in_monitor await --now --timeout 10m
in_monitor status
in_monitor verify
