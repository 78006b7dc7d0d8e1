#!/usr/bin/env bash
# What curl sees, in HTTP/1.1 and 1.0 and compressed.
set -u
url="http://$1:$2/?database=public"

facts() {
  local mode=$1
  shift
  ask() { curl -s "$@"; }
  echo "$mode: count $(ask "$@" -d 'SELECT count() FROM orders')"
  echo "$mode: streamed $(ask "$@" -d 'SELECT * FROM orders' | wc -l)"
  echo "$mode: first $(ask "$@" -d 'SELECT id, name FROM orders ORDER BY id LIMIT 1' | sed 's/\\N/NULL/' | tr '\t' ' ')"
  echo "$mode: parameter $(ask "${@:1:$#-1}" "${!#}&param_n=41" -d 'SELECT {n:UInt8} + 1')"
  echo "$mode: partner $(ask "$@" -d 'SELECT b.m FROM (SELECT 1 AS n) AS a LEFT JOIN (SELECT 2 AS m) AS b ON a.n = b.m' | sed 's/\\N/NULL/')"
  echo "$mode: wrong $(ask "$@" -d 'SELECT nope' | sed -n 's/^Code: \([0-9]*\)\..*/\1/p')"
  ask "$@" -d "SELECT throwIf(number = 900000, 'boom') FROM numbers(1000000)" >late
  if test $? -ne 0 && tail -c 2000 late | grep -q boom; then echo "$mode: late failed"; else echo "$mode: late looked whole"; fi
}

facts http1.1 --http1.1 "$url"
facts http1.0 --http1.0 "$url"
facts gzip --compressed "$url&enable_http_compression=1"
