"""What every operation of the API may answer, for its description."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from submissions.api.serializers import ProblemSerializer

__all__ = [
    "AFTER",
    "DIGEST",
    "KEY",
    "MODE",
    "PREFER",
    "PROVIDER",
    "OpenApiParameter",
    "extend_schema",
    "operation",
]

View = TypeVar("View", bound=Callable[..., Any])
PROVIDER = OpenApiParameter(
    "provider", str, description="Code of the provider; needed where the credential has several."
)
MODE = OpenApiParameter("mode", str, enum=["live", "test", "check"], default="live")
PREFER = OpenApiParameter("Prefer", str, OpenApiParameter.HEADER, description="wait=30")
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Your own name of the submission: sent twice, it is taken in once.",
)
DIGEST = OpenApiParameter(
    "Content-Digest",
    str,
    OpenApiParameter.HEADER,
    description="sha-256=:base64: of the body (RFC 9530); verified while the body comes.",
)
AFTER = OpenApiParameter("after", str, description="`next` of the page before")
ALWAYS = (401, 403, 404, 405, 429, 500, 503)


def operation(
    name: str, answers: dict[int, Any], *, refusals: tuple[int, ...] = (), **more: object
) -> Callable[[View], View]:
    """Describe an operation: its answers, and that every refusal is a problem."""
    problem = OpenApiResponse(ProblemSerializer, description="A problem (RFC 9457).")
    refused = {(status, "application/problem+json"): problem for status in (*ALWAYS, *refusals)}
    described: Callable[[View], View] = extend_schema(
        operation_id=name,
        responses={**answers, **refused},
        **more,  # type: ignore[arg-type]
    )
    return described
