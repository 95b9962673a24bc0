"""The national instance: pseudonymised data is received, counted and shown."""

from portal.environment import read, read_database
from portal.settings.base import *  # noqa: F403 - settings are one namespace
from portal.settings.base import BROKER_OPTIONS, CACHE, MIDDLEWARE, SHARED_APPS
from portal.settings.watching import *  # noqa: F403 - settings are one namespace

PORTAL_INSTANCE = "national"
INSTALLED_APPS = [*SHARED_APPS, "viewer"]
ROOT_URLCONF = "portal.urls.national"
# within the policy's middleware, which it tells what to say, and around everything that answers
_POLICY = MIDDLEWARE.index("csp.middleware.CSPMiddleware") + 1
MIDDLEWARE = [*MIDDLEWARE[:_POLICY], "viewer.middleware.view_only", *MIDDLEWARE[_POLICY:]]
DATABASES = {"default": read_database("DATABASE_URL")}
# the web process reads the records through a second, read-only role; the worker has no need to
if read("RECORDS_DATABASE_URL", ""):
    DATABASES["records"] = read_database("RECORDS_DATABASE_URL")
SESSION_COOKIE_NAME = "national_session"
CSRF_COOKIE_NAME = "national_csrf"
CELERY_BROKER_TRANSPORT_OPTIONS = {**BROKER_OPTIONS, "global_keyprefix": "national:"}
CACHES = {"default": {**CACHE, "KEY_PREFIX": "national"}}
TICKET_KEY_FILE = read("TICKET_KEY_FILE")
DISPLAY_KEY_FILE = read("DISPLAY_KEY_FILE")
AGEM_VERIFY_KEY_FILE = read("AGEM_VERIFY_KEY_FILE")
ACKNOWLEDGEMENT_KEY_FILE = read("ACKNOWLEDGEMENT_KEY_FILE")
