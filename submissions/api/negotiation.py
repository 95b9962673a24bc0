"""The API has one language, JSON, whatever a client says it would like."""

from collections.abc import Sequence

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OneLanguage(BaseContentNegotiation):
    """Take the first parser and renderer."""

    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser:
        """The only parser."""
        return parsers[0]

    def select_renderer(
        self,
        request: Request,
        renderers: Sequence[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The only renderer."""
        return renderers[0], renderers[0].media_type or ""
