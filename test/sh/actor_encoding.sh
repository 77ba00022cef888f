#!/bin/bash
#
# What comes in the startup packet nobody has looked at: an actor that is not
# valid in the encoding of the database must not be stored, or the dump of the
# table could not be loaded again.
#
# Runs in the server that PGHOST and its kin name, in a database of its own.

set -u

database=lead_actor_$$
trap 'dropdb --force --if-exists "$database" >/dev/null 2>&1' EXIT

. "$LEAD_SRC/test/data/tap.sh"

insert_as() { # ACTOR
    PGOPTIONS="-c lead.actor=$1" psql -X -q -A -t -d "$database" 2>/dev/null -c \
        "INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('X', 'B2B', 'HOT', 'WEB')
         RETURNING coalesce(inserted_by_actor, '(none)')"
}

createdb -E UTF8 -T template0 "$database" || exit 1
psql -X -q -d "$database" -c 'CREATE EXTENSION lead' -c 'DO $$ BEGIN PERFORM lead.add_starter_registers(); END $$' || exit 1

is 'a valid actor of the startup packet is recorded' "$(insert_as 'Žaneta')" 'Žaneta'
is 'an invalid one is not' "$(insert_as $'\xff\xfe')" '(none)'
is 'all that is stored can be read in another encoding' \
    "$(psql -X -q -A -t -d "$database" -c "SELECT count(convert_to(inserted_by_actor, 'LATIN2')) FROM lead.lead")" '1'

echo "1..$count"
exit "$failed"
