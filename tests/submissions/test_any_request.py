"""Whatever anybody asks of the API, its description knows the answer, and the answer tells nothing.

The requests are made from the description, half of them against it, and are sent to a real server
by nobody, by the provider's machine and by another provider's.
"""

from collections import Counter
from dataclasses import dataclass

import httpx
import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from submissions.api.describing import description
from submissions.credentials import new_key
from submissions.models import Submission
from tests.submissions.serving import serve

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = ("/api/v1/oauth/token", "/api/v1/problems/{kind}", "/api/v1/receipt-key")
FEW, MANY = 3, 180  # cases of each operation; by three senders, 180 are more than 10,000 in all
LEAST = 3_400
TUS = {"Tus-Resumable": "1.0.0"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
OF_ONE = ("", "/history", "/receipt", "/errors", "/difference", "/withdraw", "/retry")
OF_MANY = ("submissions", "calendar", "webhooks", "nil-returns", "uploads")
ABSENT = {"uploads": "0d7aa2ae-6d5f-4d1c-9d1b-6d6ea9b1a001", "webhooks": "nothing"}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/offset+octet-stream")
def part(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@dataclass(frozen=True)
class Scene:
    """A server, the provider's and the stranger's credentials, and what the provider has there."""

    url: str
    keys: dict[str, dict[str, str]]
    reference: str
    session: requests.Session

    def make(self, kind):
        """Begin an upload of the provider, or name an address to call; return what it is called."""
        url, mine = f"{self.url}/api/v1/{kind}", self.keys["submitter"]
        if kind == "uploads":
            begun = httpx.post(url, headers=mine | TUS | {"Upload-Length": "5"})
            return begun.headers["Location"].rsplit("/", 1)[1]
        return httpx.post(url, json={"url": "https://127.0.0.1/hook"}, headers=mine).json()["id"]


@pytest.fixture
def scene(send, day, provider, other_provider, tmp_path):
    """A server without bounds on the number of requests."""
    reference = send(day()).json()["reference"]
    senders = {"submitter": provider, "stranger": other_provider}
    keys = {
        name: {"Authorization": f"Bearer {new_key(of.code, by='test')[1]}"}
        for name, of in senders.items()
    }
    bounds = {
        "API_RATE": "1000000/min",
        "SUBMISSIONS_IN_FLIGHT_PER_PROVIDER": "100000",
        "SUBMISSIONS_IN_FLIGHT": "100000",
        "WEBHOOK_NETWORKS": "127.0.0.0/8",
    }
    with serve(tmp_path, **bounds) as server, requests.Session() as session:
        yield Scene(server.url, {**keys, "nobody": {}}, reference, session)


def signed(key):
    """A way to show one's own key, whatever the request would have shown."""

    def sign(request):
        request.headers.update(key)
        return request

    return sign


def every_way(operation):
    """Requests as the description allows them, and such as it does not."""
    return st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))


def ask(operation, scene, sender, cases):
    """Ask an operation in many ways, hold each answer to the description, and count them."""
    counted = Counter()
    known = {"reference": scene.reference}
    if "{identity}" in operation.path:
        known["identity"] = scene.make(operation.path.split("/")[3])

    @hypothesis_settings(
        max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(
        case=every_way(operation), is_there=st.booleans(), of=st.sampled_from(["", "Z9A", "Z9B"])
    )
    def answered(case, is_there, of):
        if is_there:
            case.path_parameters = {
                name: known.get(name, said) for name, said in case.path_parameters.items()
            }
        if of:
            case.query = {**(case.query or {}), "provider": of}
        answer = case.call(base_url=scene.url, session=scene.session)
        case.validate_response(answer, checks=CHECKS)
        counted[answer.status_code] += 1
        _tells_nothing(operation, case, answer, sender)

    answered()
    return counted


def _tells_nothing(operation, case, answer, sender):
    """Hold an answer to what may be told to its sender."""
    if sender == "nobody" and operation.path not in OPEN:
        assert answer.status_code == 401
    if sender == "stranger" and case.path_parameters and operation.path not in OPEN:
        assert answer.status_code in {404, 412}
    if sender != "submitter":
        assert b"Demo provider Z9A" not in answer.content
    if answer.status_code >= 400 and answer.content:
        said = answer.json()
        assert answer.headers["content-type"] == ["application/problem+json"]
        assert said["status"] == answer.status_code
        assert said["detail"]


@pytest.mark.parametrize("cases", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
@pytest.mark.parametrize("sender", ["nobody", "submitter", "stranger"])
def test_every_answer_is_in_the_description_and_tells_nothing(sender, cases, scene):
    schema = schemathesis.openapi.from_dict(yaml.safe_load(description()))
    stood = Submission.objects.get(reference=scene.reference).state
    counted = Counter()
    scene.session.auth = signed(scene.keys[sender])

    for result in schema.get_all_operations():
        counted += ask(result.ok(), scene, sender, cases)

    print(sender, counted.total(), dict(counted))  # noqa: T201 - shown by -s
    assert cases == FEW or counted.total() >= LEAST
    if sender != "submitter":
        assert Submission.objects.get(reference=scene.reference).state == stood


def told(scene, method, path):
    """All that an answer to the stranger tells, except for what was asked and when."""
    headers = scene.keys["stranger"] | TUS
    answer = httpx.request(method, f"{scene.url}/api/v1/{path}", headers=headers)
    said = answer.json() if answer.content else {}
    names = {name.lower() for name in answer.headers} - {"content-length"}
    said = {name: value for name, value in said.items() if name not in {"instance", "request_id"}}
    return answer.status_code, names, said


def test_what_is_anothers_is_answered_like_what_is_not_there(scene):
    pairs = [
        (f"submissions/{scene.reference}{part}", f"submissions/S-AAAAAAA{part}") for part in OF_ONE
    ]
    pairs += [(f"{kind}/{scene.make(kind)}", f"{kind}/{absent}") for kind, absent in ABSENT.items()]
    pairs += [(f"{kind}?provider=Z9A", f"{kind}?provider=Z9Y") for kind in OF_MANY]

    for anothers, absent in pairs:
        for method in METHODS:
            answer = told(scene, method, anothers)
            assert answer == told(scene, method, absent), (method, absent)
            assert answer[0] in {404, 405}
