"""The API's description is the one in the documentation, and every refusal is described."""

from pathlib import Path

import yaml

from submissions.api.describing import description
from submissions.api.problems import remedy_of
from submissions.refusals import Refusal

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.yaml"


def test_the_documentation_shows_the_api_as_it_is():
    assert REFERENCE.read_text(encoding="utf-8") == description()


def test_every_operation_says_what_a_refusal_looks_like():
    said = yaml.safe_load(description())

    operations = [
        operation
        for path in said["paths"].values()
        for name, operation in path.items()
        if name in {"get", "post", "put", "patch", "delete", "head"}
    ]
    assert len(operations) > 8
    for operation in operations:
        refused = {
            status: answer for status, answer in operation["responses"].items() if status > "399"
        }
        assert {"401", "404", "429", "503"} <= set(refused)
        assert all("application/problem+json" in answer["content"] for answer in refused.values())


def test_every_kind_of_refusal_says_what_to_do():
    assert all(remedy_of(kind.kind) for kind in Refusal.__subclasses__())
