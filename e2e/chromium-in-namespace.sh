#!/bin/sh
# Stands in for the Chromium executable: the same browser, in the network namespace of process $HUSHROOM_NAMESPACE.
# Playwright talks to it over a pipe, which crosses namespaces.
exec nsenter --target "$HUSHROOM_NAMESPACE" --net -- "$HUSHROOM_CHROMIUM" "$@"
