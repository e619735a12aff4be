#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the bindings anew from bindings.h and includes.txt, with an installed jextract. Code for
# Java 22 comes from a jextract of mid-2024; later ones call SymbolLookup.findOrThrow, of Java 23.
#
#   JEXTRACT=/path/to/jextract generated/regenerate.sh
set -eu
cd "$(dirname "$0")"
jextract=${JEXTRACT:-jextract}
command -v "$jextract" >/dev/null || {
    echo "regenerate: no jextract: put it on the PATH, or set JEXTRACT" >&2
    exit 1
}
arguments=$(mktemp)
trap 'rm -f "$arguments"' EXIT
grep -v '^#' includes.txt | grep . >"$arguments"
rm -rf io
"$jextract" --output . --target-package io.wirespan.generated --header-class-name LibBpf \
    --library :libbpf.so.1 --include-dir "/usr/include/$(cc -print-multiarch 2>/dev/null || cc -dumpmachine)" \
    "@$arguments" bindings.h
