# syntax=docker/dockerfile:1

# The version of rust-toolchain.toml, which stays outside: the components that it asks for are for development.
FROM rust:1.95.0-slim-bookworm AS builder
WORKDIR /source
COPY . .
# The caches outlive the build: what did not change is not compiled again. They are no part of the image, so the
# program is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package portcullis-server --bin portcullis \
    && install -D target/release/portcullis /out/portcullis \
    && install -d -m 0700 /out/data

FROM debian:bookworm-slim
# The roots that sslmode=verify-full trusts where no sslrootcert is named.
COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=builder /out/portcullis /usr/local/bin/portcullis
COPY --from=builder --chown=10001:10001 /out/data /data
USER 10001:10001
WORKDIR /data
ENV HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# The image has no HTTP client; bash opens the connection itself.
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT} && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -t 3 _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["portcullis"]
