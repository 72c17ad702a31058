# The relay and the page it serves. Build: docker build -t hushroom .   Run: docker run -p 8080:8080 hushroom
# With tor: docker build --target with-tor -t hushroom:tor .   Run: docker run -v hushroom:/var/lib/hushroom -e HUSHROOM_ONION=yes hushroom:tor
# Settings are environment variables: docs/operating.md. The volume holds the keys that give a relay its name, and nothing of rooms; the
# rest of the root may be read-only (docker run --read-only --tmpfs /tmp).

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN node node_modules/vite/bin/vite.js build --app

# Not the Node image: the relay needs the one binary, and neither npm nor yarn should be there for an intruder.
FROM debian:bookworm-slim AS plain
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /build/dist/relay /hushroom/relay
COPY --from=build /build/dist/web /hushroom/web
COPY --from=build /build/dist/console /hushroom/console
RUN install -d -m 700 -o 65534 -g 65534 /var/lib/hushroom
VOLUME /var/lib/hushroom
# Files belong to root and the relay runs as nobody: it cannot change what it serves.
USER 65534:65534
WORKDIR /hushroom
ENV NODE_ENV=production HUSHROOM_HOST=0.0.0.0 HUSHROOM_PORT=8080 HUSHROOM_DATA_DIR=/var/lib/hushroom
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HUSHROOM_PORT}/healthz`).then(({ok}) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "/hushroom/relay/main.js"]

# The same with Debian's tor and the program for obfs4 bridges: what `onion`, `gateway` and `torExits` need. Not in the plain image, since a relay without them
# is smaller and has less in it to attack.
FROM plain AS with-tor
USER 0:0
RUN apt-get update && apt-get install -y --no-install-recommends tor obfs4proxy && rm -rf /var/lib/apt/lists/*
USER 65534:65534

# The last stage is what is built where none is named.
FROM plain
