"""Which page of a long list is shown, and the links to the others."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict

NEIGHBOURS = 1


@dataclass(frozen=True)
class Paging:
    """One page of a list: its number, the number of pages, its first and last entry, and all."""

    page: int
    last: int
    first_shown: int
    last_shown: int
    total: int
    query: str = ""

    @property
    def offset(self) -> int:
        """How many entries come before this page."""
        return max(self.first_shown - 1, 0)

    def href(self, page: int) -> str:
        """Return the address of a page with the filters that are in force."""
        query = QueryDict(self.query, mutable=True)
        query["page"] = str(page)
        return f"?{query.urlencode()}"

    def links(self) -> Iterator[int | None]:
        """Yield the pages to name: the ends, this one and its neighbours; None for a gap."""
        near = range(self.page - NEIGHBOURS, self.page + NEIGHBOURS + 1)
        named = sorted({1, self.last, *near} & set(range(1, self.last + 1)))
        before = 0
        for page in named:
            if page - before > 1:
                yield None
            yield page
            before = page


def paging(total: int, per_page: int, query: QueryDict) -> Paging:
    """Return the page that a query asks for; nonsense is the first, beyond the end is the last."""
    last = max(1, -(-total // per_page))
    asked = query.get("page", "")
    page = min(max(int(asked), 1), last) if asked.isascii() and asked.isdigit() else 1
    first = (page - 1) * per_page
    return Paging(
        page=page,
        last=last,
        first_shown=min(first + 1, total),
        last_shown=min(first + per_page, total),
        total=total,
        query=query.urlencode(),
    )
