"""Log lines in JSON that carry no value: an exception is its kind and where it arose."""

import logging
import traceback
from contextlib import AbstractContextManager
from typing import cast

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars
from structlog.typing import EventDict, Processor, WrappedLogger

ROOMS = frozenset({"portal", "submissions", "pseudonymisation", "viewer"})
# the only facts that a line may carry beside its words: ids, codes, counts and names of pages
FACTS = (
    "attempt",
    "before",
    "code",
    "fault",
    "kind",
    "method",
    "ms",
    "outcome",
    "page",
    "reference",
    "rows",
    "status",
    "through",
    "to",
)


def following(request_id: str, **ids: str) -> AbstractContextManager[None]:
    """Let each line of the block carry the id of the request it follows, and what is worked on.

    Work that no request asked for has an empty id.
    """
    return cast("AbstractContextManager[None]", bound_contextvars(request_id=request_id, **ids))


def current_request() -> str:
    """Return the id of the request that is answered or followed now; empty outside of any."""
    return str(get_contextvars().get("request_id", ""))


def _withhold(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    """Keep a library's words, and not what it filled into them: an address, a header, an error."""
    record: logging.LogRecord = entry["_record"]
    if record.name.partition(".")[0] not in ROOMS:
        entry["event"] = str(record.msg)
    return entry


def _reduce(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
    """Replace an exception by its kind and the places it passed through."""
    kind, fault, _trace = entry.pop("exc_info", None) or (None, None, None)
    if kind is not None and fault is not None:
        frames = traceback.extract_tb(fault.__traceback__)
        entry["fault"] = f"{kind.__module__}.{kind.__qualname__}"
        entry["through"] = [f"{one.filename}:{one.lineno} in {one.name}" for one in frames]
    entry.pop("stack_info", None)
    return entry


_CHAIN: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper("iso", utc=True, key="at"),
    structlog.stdlib.ExtraAdder(FACTS),
    _withhold,
    _reduce,
)


class Formatter(structlog.stdlib.ProcessorFormatter):
    """One line of JSON: time, level, logger, words, the request's id and the facts allowed."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__(
            foreign_pre_chain=_CHAIN,
            processors=[self.remove_processors_meta, structlog.processors.JSONRenderer()],
        )
