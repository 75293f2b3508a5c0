# Built in one stage, run in another: the image holds an interpreter, the pinned packages and the service. The
# interpreter is of the version that the tests run on.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.txt \
 && python -m venv /opt/tasks && /opt/tasks/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
RUN /opt/build/bin/python -m hatchling build -t wheel -d /src/dist \
 && /opt/tasks/bin/pip install --no-cache-dir --no-index --no-deps /src/dist/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin tasks \
 && install --directory --owner tasks --group tasks /data
COPY --from=build /opt/tasks /opt/tasks
COPY manifests /manifests
# Relative paths of an `--env-file` count from the working directory, so that they too end up in the volume.
WORKDIR /data
ENV PATH=/opt/tasks/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TASKS_HOST=0.0.0.0 \
    TASKS_PORT=5001 \
    TASKS_MANIFESTS=/manifests \
    DATABASE_URL=sqlite:////data/tasks.db
USER 10001
VOLUME /data
EXPOSE 5001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['TASKS_PORT'] + '/health', timeout=4)"]
ENTRYPOINT ["tasks"]
CMD ["serve"]
