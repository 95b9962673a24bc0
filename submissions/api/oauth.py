"""The token endpoint: OAuth 2.0 client credentials with a signed JWT, and no client secrets."""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    InvalidClientError,
    InvalidScopeError,
    OAuth2Error,
    UnsupportedGrantTypeError,
)
from django.urls import reverse
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    parser_classes,
    permission_classes,
)
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response

from submissions.api import documents as say
from submissions.api import serializers
from submissions.api.assertions import Asserted, ClientAssertion, find_client
from submissions.api.problems import problem
from submissions.api.tokens import LIFE, issue
from submissions.credentials import comes_from, note_use, represented_by
from submissions.models import Credential


@dataclass
class _Asked:
    """A token request in the shape the protocol's library asks for."""

    form: dict[str, str]
    client: Asserted | None = None


@say.operation(
    "get_token",
    {200: serializers.TokenSerializer},
    refusals=(400,),
    request={"application/x-www-form-urlencoded": serializers.TokenRequestSerializer},
    auth=[],
)
@api_view(["POST"])
@authentication_classes([])
@permission_classes([])
@parser_classes([FormParser])
def token(request: Request) -> Response:
    """Exchange a signed assertion for a token of ten minutes."""
    try:
        credential, scope = _asked(request)
    except OAuth2Error as refused:
        return _refuse(request, refused)
    note_use(credential)
    said = {
        "access_token": issue(credential, scope),
        "token_type": "Bearer",
        "expires_in": int(LIFE.total_seconds()),
        "scope": scope,
    }
    return Response(said, headers={"Cache-Control": "no-store"})


def _asked(request: Request) -> tuple[Credential, str]:
    """The client that asks and the scope it gets. Raises OAuth2Error."""
    data: Any = request.data
    form = {name: str(data.get(name, "")) for name in data}
    if form.get("grant_type") != "client_credentials":
        raise UnsupportedGrantTypeError(form.get("grant_type", ""))
    asked = _Asked(form)
    audience = request.build_absolute_uri(reverse("api:token"))
    client = ClientAssertion(audience)(find_client, asked)
    if client is None or not comes_from(client.credential, request.META.get("REMOTE_ADDR", "")):
        raise InvalidClientError(description="Prove yourself by a client_assertion.")
    return client.credential, _scope(client.credential, form.get("scope", ""))


def _scope(credential: Credential, wanted: str) -> str:
    """The part of what is asked for that the client may have. Raises InvalidScopeError."""
    providers = represented_by(credential.organisation).values_list("pk", flat=True)
    possible = {*credential.modes, *(f"provider:{code}" for code in providers)}
    if not wanted:
        return " ".join(sorted(credential.modes))
    granted = possible & set(wanted.split())
    if not granted:
        raise InvalidScopeError
    return " ".join(sorted(granted))


def _refuse(request: Request, refused: OAuth2Error) -> Response:
    """A problem that an OAuth client can read too."""
    unproven = isinstance(refused, InvalidClientError)
    return problem(
        request,
        401 if unproven else 400,
        "not-authenticated" if unproven else "bad-request",
        refused.description or "The request for a token cannot be used.",
        error=refused.error,
        error_description=refused.description or "",
    )
