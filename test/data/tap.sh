# shellcheck shell=bash
#
# What shell tests that compare values share; sourced.

count=0
failed=0

is() { # WHAT GOT WANTED
    count=$((count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        printf '#   got:    %s\n#   wanted: %s\n' "$2" "$3"
        failed=1
    fi
}
