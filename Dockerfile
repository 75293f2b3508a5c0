# Built in one stage, run in another: the image holds an interpreter, the pinned packages and the service. The
# interpreter is of the version that the tests run on.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-build.txt \
 && python -m venv /opt/tasks && /opt/tasks/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY . .
RUN /opt/build/bin/python -m hatchling build -t wheel -d /src/dist \
 && /opt/tasks/bin/pip install --no-cache-dir --no-index --no-deps /src/dist/*.whl

FROM python:3.11-slim-bookworm
# Both only for repositories as sources of manifests: docs/git.md. The base image's release says which versions; a pin
# would break the build with their first security fix.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends git openssh-client && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin tasks \
 && install --directory --owner tasks --group tasks /data
COPY --from=build /opt/tasks /opt/tasks
COPY manifests /manifests
# Relative paths, such as the default database's, count from the working directory: they end up in the volume.
WORKDIR /data
ENV PATH=/opt/tasks/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TASKS_HOST=0.0.0.0 \
    TASKS_PORT=5001 \
    TASKS_MANIFESTS=/manifests
USER 10001
VOLUME /data
EXPOSE 5001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import http.client as c, os, sys; a = c.HTTPConnection('127.0.0.1', int(os.environ['TASKS_PORT']), timeout=4); a.request('GET', '/health'); sys.exit(a.getresponse().status != 200)"]
ENTRYPOINT ["tasks"]
CMD ["serve"]
