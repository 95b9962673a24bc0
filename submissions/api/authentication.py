"""Who a machine is: the bearer of a submission key, or of a token it signed for."""

from dataclasses import dataclass

from django.db.models import QuerySet
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal.models import Provider
from submissions.api.tokens import find_by_token
from submissions.credentials import comes_from, find_by_key, note_use, represented_by
from submissions.models import Credential

NOT_A_CREDENTIAL = "This is not a live key or token."


@dataclass(frozen=True)
class Machine:
    """The user of an API request: a credential and no person. `only` empty: all its providers."""

    credential: Credential
    modes: frozenset[str]
    only: frozenset[str] = frozenset()

    @property
    def is_authenticated(self) -> bool:
        """It has shown a credential."""
        return True

    @property
    def providers(self) -> QuerySet[Provider]:
        """The providers it acts for."""
        mine = represented_by(self.credential.organisation)
        return mine.filter(pk__in=self.only) if self.only else mine

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
        scope = token.scope.split()
        only = {part.removeprefix("provider:") for part in scope if part.startswith("provider:")}
        modes = {part for part in scope if part in token.credential.modes}
        return Machine(token.credential, frozenset(modes), frozenset(only))
    return None


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description names the bearer's credential."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A submission key, or a token from /oauth/token."""
        return {"type": "http", "scheme": "bearer"}
