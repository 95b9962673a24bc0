"""Who a machine is: the bearer of a submission key, or of a token it signed for."""

from dataclasses import dataclass

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from submissions.api.tokens import find_by_token
from submissions.credentials import comes_from, find_by_key, note_use
from submissions.models import Credential

NOT_A_CREDENTIAL = "This is not a live key or token."


@dataclass(frozen=True)
class Machine:
    """The user of an API request: a credential and no person."""

    credential: Credential
    modes: frozenset[str]

    @property
    def is_authenticated(self) -> bool:
        """It has shown a credential."""
        return True

    @property
    def pk(self) -> str:
        """What tells it from other machines."""
        return self.credential.pk


class BearerAuthentication(BaseAuthentication):
    """Take a submission key or an access token from the Authorization header."""

    def authenticate(self, request: Request) -> tuple[Machine, Credential] | None:
        """Return the machine, or none without such a header. Raises AuthenticationFailed."""
        kind, _, text = get_authorization_header(request).partition(b" ")
        if kind.lower() != b"bearer":
            return None
        machine = _find(text.decode("ascii", "replace"))
        if machine is None or not comes_from(
            machine.credential, request.META.get("REMOTE_ADDR", "")
        ):
            raise AuthenticationFailed(NOT_A_CREDENTIAL)
        note_use(machine.credential)
        return machine, machine.credential

    def authenticate_header(self, request: Request) -> str:
        """Say how to come again."""
        return 'Bearer realm="submissions"'


def _find(text: str) -> Machine | None:
    """The machine that a key or token belongs to."""
    if credential := find_by_key(text):
        return Machine(credential, frozenset(credential.modes))
    if token := find_by_token(text):
        return Machine(token.credential, frozenset(token.scope.split()))
    return None


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description names the bearer's credential."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A submission key, or a token from /oauth/token."""
        return {"type": "http", "scheme": "bearer"}
