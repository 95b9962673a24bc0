# The AGEM instance: identifiable data. The image holds no room of the national instance.
FROM python:3.13-slim-bookworm AS packages
WORKDIR /srv
COPY requirements.txt .
RUN python -m venv /srv/venv \
 && /srv/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.txt

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --no-create-home portal
WORKDIR /srv/portal
COPY --from=packages /srv/venv /srv/venv
COPY manage.py ./
COPY portal portal
COPY submissions submissions
COPY pseudonymisation pseudonymisation
COPY templates templates
COPY static static
ENV PATH=/srv/venv/bin:$PATH PORTAL_INSTANCE=agem PYTHONUNBUFFERED=1 POLARS_MAX_THREADS=1 \
    STATIC_ROOT=/srv/static UPLOAD_LISTENER=0.0.0.0:8002
RUN mkdir /srv/static && chown portal /srv/static
USER portal
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--blocking-threads", "48", "portal.wsgi:application"]
