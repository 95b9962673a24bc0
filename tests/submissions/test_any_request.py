"""Whatever anybody asks of the API, the answer is one that its description knows."""

import os

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from submissions.api.describing import description
from submissions.api.throttling import CredentialRate
from submissions.credentials import new_key
from submissions.models import Submission

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
OPEN = ("/api/v1/oauth/token", "/api/v1/problems/{kind}")
CASES = int(os.environ.get("API_CASES", "170"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/offset+octet-stream")
def part(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def headers(request, provider, other_provider):
    """The headers of nobody, of the provider's machine, or of another provider's."""
    if request.param == "nobody":
        return {}
    of = provider if request.param == "submitter" else other_provider
    return {"Authorization": f"Bearer {new_key(of.code, by='test')[1]}"}


@pytest.fixture
def known(send, day):
    """The reference of a submission of the provider."""
    return send(day()).json()["reference"]


def ask_in_every_way(operation, url, headers, known):
    """Ask an operation in the ways that its description allows, and hold the answers to it."""

    @hypothesis_settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answered(case):
        if "reference" in case.path_parameters:
            case.path_parameters["reference"] = known
        answer = case.call(base_url=url, headers=headers)
        case.validate_response(answer, checks=CHECKS)
        if not headers and operation.path not in OPEN:
            assert answer.status_code == 401

    answered()


@pytest.mark.parametrize("headers", ["nobody", "submitter", "stranger"], indirect=True)
def test_every_answer_is_in_the_description(live_server, headers, known, monkeypatch, settings):
    monkeypatch.setattr(CredentialRate, "get_rate", lambda _: "1000000/min")
    settings.SUBMISSIONS_IN_FLIGHT_PER_PROVIDER = 100_000
    schema = schemathesis.openapi.from_dict(yaml.safe_load(description()))
    stood = Submission.objects.get(reference=known).state

    for result in schema.get_all_operations():
        ask_in_every_way(result.ok(), live_server.url, headers, known)

    if "Authorization" not in headers:
        assert Submission.objects.get(reference=known).state == stood
