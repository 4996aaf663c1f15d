# Builds Tallyboard and its image. docs/how-to/docker.md shows how to run it.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Runs no install scripts of packages. Pass `--secret id=npmrc,src=...` for your own registry.
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.mjs scripts/compile-service.mjs scripts/
COPY src src
COPY web web
RUN node scripts/build.mjs service page && rm dist/.build.json

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Removes files that only compilers, editors and debuggers read, more than half of the packages, and the database driver
# for the other C library.
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && other=$(ls /lib | grep -q ^ld-musl && echo gnu || echo musl) \
 && rm -rf node_modules/typescript node_modules/.bin node_modules/@libsql/linux-*-"$other" \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM ${NODE_IMAGE}
# Removes package managers, and creates the data directory so that a new volume belongs to the user.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* \
 && install -d -o 10001 -g 10001 /data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --chmod=644 package.json LICENSE ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8082 DATA_DIR=/data
VOLUME /data
EXPOSE 8082
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/app/dist/cli/tallyboard.js", "health"]
ENTRYPOINT ["node", "--enable-source-maps", "/app/dist/cli/tallyboard.js"]
CMD ["start"]
ARG REVISION=""
LABEL org.opencontainers.image.title="Tallyboard" \
      org.opencontainers.image.description="Keeps live business counters and shows them to everyone who is watching, now." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}"
