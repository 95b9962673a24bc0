"""The AGEM instance: identifiable data is received, checked, pseudonymised and sent."""

from portal.environment import read, read_database
from portal.settings.api import *  # noqa: F403 - settings are one namespace
from portal.settings.api import API_APPS
from portal.settings.base import *  # noqa: F403 - settings are one namespace
from portal.settings.base import BROKER_OPTIONS, CACHE, SHARED_APPS
from portal.settings.watching import *  # noqa: F403 - settings are one namespace

PORTAL_INSTANCE = "agem"
INSTALLED_APPS = [*SHARED_APPS, "submissions", "pseudonymisation", *API_APPS]
ROOT_URLCONF = "portal.urls.agem"
DATABASES = {"default": read_database("DATABASE_URL")}
SESSION_COOKIE_NAME = "agem_session"
CSRF_COOKIE_NAME = "agem_csrf"
CELERY_BROKER_TRANSPORT_OPTIONS = {**BROKER_OPTIONS, "global_keyprefix": "agem:"}
CACHES = {"default": {**CACHE, "KEY_PREFIX": "agem"}}
STORE_URL = read("STORE_URL")
STORE_KEY_FILE = read("STORE_KEY_FILE")
PSEUDONYM_KEYS_URL = read("PSEUDONYM_KEYS_URL")
SIGNING_KEY_FILE = read("SIGNING_KEY_FILE")
NATIONAL_VERIFY_KEY_FILE = read("NATIONAL_VERIFY_KEY_FILE")
