#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# JMH benchmarks of single steps: reading a head, walking a ring, an exchange from its packets on.
#   bench/micro.sh [JMH options]     for instance: bench/micro.sh -prof gc Exchange
set -euo pipefail

# shellcheck source=../bin/setup.sh
source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../bin/setup.sh"
build_jar replay
require_java javac
mvn -q -B -f "$root/bench/jmh/pom.xml" compile >&2
exec "$java_home/bin/java" --enable-native-access=ALL-UNNAMED \
  -cp "$root/target/micro/classes:$root/target/micro/lib/*:$jar" org.openjdk.jmh.Main "$@"
