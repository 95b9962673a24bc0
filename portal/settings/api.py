"""The submission API, its limits, and how much work is done at once."""

from portal.environment import read

API_APPS = ["rest_framework", "drf_spectacular"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["submissions.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["submissions.api.throttling.CredentialRate"],
    "DEFAULT_THROTTLE_RATES": {"credential": read("API_RATE", "600/min")},
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "submissions.api.negotiation.OneLanguage",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "submissions.api.problems.answer",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Submission API",
    "DESCRIPTION": "Send a day's data, follow it, and read what was found. No data comes back.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/v1",
    "ENUM_NAME_OVERRIDES": {
        "State": "submissions.states.State",
        "Mode": "submissions.states.Mode",
    },
}
# The share of the store that must stay free, and how many submissions are taken on at once.
STORE_LOW_WATER = float(read("STORE_LOW_WATER", "0.05"))
SUBMISSIONS_IN_FLIGHT_PER_PROVIDER = int(read("SUBMISSIONS_IN_FLIGHT_PER_PROVIDER", "20"))
SUBMISSIONS_IN_FLIGHT = int(read("SUBMISSIONS_IN_FLIGHT", "2000"))
# Networks that may be called beside the public internet.
WEBHOOK_NETWORKS = [network for network in read("WEBHOOK_NETWORKS", "").split(",") if network]
# The bounds of a child process that judges or sends.
ERRAND_SECONDS = float(read("ERRAND_SECONDS", "1800"))
ERRAND_MEMORY = int(read("ERRAND_MEMORY", str(8 * 1024**3)))
# Where browsers upload to, if not to the pages' own address: what comes before /providers/…
UPLOADS_AT = read("UPLOADS_AT", "")
