#!/bin/bash
#
# Phone numbers outside the server: src/phone.c, which judges strict E.164 by a
# table, says of 100,000 such numbers what libphonenumber says; it understands
# the library's own examples; and of texts as people write them it accepts what
# it should and nothing else (test/data/phone_texts: REGION|TEXT|RESULT).
# See phone_paths.cc, the program that does it.

set -u

. "$LEAD_SRC/test/data/tap.sh"

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
pg_config=${PG_CONFIG:-pg_config}
includes=(-I"$LEAD_SRC/src" -I"$LEAD_SRC/dev/fuzz" -isystem "$("$pg_config" --includedir-server)")
libraries=(-L"$("$pg_config" --pkglibdir)" -L"$("$pg_config" --libdir)" -lpgcommon -lpgport)
warnings=(-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers)

if [ -n "${LEAD_BUILD:-}" ] && [ ! -e "$LEAD_BUILD/lead_phone.so" ]; then
    echo "1..0 # SKIP built without libphonenumber"
    exit 0
fi

compile() { # SOURCE... -> an object each, in $work
    (cd "$work" && gcc -O1 -g -DHAVE_LIBPHONENUMBER "${warnings[@]}" "${includes[@]}" -c "$@")
}

compile "$LEAD_SRC/src/phone.c" "$LEAD_SRC/dev/fuzz/shim.c" &&
    g++ -O1 -g -Wall -Wextra -Werror "${includes[@]}" -o "$work/phone_paths" "$LEAD_SRC/test/sh/phone_paths.cc" \
        "$LEAD_SRC/src/lead_phone.cc" "$work/phone.o" "$work/shim.o" "${libraries[@]}" -lphonenumber || exit 1

# With another library than the table was made from they need not agree.
table=$(sed -n 's/.*from libphonenumber \(.*\); not.*/\1/p' "$LEAD_SRC/src/phone_lengths.h")
library=$(dpkg-query -W -f '${Version}' libphonenumber-dev 2>/dev/null || echo "$table")
if [ "$table" = "$library" ]; then
    "$work/phone_paths" agree 100000 >"$work/agree"
    grep '^#' "$work/agree"
    is 'the table and the library agree' "$(grep -v '^#' "$work/agree")" '0 differences in 100000 numbers'
else
    count=$((count + 1))
    echo "ok $count - the table and the library agree # SKIP the table is of $table, the library is $library"
fi

# Those of two countries are shorter than any number in E.164 is, or have no area
# code; in the third the library writes one as others write a date.
is "the library's examples are understood" "$("$work/phone_paths" examples)" \
    "CA +13101234: it is too short for a phone number of its country
CA +1 310-1234: it lacks the area code
CA 310-1234: it lacks the area code
CA tel:+1-310-1234: it lacks the area code
IR +989601: it is too short for a phone number of its country
IR +98 9601: it is too short for a phone number of its country
IR 09601: it is too short for a phone number of its country
IR tel:+98-9601: it is too short for a phone number of its country
NC 20.12.34: it can be read as a date
all understood but these"

texts=$LEAD_SRC/test/data/phone_texts
is 'texts are understood, or refused with the reason' \
    "$(sed 's/|[^|]*$//' "$texts" | "$work/phone_paths" texts | diff - "$texts")" ''
is 'all of them were tried' "$(($(wc -l <"$texts") > 180))" 1

echo "1..$count"
exit "$failed"
