"""Log lines that carry no value: the kind of an error and where it arose, never what it said."""

import logging
import time
import traceback
from contextvars import ContextVar

# the id of the request, or of the piece of work, that a line belongs to
request_id: ContextVar[str] = ContextVar("request_id", default="-")


class Formatter(logging.Formatter):
    """Time, level, id, logger and message; an exception is reduced to its type and its frames."""

    def __init__(self, *_: object, **__: object) -> None:
        self.converter = time.gmtime
        line = "%(asctime)s %(levelname)s %(request_id)s %(name)s %(message)s"
        super().__init__(line, "%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with the id of the request or work it belongs to."""
        record.request_id = request_id.get()
        return super().format(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 - the name is logging's
        """Return the type of the exception and the places it passed through."""
        if not isinstance(ei, tuple) or ei[0] is None:
            return ""
        kind, fault, _ = ei
        frames = traceback.extract_tb(fault.__traceback__)
        places = (f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        return "\n".join([f"{kind.__module__}.{kind.__qualname__}", *places])
