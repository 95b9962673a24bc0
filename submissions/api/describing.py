"""The description of the API, OpenAPI 3.1, made from the views themselves."""

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer


def description() -> str:
    """Return the description as YAML."""
    generator = SchemaGenerator(urlconf="submissions.api_urls")
    schema = generator.get_schema(request=None, public=True)
    schema["paths"] = {f"/api{path}": said for path, said in schema["paths"].items()}
    text: bytes = OpenApiYamlRenderer().render(schema, renderer_context={})
    return text.decode()
