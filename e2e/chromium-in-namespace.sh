#!/bin/sh
# Stands in for the Chromium executable: the same browser, in the network namespace of process $E2E_NAMESPACE.
# Playwright talks to it over a pipe, which crosses namespaces.
exec nsenter --target "$E2E_NAMESPACE" --net -- "$E2E_CHROMIUM" "$@"
