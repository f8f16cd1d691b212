# The hub as a container: workerd, what it serves, and a shell script. Debian 12, since workerd needs glibc 2.35.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No install script is needed: the image brings its own Node, and workerd comes as a package of its own.
RUN npm ci --omit=dev --ignore-scripts
COPY . .
RUN node host/container/build-image-root.ts /image

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="cc2cc" \
      org.opencontainers.image.description="Typed, durable messages between Claude Code sessions on a LAN" \
      org.opencontainers.image.licenses="MIT"
RUN install --directory --mode=0700 --owner=10001 --group=10001 /data
COPY --from=build /image/ /
ENV CC2CC_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 3100 8029
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/opt/cc2cc/hub.sh", "health"]
ENTRYPOINT ["/opt/cc2cc/hub.sh"]
