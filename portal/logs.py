"""Log lines that carry no value: the kind of an error and where it arose, never what it said."""

import logging
import time
import traceback


class Formatter(logging.Formatter):
    """Time, level, logger and message; an exception is reduced to its type and its frames."""

    def __init__(self, *_: object, **__: object) -> None:
        self.converter = time.gmtime
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def formatException(self, ei: object) -> str:  # noqa: N802 - the name is logging's
        """Return the type of the exception and the places it passed through."""
        if not isinstance(ei, tuple) or ei[0] is None:
            return ""
        kind, fault, _ = ei
        frames = traceback.extract_tb(fault.__traceback__)
        places = (f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        return "\n".join([f"{kind.__module__}.{kind.__qualname__}", *places])
