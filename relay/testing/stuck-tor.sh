#!/bin/sh
# A tor that hangs at 50 %: what a network makes of it that lets the consensus through and nothing after it.
exec "${NODE:-node}" "$(dirname "$0")/stuck-tor.ts" "$@"
