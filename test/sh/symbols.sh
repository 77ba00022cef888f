#!/bin/bash
#
# The library exports what SQL calls and what the server looks for, nothing
# else: a symbol more could collide with another library's in the same backend.
# lead_phone.so, where it was built, has one function, and calls none of the
# server's: an error raised by one would jump over frames of C++.
# LEAD_BUILD is the folder of the build, with lead.so and lead--VERSION.sql.

set -euo pipefail

count=0
failed=0

result() { # TITLE EXPECTED FOUND
    count=$((count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed -n 's/^</# missing:/p; s/^>/# too many:/p'
        failed=1
    fi
}

if [ -z "${LEAD_BUILD:-}" ]; then
    echo "1..0 # SKIP LEAD_BUILD is not set"
    exit 0
fi
library=$LEAD_BUILD/lead.so
script=$(ls "$LEAD_BUILD"/lead--*.sql)

# C functions that the install script names: AS 'MODULE_PATHNAME', 'symbol'
named=$(grep -o "'MODULE_PATHNAME', '[a-z0-9_]*'" "$script" | sed "s/.*, '//; s/'//" | LC_ALL=C sort -u)
exported=$(nm -D --defined-only "$library" | sed 's/.* //; s/@.*//' | LC_ALL=C sort -u)
expected=$({ printf '%s\n' Pg_magic_func _PG_init; sed 'p; s/^/pg_finfo_/' <<<"$named"; } | LC_ALL=C sort -u)

result "the script names functions" yes "$([ -n "$named" ] && echo yes || echo no)"
result "every function in C is named with its symbol" \
    "$(grep -c "^[[:space:]]*LANGUAGE c " "$script")" "$(grep -c "'MODULE_PATHNAME', '" "$script")"
result "exported are the functions that SQL names, their info records, magic and start" "$expected" "$exported"
result "all symbols that SQL names begin with lead_" "" "$(grep -v '^lead_' <<<"$named" || true)"

if [ -e "$LEAD_BUILD/lead_phone.so" ]; then
    phone=$LEAD_BUILD/lead_phone.so
    server=$("${PG_CONFIG:-pg_config}" --bindir)/postgres
    result "exported by lead_phone.so are its one function and the magic" $'Pg_magic_func\nlead_phone_parse' \
        "$(nm -D --defined-only "$phone" | sed 's/.* //; s/@.*//' | LC_ALL=C sort -u)"
    result "it calls nothing of the server" "" \
        "$(comm -12 <(nm -D --undefined-only "$phone" | sed 's/.* //; s/@.*//' | LC_ALL=C sort -u) \
            <(nm -D --defined-only "$server" | sed 's/.* //; s/@.*//' | LC_ALL=C sort -u))"
else
    result "lead_phone.so is not there # SKIP built without libphonenumber" "" ""
fi

echo "1..$count"
exit $failed
