#!/bin/bash
#
# drizzle-kit pulls the schema, TypeScript checks it, and drizzle_test.ts works
# with it. Here drizzle.sed corrects what drizzle-kit writes wrongly.

set -eu

cd "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")"

check() { # WHAT CMD...
    local what=$1
    shift
    if "$@" >drizzle.log 2>&1; then
        echo "ok - $what"
    else
        echo "not ok - $what"
        head -n 20 drizzle.log | sed 's/^/# /'
    fi
}

has() { grep -qF -- "$1" drizzle/schema.ts; }

check 'drizzle-kit pull' node_modules/.bin/drizzle-kit pull
check 'pulls the enum of statuses' has "lead.enum(\"lead_status\", ['NEW', 'IN_PROGRESS', 'CONVERTED', 'CONVERTED_EXTERNAL', 'REJECTED', 'LATER', 'UNSUCCESSFUL', 'WORKING', 'NON_WORKING'])"
check 'and of priorities' has "lead.enum(\"lead_priority\", ['HIGH', 'MEDIUM', 'LOW'])"
check 'and that it is the type of the column' has "status: leadStatusInLead().default('NEW').notNull()"
check 'pulls foreign keys' has 'foreignColumns: [leadTypeInLead.code]'
check 'pulls views' has 'lead.view("lead_report"'
check 'knows every type' bash -c '! grep "unknown(\|failed to parse" drizzle/schema.ts'
sed -i -f drizzle.sed drizzle/schema.ts
check 'TypeScript takes it, and what is written with it' node_modules/.bin/tsc -p .
exec node_modules/.bin/tsx drizzle_test.ts
