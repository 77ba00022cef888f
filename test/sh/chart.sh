#!/bin/bash
#
# Charts as a reader sees them: a browser draws them in light and in dark and says
# where each text ended up; python3 reads them as XML and measures contrasts. What
# is not there is skipped: apt-get install chromium python3.
#
#     LEAD_BROWSER=PATH       another browser of the Chromium family
#     LEAD_MERMAID=FILE       mermaid.min.js (npm install mermaid), to draw the diagram of statuses
#     LEAD_PICTURES=FOLDER    leaves the pictures there, and some more, to be looked at
#
# Names of all kinds come from real leads; figures larger than a test can store
# come from a lead.funnel of the test's own. Runs in the server that PGHOST and its kin name, in databases of its own.

set -u

. "$LEAD_SRC/test/data/tap.sh"

if ! command -v python3 >/dev/null; then
    echo "1..0 # SKIP there is no python3"
    exit 0
fi
browser=${LEAD_BROWSER:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}

work=$(mktemp -d)
utf8=lead_chart_$$ latin=lead_chart_latin2_$$ japanese=lead_chart_euc_jp_$$ ascii=lead_chart_ascii_$$
clean() {
    local name
    for name in "$utf8" "$latin" "$japanese" "$ascii"; do dropdb --force --if-exists "$name" >/dev/null 2>&1; done
    rm -rf -- "$work"
}
trap clean EXIT
look="$LEAD_SRC/test/sh/chart.py"

make_database() { # NAME ENCODING
    createdb -E "$2" --lc-collate=C --lc-ctype=C -T template0 "$1" &&
        run "$1" -c 'CREATE EXTENSION lead' -c 'DO $$ BEGIN PERFORM lead.add_starter_registers(); END $$' || exit 1
}

run() { # DATABASE PSQL_ARGUMENTS...
    PGCLIENTENCODING=${encoding:-UTF8} psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$@"
}

chart() { # FILE [ARGUMENTS]: of the leads in the first database
    run "$utf8" -c "SELECT lead.funnel_chart(${2:-})" >"$work/$1.svg"
}

lead_of() { # DATABASE SOURCE_NAME
    run "$1" -v name="$2" <<'SQL'
INSERT INTO lead.lead_source (code, name) VALUES ('OWN', :'name');
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('X', 'B2B', 'HOT', 'OWN');
SQL
}

# ---------------------------------------------------------------- real leads

make_database "$utf8" UTF8
chart empty
run "$utf8" <<'SQL'
INSERT INTO lead.lead_source (code, name) SELECT 'H' || n, name FROM unnest(ARRAY[
	'</text></svg><script>document.title = "hostile"</script>', '"><image href="http://example.com/x.png"/>', '&undefined; &amp; ]]> <!-- <?php ?>',
	E'control \u0001\u0008\u001B[31m\u007F\uFFFE\uFFFF', E'\u202Eturned round \u2066and\u2069 in\u202C', repeat('very long ', 20), repeat('W', 60), repeat('i', 90),
	E'\u05E9\u05DC\u05D5\u05DD \u05E2\u05D5\u05DC\u05DD, \u05E9\u05DD \u05D0\u05E8\u05D5\u05DA \u05DE\u05D0\u05D5\u05D3 \u05DE\u05D0\u05D5\u05D3',
	repeat(E'\u6771\u4EAC\u5927\u5B66', 9), repeat(E'\U0001F468\u200D\U0001F469\u200D\U0001F467 \U0001F389', 5), E'Za' || repeat(E'\u0300\u0301', 80) || 'lgo'])
	WITH ORDINALITY h (name, n);
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, status, assigned_to)
SELECT 'X', 'B2B', 'HOT', 'H' || h, 'WORKING', CASE WHEN n > 3 THEN 'Jana' END FROM generate_series(1, 12) h, generate_series(1, 30 - 2 * h) n;
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'x' WHERE substr(key, 10)::int % 5 = 0;
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x' WHERE substr(key, 10)::int % 5 = 1;
UPDATE lead.lead SET status = 'LATER', deferred_until = now() + interval '1 day' WHERE substr(key, 10)::int % 7 = 2 AND status = 'WORKING';
SELECT count(lead.convert(id)) FROM lead.lead WHERE substr(key, 10)::int % 3 = 0 AND status = 'WORKING' \g /dev/null
SQL
chart hostile
chart people "by => 'assigned_to'"

is 'figures in the picture are those of lead.funnel' "$(python3 "$look" figures "$work/hostile.svg")" \
    "$(run "$utf8" -F ' ' -c 'SELECT f.leads, f.won, coalesce(round(100 * f.won / nullif(f.won + f.unsuccessful, 0)::numeric, 1)::text, $$-$$) FROM lead.funnel() f
        UNION ALL SELECT sum(leads), sum(won), round(100 * sum(won) / sum(won + unsuccessful), 1)::text FROM lead.funnel()')"

# ---------------------------------------------------------------- any figures

# Numbers as large as no test can store.
run "$utf8" <<'SQL'
CREATE TABLE given (name text, won bigint, open bigint, paused bigint, unsuccessful bigint, rejected bigint);
CREATE OR REPLACE FUNCTION lead.funnel(from_day date DEFAULT NULL, to_day date DEFAULT NULL, by text DEFAULT NULL)
	RETURNS TABLE (group_code text, group_name text, leads bigint, open bigint, paused bigint, won bigint,
		unsuccessful bigint, rejected bigint, win_rate numeric, rejection_rate numeric) LANGUAGE sql STABLE
