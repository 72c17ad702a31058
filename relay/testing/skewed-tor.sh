#!/bin/sh
# A tor on a computer whose clock is an hour off, in the direction of SKEW (+ or -).
exec faketime -f "${SKEW:-+}1h" tor "$@"
