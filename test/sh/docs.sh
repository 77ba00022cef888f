#!/bin/bash
#
# Runs every example of README.md and doc/, and checks what they refer to. See
# docs.pl, which does it.

exec perl "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/docs.pl" "$@"
