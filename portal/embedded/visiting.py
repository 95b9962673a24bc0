"""Visit the national instance as a person does: sign in, open pages, look at what they show."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

_SIGN_IN = "/accounts/login/"
_CSRF_COOKIE = "national_csrf"
_CHART = 'class="chart"'


class Refused(Exception):
    """A page or the sign-in did not let the visitor in."""


@contextmanager
def sign_in(origin: str, person: str, password: str) -> Iterator[httpx.Client]:
    """Sign in and give a client that holds the session. Raises Refused."""
    with httpx.Client(base_url=origin, timeout=30, headers={"Referer": origin}) as client:
        client.get(_SIGN_IN).raise_for_status()
        form = {
            "login": person,
            "password": password,
            "csrfmiddlewaretoken": client.cookies[_CSRF_COOKIE],
        }
        answer = client.post(_SIGN_IN, data=form)
        if not answer.is_redirect:
            raise Refused(f"The sign-in answered {answer.status_code}.")
        yield client


def charts_on(client: httpx.Client, provider: str) -> int:
    """Return how many charts a provider's dashboard shows. Raises Refused."""
    answer = client.get(f"/providers/{provider}/")
    if answer.status_code != httpx.codes.OK:
        raise Refused(f"The dashboard answered {answer.status_code}.")
    return answer.text.count(_CHART)
