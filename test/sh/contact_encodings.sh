#!/bin/bash
#
# Contacts in databases that are not in UTF-8: domains in other letters are stored
# in ASCII, which fits everywhere, and two spellings of a name or a domain make one
# key all the same. SQL_ASCII has no encoding: what is not UTF-8 there is refused
# as a contact and makes no key as a name, and harms nothing.
#
# Runs in the server that PGHOST and its kin name, in databases of its own.

set -u

latin=lead_latin2_$$ ascii=lead_ascii_$$
trap 'dropdb --force --if-exists "$latin" >/dev/null 2>&1; dropdb --force --if-exists "$ascii" >/dev/null 2>&1' EXIT

. "$LEAD_SRC/test/data/tap.sh"

make_database() { # NAME ENCODING
    createdb -E "$2" --lc-collate=C --lc-ctype=C -T template0 "$1" &&
        psql -X -q -d "$1" -c 'CREATE EXTENSION lead' -c 'DO $$ BEGIN PERFORM lead.add_starter_registers(); END $$' || exit 1
}

run() { # DATABASE CLIENT_ENCODING SQL: what it prints, or the error with its detail
    PGCLIENTENCODING=$2 psql -X -q -A -t -v VERBOSITY=verbose -d "$1" -c "$3" 2>&1 | sed -n -E '/^(HINT|LOCATION|SCHEMA|TABLE|COLUMN|CONSTRAINT)/d; p'
}

customer() { # DATABASE CLIENT_ENCODING NAME COLUMN LIST RETURNING
    run "$1" "$2" "INSERT INTO lead.customer (name, $4) VALUES ('$3', '$5') RETURNING $6"
}

# ---------------------------------------------------------------- LATIN2

make_database "$latin" LATIN2

is 'an e-mail domain in other letters is stored in ASCII' \
    "$(customer "$latin" UTF8 'Žluťoučký kůň, s.r.o.' emails '["Info@ŽLUŤOUČKÝ.cz", "Info@xn--luouk-uva4it5a4g.cz"]' emails)" \
    '[{"value": "Info@xn--luouk-uva4it5a4g.cz"}]'
is 'so is that of a website' \
    "$(customer "$latin" UTF8 'X' websites '["www.žluťoučký.cz/kůň"]' websites)" \
    '[{"value": "https://www.xn--luouk-uva4it5a4g.cz/k%C5%AF%C5%88"}]'
is 'written anew it stays the same' \
    "$(run "$latin" UTF8 "INSERT INTO lead.customer (name, emails) SELECT 'Y', emails FROM lead.customer WHERE emails <> '[]' RETURNING emails")" \
    '[{"value": "Info@xn--luouk-uva4it5a4g.cz"}]'
is 'a domain that the encoding has no letters for may come as ASCII' \
    "$(customer "$latin" UTF8 'X' emails '["a@xn--r8jz45g.xn--zckzah"]' emails)" '[{"value": "a@xn--r8jz45g.xn--zckzah"}]'
is 'any text that the encoding has is an instant' \
    "$(customer "$latin" UTF8 'X' contact_instants '[" žluť "]' contact_instants)" '[{"value": "žluť"}]'
is 'a value that is refused is shown as it was written' \
    "$(customer "$latin" UTF8 'X' emails '["žluť"]' emails)" \
    'ERROR:  LD008: emails[0] is not understood
DETAIL:  emails[0] is "žluť": it has no @.'
is 'length is counted in characters' \
    "$(run "$latin" UTF8 "INSERT INTO lead.customer (name, contact_instants) VALUES ('X', jsonb_build_array(repeat('ž', 2000))) RETURNING length(contact_instants ->> 0) > 2000")" t
is 'names with accents have the key of those without' \
    "$(run "$latin" UTF8 "SELECT lead.name_key('Žluťoučký kůň, s.r.o.'), lead.name_key('ZLUTOUCKY KUN')")" 'zlutoucky kun|zlutoucky kun'
is 'and match within the database, as does the domain' \
    "$(run "$latin" UTF8 "SELECT score, reasons FROM lead.find_matches('ZLUTOUCKY KUN', websites => ARRAY['žluťoučký.cz']) ORDER BY score DESC LIMIT 1")" '0.750|{name,domain}'
is 'a phone number is read in any encoding' \
    "$(customer "$latin" UTF8 'X' phones '["+420 603 123 456"]' phones)" '[{"value": "+420603123456"}]'

# ---------------------------------------------------------------- SQL_ASCII

make_database "$ascii" SQL_ASCII
broken=$'\xbelu\xbb' # žluť in ISO 8859-2

is 'SQL_ASCII: text in UTF-8 is read as such' \
    "$(customer "$ascii" SQL_ASCII 'Žluťoučký kůň' emails '["info@žluťoučký.cz"]' 'emails, match_keys[1:2]')" \
    '[{"value": "info@xn--luouk-uva4it5a4g.cz"}]|{d:xn--luouk-uva4it5a4g.cz,e:info@xn--luouk-uva4it5a4g.cz}'
is 'its names match' \
    "$(run "$ascii" SQL_ASCII "SELECT count(*) FROM lead.find_matches('ZLUTOUCKY KUN')")" 1
for list in phones emails websites data_boxes contact_instants; do
    is "other bytes are refused in $list" \
        "$(customer "$ascii" SQL_ASCII X "$list" "[\"a@$broken.cz\"]" "$list" | LC_ALL=C sed 's/^DETAIL.*": /DETAIL: /')" \
        "ERROR:  LD008: $list[0] is not understood
DETAIL: it is not in UTF-8, and the database has no encoding that would tell what it is."
done
is 'a name of other bytes is stored, without a key' \
    "$(customer "$ascii" SQL_ASCII "$broken" phones '["+420603123456"]' match_keys)" '{p:+420603123456}'
is 'a lead of that name too' \
    "$(run "$ascii" SQL_ASCII "INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('$broken', 'B2B', 'HOT', 'WEB') RETURNING match_keys")" '{}'
is 'and it is converted' \
    "$(run "$ascii" SQL_ASCII "SELECT kind FROM lead.convert((SELECT id FROM lead.lead WHERE match_keys = '{}'))")" CONVERTED
is 'such a name has no key' "$(run "$ascii" SQL_ASCII "SELECT lead.name_key('$broken') IS NULL")" t
is 'members of an entry may hold them' \
    "$(run "$ascii" SQL_ASCII "INSERT INTO lead.customer (name, emails) VALUES ('X', '[{\"value\": \"a@EXAMPLE.com\", \"x\": \"$broken\"}]') RETURNING emails -> 0 ->> 'value'")" a@example.com

echo "1..$count"
exit "$failed"
