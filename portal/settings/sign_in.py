"""How people sign in: the apps, the middleware and their settings."""

SIGN_IN_APPS: list[str] = []
SIGN_IN_MIDDLEWARE: list[str] = []

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian keeps no person for strangers
ICB_VIEWERS = False
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
