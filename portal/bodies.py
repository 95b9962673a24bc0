"""Keep threads free for pages: only so many bodies are read at once on the pages' own listener.

Its server gives every request one of its threads, and a body that comes slowly keeps it. Large
bodies have a quota, small ones another, and what reads no body always finds a thread.
"""

import json
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any

Application = Callable[..., Iterable[bytes]]
LARGE, SMALL = 32, 8  # of the 48 threads that the server is started with
SMALL_BODY = 64 * 1024
AGAIN_SECONDS = "2"
SENTENCE = "Too many bodies are coming in at once. Send it again in some seconds."


def sparing(application: Application) -> Application:
    """Return an application that answers 503 to a body beyond the quota for bodies of its size."""
    large, small = BoundedSemaphore(LARGE), BoundedSemaphore(SMALL)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        if length == "0" and not chunked:
            return application(environ, start_response)
        is_small = length.isdigit() and len(length) < len("100000") and int(length) <= SMALL_BODY
        quota = small if is_small and not chunked else large
        if not quota.acquire(blocking=False):
            return _refuse(environ["PATH_INFO"], start_response)
        try:
            return application(environ, start_response)
        finally:
            quota.release()

    return answer


def _refuse(path: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Say that it may be tried again: as a problem to a machine, as a sentence to a person."""
    if path.startswith("/api/"):
        kind = "application/problem+json"
        problem = {"type": "/api/v1/problems/busy", "title": "The portal is busy", "status": 503}
        text = json.dumps({**problem, "detail": SENTENCE, "instance": path, "errors": []})
    else:
        kind, text = "text/plain; charset=utf-8", SENTENCE
    body = text.encode()
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Retry-After", AGAIN_SECONDS),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Connection", "close"),
    ]
    start_response("503 Service Unavailable", headers)
    return [body]
