"""What the API says of its kinds of problem, and at addresses where there is nothing."""

from django.http import Http404
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from submissions.api import documents as say
from submissions.api import serializers
from submissions.api.problems import remedy_of


@say.operation("get_problem_kind", {200: serializers.KindSerializer}, auth=[])
@api_view(["GET"])
@authentication_classes([])
@permission_classes([])
def problem_kind(_request: Request, kind: str) -> Response:
    """Read what a kind of problem means and what to do about it."""
    remedy = remedy_of(kind)
    if remedy is None:
        raise Http404
    return Response({"kind": kind, "what_to_do": remedy})


@say.extend_schema(exclude=True)
@api_view(["GET", "POST", "PUT", "PATCH", "DELETE"])
def nothing(_request: Request, /, **_rest: str) -> Response:
    """Answer every other address of the API with a problem."""
    raise Http404
