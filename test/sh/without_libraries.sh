#!/bin/bash
#
# lead without libphonenumber, libidn2 and uriparser: make says what is reduced,
# and what needs none of them works; the rest is refused with a reason that names
# the library. Builds out of the tree, and asks a server of its own.

set -u

if [ -z "${LEAD_BUILD:-}" ]; then
    echo "1..0 # SKIP LEAD_BUILD is not set"
    exit 0
fi

. "$LEAD_SRC/test/data/tap.sh"

work=$(mktemp -d)
server_stop() { pg_ctl -D "$work/data" -m immediate stop >/dev/null 2>&1; rm -rf -- "$work"; }
trap server_stop EXIT

# Only what knows of a library is compiled anew.
mkdir -p "$work/build/src" "$work/socket"
for object in "$LEAD_BUILD"/src/*.o; do
    source=$LEAD_SRC/src/$(basename "$object" .o).c
    if [ -e "$source" ] && ! grep -q HAVE_LIB "$source" && ! grep -q HAVE_URIPARSER "$source"; then
        cp -p "$object" "$work/build/src/"
    fi
done
make -C "$work/build" -f "$LEAD_SRC/Makefile" with_llvm=no WITHOUT='libphonenumber libidn2 uriparser' \
    DESTDIR="$work/stage" install >"$work/make.log" 2>&1
is 'it is built and installed' $? 0
is 'make says what is reduced' "$(grep '^lead: ' "$work/make.log" | sort -u)" \
    'lead: built without libidn2: domains with other letters than ASCII are refused
lead: built without libphonenumber: only strict E.164 phone numbers (+420603123456) are understood
lead: built without uriparser: paths and queries of websites are checked for characters only'
is 'no module for libphonenumber' "$(find "$work/stage" -name 'lead_phone*')" ''
is 'the library needs none of them' \
    "$(ldd "$(find "$work/stage" -name lead.so)" | grep -E 'phonenumber|idn2|uriparser')" ''

initdb -D "$work/data" -A trust -U postgres -E UTF8 --locale=C --no-sync >"$work/initdb.log" 2>&1
sed "s|$LEAD_STAGE|$work/stage|g" "$LEAD_STAGE_CONF" >>"$work/data/postgresql.conf"
printf "listen_addresses = ''\nunix_socket_directories = '%s'\nfsync = off\n" "$work/socket" >>"$work/data/postgresql.conf"
pg_ctl -w -D "$work/data" -l "$work/log" start >/dev/null 2>&1 || { cat "$work/log"; exit 1; }
export PGHOST=$work/socket PGUSER=postgres PGDATABASE=postgres PGCLIENTENCODING=UTF8
psql -X -q -c 'CREATE EXTENSION lead' || exit 1

# What is stored for a value, or why it is refused.
becomes() { # LIST VALUE
    psql -X -q -A -t -v list="$1" -v given="$2" 2>&1 <<'SQL' | sed -n -e '/^ERROR\|^HINT/d' -e 's/^DETAIL:.*": /refused: /' -e p
INSERT INTO lead.customer (name, :"list") VALUES ('X', jsonb_build_array(:'given')) RETURNING :"list" -> 0 ->> 'value';
SQL
}

is 'a number in strict E.164' "$(becomes phones +420603123456)" +420603123456
is 'one that is too short' "$(becomes phones +420603123)" 'refused: it is too short for a phone number of its country.'
is 'a number of a country that is none' "$(becomes phones +999603123456)" 'refused: its country code is not in use.'
for given in '+420 603 123 456' '603123456' '+420603123456 ext. 1' ' +420603123456' 'call me'; do
    is "any other: $given" "$(becomes phones "$given" | grep -c 'libphonenumber')" 1
done
is 'the region makes no difference' \
    "$(PGOPTIONS='-c lead.default_region=CZ' becomes phones 603123456 | grep -c 'libphonenumber')" 1
is 'an e-mail address in ASCII' "$(becomes emails Jo@Example.COM)" Jo@example.com
is 'a bad one' "$(becomes emails jo)" 'refused: it has no @.'
is 'an e-mail domain in other letters' "$(becomes emails jo@žluťoučký.cz | grep -c 'libidn2')" 1
is 'the same in ASCII, which nobody has checked' "$(becomes emails jo@xn--luouk-uva4it5a4g.cz | grep -c 'libidn2')" 1
is 'a bare website' "$(becomes websites Example.COM)" https://example.com
is 'a website with a path' "$(becomes websites HTTP://example.com/a?b=c)" http://example.com/a?b=c
is 'a website in other letters' "$(becomes websites žluťoučký.cz | grep -c 'libidn2')" 1
is 'credentials' "$(becomes websites https://jo:x@example.com)" 'refused: it names a user or password; leave the credentials out.'
is 'a data box' "$(becomes data_boxes 6BNAAWP)" 6bnaawp
is 'a contact instant' "$(becomes contact_instants žluť)" žluť
is 'names of parties' "$(psql -X -A -t -c "SELECT lead.name_key('Žluťoučký kůň, s.r.o.')")" 'zlutoucky kun'

echo "1..$count"
exit "$failed"
