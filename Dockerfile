# docker build -t seloste .
# docker run --rm -e DATABASE_URL=… seloste seloste migrate    once for each release, before the new processes
# docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#   -p 8000:8000 -e DATABASE_URL=… -v seloste:/data seloste
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /src
RUN python -m venv --clear /opt/seloste
ENV PATH=/opt/seloste/bin:$PATH
# requirements-otel.txt adds OpenTelemetry.
ARG REQUIREMENTS=requirements.txt
COPY requirements*.txt .
RUN python -m pip install --no-cache-dir --quiet --require-hashes -r ${REQUIREMENTS}
COPY . .
RUN python -m pip install --no-cache-dir --quiet --no-deps --no-build-isolation . \
    && python -m pip uninstall --quiet --yes pip

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin seloste \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=build /opt/seloste /opt/seloste
ENV PATH=/opt/seloste/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/seloste.db \
    SELOSTE_SECRET_FILE=/data/secret \
    SELOSTE_HOST=0.0.0.0 \
    SELOSTE_PORT=8000
WORKDIR /data
# The only place it writes to; secrets come when it runs, by environment or file, so no layer holds any.
VOLUME /data
# The numeric form lets an orchestrator verify that this is not root.
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['SELOSTE_PORT'] + '/healthz', timeout=4)"]
CMD ["seloste", "serve"]
