# The `chancery` binary on Debian. Everything it needs at run time is in it: the migrations and the OpenAPI document.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --release --package chancery \
    && cp target/release/chancery /usr/local/bin/chancery

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --shell /usr/sbin/nologin chancery
COPY --from=build /usr/local/bin/chancery /usr/local/bin/chancery
USER chancery
EXPOSE 8080 8090 9080
# SIGTERM drains: commands in flight end, relay and views stop at a checkpoint.
STOPSIGNAL SIGTERM
ENTRYPOINT ["chancery"]
CMD ["serve"]
