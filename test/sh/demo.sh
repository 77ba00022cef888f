#!/bin/bash
#
# dev/demo does what it says: shows the tour in plain text, takes a CSV file,
# says what is wrong with one, and leaves nothing behind, also when interrupted.
# It builds and starts a server of its own, as it does for a newcomer.

set -uo pipefail

cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." || exit
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
mkdir "$tmp/work"
export TMPDIR=$tmp/work
tests=0 failed=0

ok() { # NAME CMD...: CMD must succeed
    local name=$1
    shift
    tests=$((tests + 1))
    if "$@"; then
        echo "ok $tests - $name"
    else
        failed=$((failed + 1))
        echo "not ok $tests - $name"
        sed 's/^/# /' "$tmp/out"
    fi
}

shows() { grep -q -e "$1" "$tmp/out"; }
not_shown() { ! shows "$1"; }
shows_times() { [ "$(grep -c -e "$1" "$tmp/out")" -eq "$2" ]; }
is_plain() { ! grep -q $'\e' "$tmp/out"; }
left_nothing() { [ -z "$(ls -A "$TMPDIR")" ]; }
# The second of three columns in front: leads of a source.
leads_in_funnel() { awk -F'|' '/^ lead_source \| leads/ { on = 1; next } on && NF < 3 && !/^-/ { on = 0 } on && NF > 3 { n += $2 } END { print n }' "$tmp/out"; }
funnel_has() { [ "$(leads_in_funnel)" = "$1" ]; }

refuses() { # FILE: the demo ends with status 1 and no tour
    ! dev/demo --data "$1" >"$tmp/out" 2>&1 && ! grep -q 'Leads come in' "$tmp/out"
}

sample=$(($(wc -l <dev/demo.csv) - 1))
dev/demo 2>&1 | cat >"$tmp/out"
status=${PIPESTATUS[0]}
ok 'the tour runs to its end' [ "$status" -eq 0 ]
ok 'a refused transition with its message' shows '^ERROR:  lead "LEAD-[0-9]*" cannot go from NEW to UNSUCCESSFUL$'
ok 'a clean phone number with its extension' shows '^ Hartmoor Logistics .*| \[{"value": "+442079460018", "extension": "12"}\]$'
ok 'a duplicate' shows '^ Sklárny Pod Lesem, a.s. |.*{phone,name}$'
ok 'a phone number that is refused' shows '^DETAIL:  phones\[0\] is "+420 603 123 456 after 16": '
ok 'no contact of the sample is left out' not_shown 'are not understood'
ok 'four refusals and no other error' shows_times '^ERROR' 4
ok 'buttons' shows '^ CONVERTED_EXTERNAL | t  *| f  *| f  *| convert_external$'
ok 'a history that ends in the conversion' shows '^  *4 | LATER  *| CONVERTED | signed for two years'
ok 'a customer' shows '^ CUSTOMER-[0-9]* |'
ok "a funnel with all $sample leads" funnel_has "$sample"
ok 'three lines of an import are refused' shows '^    2 |       0 |       3$'
ok 'each with its reason' shows '^    4 | priority is not understood '
ok 'and imported when they are corrected' shows '^    3 |       0 |       0$'
ok 'the diagram' shows '^    \[\*\] --> NEW$'
ok 'no colours' is_plain
ok 'nothing left behind' left_nothing

printf 'party_name;lead_type\nA;B2B\n' >"$tmp/semicolons.csv"
ok 'an unknown column is refused' refuses "$tmp/semicolons.csv"
ok 'and named' shows 'column "party_name;lead_type" is unknown'
printf 'party_name,lead_type,lead_rating\nA,B2B,HOT\n' >"$tmp/missing.csv"
ok 'a missing column is refused' refuses "$tmp/missing.csv"
ok 'and named' shows 'column "lead_source" is missing'
ok 'so is a file that is not there' refuses "$tmp/none.csv"

# A file as a spreadsheet writes it, with codes of its own; ended while it builds.
printf '\xef\xbb\xbf"lead_source","party_name","lead_type","lead_rating","phone"\r\n' >"$tmp/own.csv"
for n in 1 2 3 4 5 6; do printf 'fair,"Company ""%s"", Ltd",SOHO,A+,"+44 20 7946 001%s"\r\n' $n $n; done >>"$tmp/own.csv"
printf 'fair,"Company ""7"", Ltd",SOHO,A+,ask Jo\r\n' >>"$tmp/own.csv"
dev/demo "--data=$tmp/own.csv" >"$tmp/out" 2>&1
ok "somebody else's data" [ $? -eq 0 ]
ok 'with its own codes' shows '^ fair  *|  *7 |'
ok 'and a contact that is left out' shows '^  *7 | phones | ask Jo | it holds letters'

timeout -s TERM 2 dev/demo >"$tmp/out" 2>&1
ok 'interrupted, it says nothing of the tour' [ $? -ne 0 ]
ok 'and leaves nothing behind' left_nothing

# Each signal may fall between any two steps of the cleaning.
for delay in 1.1 1.3 1.5 1.7; do
    dev/demo >"$tmp/out" 2>&1 &
    sleep "$delay"
    for _ in {1..400}; do kill -TERM $! 2>/dev/null || break; done
    wait $!
done
ok 'nor when it is told so many times' left_nothing

echo "1..$tests"
[ "$failed" -eq 0 ]
