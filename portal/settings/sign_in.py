"""How people sign in: the apps, the middleware and their settings."""

from datetime import timedelta

from portal.environment import read

SIGN_IN_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
]
SIGN_IN_MIDDLEWARE = [
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.end_sessions",
    "portal.middleware.ask_for_second_factor",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "axes.middleware.AxesMiddleware",
]

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 12}),
        ("UserAttributeSimilarityValidator", {"user_attributes": ["email", "name"]}),
        ("CommonPasswordValidator", {}),
    )
]
ANONYMOUS_USER_NAME = None  # guardian keeps no person for strangers
ICB_VIEWERS = False
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "portal.error_pages.stale_form"

# Sessions: a quarter of an hour without a page, eight hours in all
SESSION_IDLE_SECONDS = 15 * 60
SESSION_LONGEST_SECONDS = 8 * 3600
# a second factor used within the hour, before pseudonymised records are shown
STEP_UP_SECONDS = 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Every role needs a second factor; only a demonstration on this machine goes without, and says so
REQUIRE_MFA = read("DEMONSTRATION", "off") != "on" or read("REQUIRE_MFA", "off") == "on"

ACCOUNT_ADAPTER = "portal.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_MAX_EMAIL_ADDRESSES = 1
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Community data portal: "
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # axes counts failures, per account and address

MFA_ADAPTER = "portal.sign_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Community data portal"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = read("DEMONSTRATION", "off") == "on"

SOCIALACCOUNT_ADAPTER = "portal.sign_in.OrganisationAccountAdapter"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
OIDC_ISSUER = read("OIDC_ISSUER", "")
# browsers hold form-action against where a form's answer leads, which is the organisation's page
OIDC_ORIGIN = read("OIDC_ORIGIN", "/".join(OIDC_ISSUER.split("/")[:3]))
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "organisation",
                "name": read("OIDC_NAME", "NHS Care Identity"),
                "client_id": read("OIDC_CLIENT_ID"),
                "secret": read("OIDC_CLIENT_SECRET"),
                "settings": {
                    "server_url": OIDC_ISSUER,
                    "scope": read("OIDC_SCOPE", "openid profile email associatedorgs").split(),
                },
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "portal.sign_in.typed_address"
AXES_LOCKOUT_CALLABLE = "portal.sign_in.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "login", "password", "code"]
