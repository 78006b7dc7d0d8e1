#!/bin/sh
# Makes the passwords of docker/compose.yml as files. Compose runs it before everything else:
#   secrets.sh GIVEN OURS SERVERS
# A file in GIVEN is taken as it is, and a password that was made earlier stays. OURS gets every
# file; SERVERS gets the passwords that images of others read.
# Without arguments it makes every file in docker/secrets, from where compose takes them.
set -eu
umask 022
if [ $# = 0 ]; then
  set -- "$(dirname "$0")/secrets"
  # Other users of this machine cannot enter the folder.
  mkdir -p "$1" && chmod 700 "$1"
fi
given=$1
ours=${2:-$1}
# Without the right to look, every given file would seem to be missing.
ls "$given" > /dev/null

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
# A role that starts now reads the old file or the new one.
put() { cat > "$1.new" && mv "$1.new" "$1"; }
make() {
  if [ ! -s "$given/$1" ]; then printf '%s\n' "$2" | put "$ours/$1"
  elif [ "$given" != "$ours" ]; then put "$ours/$1" < "$given/$1"; fi
}
password() {
  if [ -s "$ours/$1" ]; then make "$1" "$(cat "$ours/$1")"; else make "$1" "$(random)"; fi
}

password postgres_password
make source_url "postgres://postgres:$(cat "$ours/postgres_password")@postgres:5432/shop"
password lake_secret
make lake_credentials "[default]
aws_access_key_id = tailrace
aws_secret_access_key = $(cat "$ours/lake_secret")"
password http_token
password sql_token
password clickhouse_password
make warehouse_url "http://tailrace:$(cat "$ours/clickhouse_password")@clickhouse:8123"
password grafana_password

[ $# = 3 ] || exit 0
for name in postgres_password lake_secret http_token clickhouse_password grafana_password; do
  put "$3/$name" < "$ours/$name"
done
# Nobody but the user of our image reads them. A test has no right to say so.
[ "$(id -u)" != 0 ] || { chmod 400 "$ours"/* && chown 10001 "$ours"/*; }
