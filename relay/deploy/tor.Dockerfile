# tor for the compose profile `onion`: an onion service in front of the relay, with its own volume for the key.
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends tor && rm -rf /var/lib/apt/lists/*
COPY torrc /etc/tor/torrc
USER debian-tor
VOLUME /var/lib/tor
HEALTHCHECK --interval=30s --timeout=3s CMD ["sh", "-c", "test -s /var/lib/tor/hushroom/hostname"]
CMD ["tor", "-f", "/etc/tor/torrc"]
