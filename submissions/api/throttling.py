"""How often a credential may ask. Counted in each web process, so that no broker is waited for."""

from typing import TYPE_CHECKING

from django.core.cache.backends.locmem import LocMemCache
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:  # the framework's views read the settings that name this module
    from rest_framework.views import APIView


class CredentialRate(SimpleRateThrottle):
    """A number of requests a minute for each credential, and for each address without one."""

    scope = "credential"
    cache = LocMemCache("api-rate", {})

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        """Count by credential, or by address."""
        who = getattr(request.user, "pk", None) or self.get_ident(request)
        return f"rate-{who}"
