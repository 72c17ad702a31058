#!/bin/sh
# Puts on this machine what the end-to-end tests use and npm does not bring: browsers, a TURN server, tor, network tools.
# Quick when all is present; installs with apt where it may; otherwise says in one sentence what is missing.
#
#   e2e/system.sh          installs what is missing
#   e2e/system.sh --list   prints the packages and does nothing
set -eu

packages='
chromium                 /usr/bin/chromium
firefox-esr              /usr/bin/firefox-esr
webkit2gtk-driver        /usr/bin/WebKitWebDriver
xvfb                     /usr/bin/Xvfb
coturn                   /usr/bin/turnserver
tor                      /usr/bin/tor-gencert
obfs4proxy               /usr/bin/obfs4proxy
snowflake-client         /usr/bin/snowflake-client
nftables                 /usr/sbin/nft
iproute2                 /usr/bin/ip
tcpdump                  /usr/bin/tcpdump
debootstrap              /usr/sbin/debootstrap
git                      /usr/bin/git
util-linux               /usr/bin/nsenter
procps                   /usr/sbin/sysctl
faketime                 /usr/bin/faketime
prometheus               /usr/bin/promtool
caddy                    /usr/bin/caddy
nginx-light              /usr/sbin/nginx
redis-server             /usr/bin/redis-server
fonts-dejavu-core        /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
fonts-noto-color-emoji   /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf
'

if [ "${1:-}" = --list ]; then
  echo "$packages" | awk 'NF { print $1 }'
  exit 0
fi

missing=$(echo "$packages" | while read -r package file; do
  [ -z "$package" ] || [ -e "$file" ] || [ -e "/usr/sbin/${file##*/}" ] || [ -e "/sbin/${file##*/}" ] || printf '%s ' "$package"
done)
# A bare Debian for the stories of installing. Those run where no network is, so it is made here.
root=/var/cache/hushroom-e2e/bookworm
# With the packages of the image's target `with-tor` in its cache: nothing can be fetched there either.
has_root() { [ -e "$root/etc/debian_version" ] && ls "$root"/var/cache/apt/archives/tor_*.deb >/dev/null 2>&1; }
[ -z "$missing" ] && has_root && exit 0

as_root=''
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
  else
    echo "The end-to-end tests need these Debian packages, and only root can install them: ${missing}" >&2
    exit 1
  fi
fi
if ! command -v apt-get >/dev/null; then
  echo "The end-to-end tests need Debian (or a relative with apt-get) and these packages: ${missing}" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
# The packages' services (coturn, tor, prometheus, caddy, nginx) must not start: the tests run their own.
# shellcheck disable=SC2086
install() { $as_root env RUNLEVEL=1 apt-get install -qq -y --no-install-recommends $missing >/dev/null; }
if [ -n "$missing" ]; then
  echo "Installing for the end-to-end tests: ${missing}"
  install 2>/dev/null || { $as_root apt-get update -qq && install; } || {
    echo "apt-get could not install: ${missing}" >&2
    exit 1
  }
fi

if [ ! -e "$root/etc/debian_version" ]; then
  echo 'Making a bare Debian for the end-to-end tests'
  $as_root rm -rf "$root.new"
  $as_root mkdir -p "${root%/*}"
  $as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase bookworm "$root.new" >"${TMPDIR:-/tmp}/hushroom-debootstrap.log" 2>&1 || {
    echo "debootstrap failed; its words are in ${TMPDIR:-/tmp}/hushroom-debootstrap.log" >&2
    exit 1
  }
  $as_root mv "$root.new" "$root"
fi
if ! has_root; then
  fetch='apt-get -qq update && apt-get -qq -y --no-install-recommends --download-only install tor obfs4proxy'
  $as_root chroot "$root" sh -c "$fetch" >/dev/null || {
    echo "apt-get could not fetch tor for the bare Debian in $root" >&2
    exit 1
  }
fi
