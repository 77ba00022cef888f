#!/bin/bash
#
# The keys of party names and the list of shared domains, tried outside the
# server: there every character can be tried in seconds.

set -euo pipefail

if [ -z "${LEAD_SRC:-}" ]; then
    echo "1..0 # SKIP LEAD_SRC is not set"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

cd "$LEAD_SRC"
gcc -O2 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
    -Isrc -Idev/fuzz -isystem "$("$PG_CONFIG" --includedir-server)" \
    test/sh/names.c src/unicode.c dev/fuzz/shim.c dev/fuzz/shim_unicode.c -Wl,--wrap=unicode_normalize \
    -L"$("$PG_CONFIG" --pkglibdir)" -L"$("$PG_CONFIG" --libdir)" -lpgcommon -lpgport -o "$work/names"
"$work/names" test/data/party_names.psv
