#!/bin/sh
# Removes what install.sh put on a host.
#
#   sudo /usr/lib/hushroom/uninstall.sh              everything, settings and keys included (it asks first)
#   sudo /usr/lib/hushroom/uninstall.sh --keep-data  all but settings, keys and the user that owns them
set -eu

root=${DESTDIR:-}
keep=no
sure=no
for argument in "$@"; do
  case $argument in
    --keep-data) keep=yes ;;
    --yes) sure=yes ;;
    *) echo "uninstall: $argument is unknown; --keep-data keeps settings and keys, --yes asks nothing" >&2; exit 2 ;;
  esac
done
[ "$(id -u)" = 0 ] || { echo 'uninstall: run it as root' >&2; exit 1; }

if [ $keep = no ] && [ $sure = no ]; then
  printf 'Remove settings and keys too? An onion address cannot be had again without its key. Type yes: '
  read -r answer || answer=''
  [ "$answer" = yes ] || { echo 'Nothing was removed. --keep-data removes the program alone.'; exit 1; }
fi

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl disable --now hushroom 2>/dev/null || true
fi
rm -f "$root/etc/systemd/system/hushroom.service" "$root/usr/bin/hushroom-relay"
rm -rf "$root/usr/lib/hushroom" "$root/usr/share/doc/hushroom"
[ -n "$root" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload
if [ $keep = no ]; then
  rm -rf "$root/etc/hushroom" "$root/var/lib/hushroom" "$root/var/log/hushroom"
  # userdel refuses while a process of the user runs, also in another root on the same kernel; the group goes with it.
  if [ -n "$root" ]; then chroot "$root" userdel --force hushroom; else userdel --force hushroom; fi
fi
[ $keep = no ] && echo 'Removed.' || echo 'Removed. Settings and keys are still in /etc/hushroom and /var/lib/hushroom.'