AS $$ SELECT name, name, won + open + paused + unsuccessful + rejected, open, paused, won, unsuccessful, rejected, NULL::numeric, NULL::numeric FROM given $$;
INSERT INTO given SELECT 'Group ' || n, 40000000 / n, 60000000 / n, 2345678 / n, 8765432 / n, 9876543 / n FROM generate_series(1, 25) n;
SQL
chart large
run "$utf8" -c 'TRUNCATE given' -c "INSERT INTO given SELECT '2024-' || lpad(n::text, 2, '0'), 3 + n, 20 - n, 2, 9, n % 4 FROM generate_series(1, 12) n"
chart months "'2024-01-01', '2024-12-31', 'month'"
run "$utf8" -c 'TRUNCATE given' -c "INSERT INTO given VALUES ('Only one', 0, 1, 0, 0, 0)"
chart single

# ---------------------------------------------------------------- other encodings

make_database "$latin" LATIN2
lead_of "$latin" 'Žluťoučký & kůň'
run "$latin" -c 'SELECT lead.funnel_chart()' >"$work/latin2.svg"
make_database "$japanese" EUC_JP
lead_of "$japanese" '東京大学東京大学東京大学東京大学'
run "$japanese" -c 'SELECT lead.funnel_chart()' >"$work/euc_jp.svg"
make_database "$ascii" SQL_ASCII
encoding=SQL_ASCII lead_of "$ascii" $'not UTF-8: \xe8\xff'
encoding=SQL_ASCII run "$ascii" -c 'SELECT lead.funnel_chart()' >"$work/ascii.svg"
is 'LATIN2: the name as it is' "$(python3 "$look" names "$work/latin2.svg")" 'Žluťoučký & kůň'
is 'EUC_JP: shortened by the width of its letters' "$(python3 "$look" names "$work/euc_jp.svg")" '東京大学東京大学東京…'
is 'SQL_ASCII: what has no encoding is a question mark' "$(python3 "$look" names "$work/ascii.svg")" 'not UTF-8: ??'

# ---------------------------------------------------------------- as XML

for file in empty hostile people large months single latin2 euc_jp ascii; do
    is "$file: XML with a title, a description, nothing from outside, no script" "$(python3 "$look" xml "$work/$file.svg")" ''
done
is 'hostile names are text' "$(python3 "$look" names "$work/hostile.svg" | head -n 2)" '</text></svg><script>d…
"><image href="http:/…'
is 'contrasts in light and dark' "$(python3 "$look" contrasts "$work/months.svg")" ''

# ---------------------------------------------------------------- in a browser

skip() { count=$((count + 1)); echo "ok $count - # SKIP $1"; }

draw() { # ARGUMENTS: of the browser, which needs no display, network or home
    timeout 100 env HOME="$work" "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
        --no-first-run --disable-extensions --disable-background-networking --user-data-dir="$work/profile" "$@" 2>>"$work/browser.log"
}

if [ -z "$browser" ]; then
    skip 'there is no browser of the Chromium family'
else
    python3 "$look" page "$work"/{empty,hostile,people,large,months,single}.svg >"$work/page.html"
    draw --dump-dom "file://$work/page.html" >"$work/dom.html"
    is 'every text is drawn in its place' "$(python3 "$look" places "$work/dom.html")" ''
    for picture in hostile-light hostile-dark ${LEAD_PICTURES:+large-light months-dark single-dark}; do
        file=${picture%-*} scheme=${picture#*-}
        draw "--blink-settings=preferredColorScheme=$([ "$scheme" = dark ]; echo $?)" --window-size=900,850 \
            --screenshot="$work/$picture.png" "file://$work/$file.svg" >/dev/null
        is "$file in $scheme: the picture has the colours it should, and as much of them" \
            "$(python3 "$look" picture "$work/$file.svg" "$work/$picture.png" "$scheme")" ''
    done
    if [ -z "${LEAD_MERMAID:-}" ]; then
        skip 'LEAD_MERMAID is not set: the diagram of statuses is not drawn'
    else
        run "$latin" -c "INSERT INTO lead.lead_status_rule (from_status, to_status, allowed, needs_reason, condition)
            VALUES ('NEW', 'LATER', true, true, '\$.partyName != \";:#\"'), (NULL, 'LATER', false, NULL, NULL)"
        python3 "$look" mermaid "$LEAD_MERMAID" <(run "$latin" -c 'SELECT lead.status_diagram()') >"$work/diagram.html"
        draw --allow-file-access-from-files --virtual-time-budget=20000 --dump-dom "file://$work/diagram.html" >"$work/diagram.dom"
        is 'the diagram of statuses has every status, the creation and every arrow with what it needs' \
            "$(python3 "$look" drawn "$work/diagram.dom")" \
            "$(run "$latin" -F ' ' -c "SELECT count(DISTINCT to_status) + 1, count(*), count(*) FILTER (WHERE needs_reason OR needs_until OR condition IS NOT NULL)
                FROM lead.status_transition WHERE allowed")"
    fi
    if [ -n "${LEAD_PICTURES:-}" ]; then cp -- "$work"/*.png "$work"/*.svg "$LEAD_PICTURES"; fi
    if [ "$failed" != 0 ]; then grep -v dbus "$work/browser.log" | tail -n 20 | sed 's/^/# /'; fi
fi

echo "1..$count"
exit "$failed"
