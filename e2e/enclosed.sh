#!/bin/sh
# Runs a command in a network of its own, from which no packet leaves this machine:
#
#   e2e/enclosed.sh node_modules/.bin/playwright test -c e2e
#
# The network has a loopback and one interface with a default route to a gateway that does not exist, because Chromium
# gathers candidates for a data channel only on the address of a default route. It is anonymous: the kernel removes it
# with the last process in it, so nothing is left behind however the run ends. Without root, a user namespace gives the
# right to do this where the kernel allows it.
set -eu
[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARGUMENT...]" >&2; exit 2; }

if [ "${E2E_ENCLOSED:-}" != 1 ]; then
  export E2E_ENCLOSED=1
  export PATH="$PATH:/usr/sbin:/sbin"
  [ "$(id -u)" = 0 ] && exec unshare --net -- "$0" "$@"
  unshare --user --map-root-user --net true 2>/dev/null || {
    echo 'The end-to-end tests need network namespaces: run them as root, or allow user namespaces (kernel.unprivileged_userns_clone=1).' >&2
    exit 1
  }
  exec unshare --user --map-root-user --net -- "$0" "$@"
fi

# Called again inside: the network is there.
ip link show home0 >/dev/null 2>&1 && exec "$@"
ip link set lo up
ip link add home0 type veth peer name home1
ip addr add 10.99.0.1/24 dev home0
ip link set home0 up
ip link set home1 up
ip route add default via 10.99.0.254 dev home0
sysctl -q -w net.ipv4.ip_forward=1
exec "$@"
