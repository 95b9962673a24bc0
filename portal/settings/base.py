"""Settings of both instances; agem.py and national.py add what differs."""

from pathlib import Path

from portal.environment import read
from portal.settings.sign_in import *  # noqa: F403 - settings are one namespace
from portal.settings.sign_in import OIDC_ORIGIN, SIGN_IN_APPS, SIGN_IN_MIDDLEWARE

ROOT = Path(__file__).resolve().parents[2]

SECRET_KEY = read("SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = read("ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")
PORTAL_ORIGIN = read("PORTAL_ORIGIN", "")
CSRF_TRUSTED_ORIGINS = [PORTAL_ORIGIN] if PORTAL_ORIGIN else []
DEMONSTRATION = read("DEMONSTRATION", "off") == "on"
PROXIES = int(read("PROXIES", "0"))  # how many of our own stand before the server
UPLOAD_LISTENER = read("UPLOAD_LISTENER", "")  # host:port; else the pages' server alone
UPLOAD_SILENCE = int(read("UPLOAD_SILENCE", "15"))  # seconds without a byte, then it is cut off
METRICS_TOKEN = read("METRICS_TOKEN", "")
DATA_SET = "community_pilot"
HANDOVER_URL = read("HANDOVER_URL")

SHARED_APPS = [
    "portal",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_prometheus",
    "guardian",
    "pghistory",
    "pgtrigger",
    *SIGN_IN_APPS,
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "portal.middleware.name_requests",
    "portal.middleware.see_past_proxies",
    "portal.middleware.harden_answers",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    *SIGN_IN_MIDDLEWARE,
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {"environment": "portal.templating.environment"},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates" / "django"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
FORMAT_MODULE_PATH = ["portal.formats"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = read("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = read("EMAIL_HOST", "localhost")
EMAIL_PORT = int(read("EMAIL_PORT", "25"))
EMAIL_HOST_USER = read("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = read("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = read("EMAIL_TLS", "off") == "on"
EMAIL_TIMEOUT = 5  # a mail server that does not answer may not hold the worker
DEFAULT_FROM_EMAIL = read("EMAIL_FROM", "portal@localhost")

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = Path(read("STATIC_ROOT", str(ROOT / ".static")))
COMPRESS_STATIC = read("COMPRESS_STATIC", "on") == "on"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COMPRESS_STATIC
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}

# HTTPS everywhere; only a demonstration on this machine's own loopback may be plain
HTTPS = read("PORTAL_HTTPS", "on") != "off"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'", *([OIDC_ORIGIN] if OIDC_ORIGIN else [])],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

CELERY_BROKER_URL = read("BROKER_URL")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
BROKER_OPTIONS = {
    "visibility_timeout": 43_200,
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
}
CACHE = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": read("CACHE_URL", CELERY_BROKER_URL.replace("redis+socket:", "unix:")),
}
# a log line carries the kind of an error and where it was raised, never its message
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "portal.logs.Formatter"}},
    "handlers": {
        "stream": {"class": "logging.StreamHandler", "formatter": "plain"},
    },
    "root": {"handlers": ["stream"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stream"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},
        "celery": {"level": "WARNING"},  # a bell every two seconds is not news
        "axes": {"level": "ERROR"},  # the audit trail has who signed in
    },
}
