"""The description of the API, OpenAPI 3.1, made from the views themselves."""

from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer


def describe() -> dict[str, Any]:
    """Return the description."""
    generator = SchemaGenerator(urlconf="submissions.api_urls")  # type: ignore[no-untyped-call]
    schema: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    schema["paths"] = {f"/api{path}": said for path, said in schema["paths"].items()}
    return schema


def description() -> str:
    """Return the description as YAML."""
    text: bytes = OpenApiYamlRenderer().render(describe(), renderer_context={})  # type: ignore[no-untyped-call]
    return text.decode()
