#!/bin/sh
# Makes the passwords of docker/compose.yml as files in docker/secrets, which git ignores.
# Files that are there stay. Compose mounts them into the containers under /run/secrets.
set -eu
cd "$(dirname "$0")"
umask 022
mkdir -p secrets
# Other users of this machine cannot enter the folder; the containers' user must read the files.
chmod 700 secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
make() { [ -s "secrets/$1" ] || printf '%s\n' "$2" > "secrets/$1"; }

make postgres_password "$(random)"
make source_url "postgres://postgres:$(cat secrets/postgres_password)@postgres:5432/shop"
make lake_secret "$(random)"
make lake_credentials "[default]
aws_access_key_id = tailrace
aws_secret_access_key = $(cat secrets/lake_secret)"
make http_token "$(random)"
make sql_token "$(random)"
make clickhouse_password "$(random)"
make warehouse_url "http://tailrace:$(cat secrets/clickhouse_password)@clickhouse:8123"
make grafana_password "$(random)"
echo "docker/secrets has $(ls secrets | wc -l) files"
