#!/bin/sh
# Gets Apache Kafka from Maven and the client of the example from npm, and runs its test. Both stay
# in TEST_KAFKA, by default a folder in the user's cache, until the example asks for others.
set -eu
cd "$(dirname "$0")/.."
export TEST_KAFKA="${TEST_KAFKA:-${XDG_CACHE_HOME:-$HOME/.cache}/tailrace-kafka}"
mkdir -p "$TEST_KAFKA"
if ! cmp -s examples/kafka/broker-pom.xml "$TEST_KAFKA/pom.xml"; then
  mvn -q -B -f examples/kafka/broker-pom.xml dependency:copy-dependencies -DoutputDirectory="$TEST_KAFKA/libs"
  cp examples/kafka/broker-pom.xml "$TEST_KAFKA/pom.xml"
fi
if ! cmp -s examples/kafka/package.json "$TEST_KAFKA/package.json"; then
  cp examples/kafka/package.json "$TEST_KAFKA/package.json"
  npm install --prefix "$TEST_KAFKA" --no-audit --no-fund --silent
fi
exec npx vitest run examples/kafka
