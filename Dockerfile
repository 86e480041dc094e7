# Byline's image: `make image`, or `docker build --tag byline .`; CONTRIBUTING.md says how it is tried.
# BASE is any Debian or Ubuntu that has python3 3.11 to 3.14 with venv; both stages use the same one.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
# Where pip takes torch from, such as the CPU index of PyTorch's install page: without a GPU it saves some GB.
ARG TORCH_INDEX=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /src
RUN python3 -m venv /opt/byline
# What Byline needs, at the lock's versions, in a layer that stays while its own code changes.
COPY requirements.lock pyproject.toml ./
RUN set -eu; \
    if [ -n "${TORCH_INDEX}" ]; then \
        /opt/byline/bin/pip install --no-deps --index-url "${TORCH_INDEX}" "$(grep '^torch==' requirements.lock)"; \
    fi; \
    /opt/byline/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' > needed.txt; \
    /opt/byline/bin/pip install --constraint requirements.lock --requirement needed.txt setuptools
COPY README.md LICENSE ./
COPY evals evals
COPY prompts prompts
COPY service service
RUN /opt/byline/bin/pip install --no-deps --no-build-isolation .

FROM ${BASE}
LABEL org.opencontainers.image.title="Byline" \
      org.opencontainers.image.description="Questions and summaries over news articles, on exact words or not at all" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 byline \
    && useradd --uid 10001 --gid byline --no-create-home --home-dir /data --shell /usr/sbin/nologin byline \
    && install -d -o byline -g byline /data
COPY --from=build /opt/byline /opt/byline
ENV PATH=/opt/byline/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BYLINE_DATA_DIR=/data \
    BYLINE_HTTP__HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# 503 while it opens its indexes, 200 when it answers, also degraded.
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:%s/readyz' % os.environ.get('BYLINE_HTTP__PORT', '8000'), timeout=4)"]
ENTRYPOINT ["byline"]
CMD ["serve"]
