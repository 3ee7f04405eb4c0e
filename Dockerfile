# The headless service as a container. See docs/container.md.
#
#   docker build -t immich-ml-proxy .
#
# Everything is JavaScript, so both build stages run on the machine's own architecture, whatever the image is for.
ARG BASE=node:24.21.0-trixie-slim

FROM --platform=${BUILDPLATFORM} ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.base.json tsconfig.json tsconfig.renderer.json vite.config.ts ./
COPY scripts scripts
COPY src-shared src-shared
COPY src-renderer src-renderer
COPY src-main src-main
RUN npm run build && rm dist/.built-*

FROM --platform=${BUILDPLATFORM} ${BASE} AS modules
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Optional are the packages of the desktop app.
RUN npm ci --omit=dev --omit=optional && mkdir /data

FROM ${BASE}
# The last one is how systemd, and this program, know a container.
ENV NODE_ENV=production IMP_DATA_DIR=/data container=oci
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=modules /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=modules --chown=1000:1000 /data /data
# By number, so that Kubernetes can tell that it is not root. It is the user node of the base image.
USER 1000:1000
VOLUME /data
EXPOSE 3004
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["node", "dist/src-main/app/healthcheck.js"]
ENTRYPOINT ["node", "dist/src-main/cli.js", "--headless"]
