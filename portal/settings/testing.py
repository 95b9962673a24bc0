"""Both instances' apps in one settings module, for the tests and the type checker alone."""

import os

_EXAMPLES = {
    "SECRET_KEY": "only-for-tests-" + "0123456789abcdef" * 4,
    "DATABASE_URL": "postgresql://agem_owner@/agem",
    "RECORDS_DATABASE_URL": "postgresql://national_viewer@/agem",
    "BROKER_URL": "memory://",
    "STORE_URL": "file:///nonexistent/store",
    "HANDOVER_URL": "file:///nonexistent/handover",
    "PORTAL_HTTPS": "off",
    "CHECKPOINT_KEY_FILE": "/nonexistent/checkpoint.pem",
    "CHECKPOINTS_URL": "file:///nonexistent/checkpoints",
    "STORE_KEY_FILE": "/nonexistent/store.key",
    "PSEUDONYM_KEYS_URL": "file:///nonexistent/pseudonym-keys.json",
    "SIGNING_KEY_FILE": "/nonexistent/signing.pem",
    "NATIONAL_VERIFY_KEY_FILE": "/nonexistent/national-verify.pem",
    "TICKET_KEY_FILE": "/nonexistent/ticket.key",
    "DISPLAY_KEY_FILE": "/nonexistent/display.key",
    "AGEM_VERIFY_KEY_FILE": "/nonexistent/agem-verify.pem",
    "ACKNOWLEDGEMENT_KEY_FILE": "/nonexistent/acknowledgement.pem",
}
for _name, _value in _EXAMPLES.items():
    os.environ.setdefault(_name, _value)

from portal.settings.agem import *  # noqa: E402, F403 - after the environment is complete
from portal.settings.agem import INSTALLED_APPS as _AGEM_APPS  # noqa: E402
from portal.settings.base import BROKER_OPTIONS  # noqa: E402
from portal.settings.national import *  # noqa: E402, F403
from portal.settings.national import DATABASES  # noqa: E402

PORTAL_INSTANCE = "agem"
ROOT_URLCONF = "portal.urls.agem"
INSTALLED_APPS = [*_AGEM_APPS, "viewer"]
DATABASES["records"]["TEST"] = {"MIRROR": "default"}
REQUIRE_MFA = False  # the tests of sign-in ask for it
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_TRANSPORT_OPTIONS = {**BROKER_OPTIONS, "global_keyprefix": "agem:"}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SILENCED_SYSTEM_CHECKS = ["portal.E001"]  # here, and only here, both instances are one
