"""Keep the children running: one that dies is started again, after a pause that grows."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.embedded.children import Child, start, stop

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_SETTLED = 60.0  # a child that has run so long is trusted again
_TICK = 0.2
# PostgreSQL ends its sessions on the one, everybody else finishes on the other
_STOP_BY = {"postgres": signal.SIGINT}


@dataclass
class Watched:
    """A child and its present process, if it has one."""

    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = _FIRST_PAUSE


class Supervisor:
    """The processes of the product in the order of their start."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._watched: list[Watched] = []

    def adopt(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        """Watch a child that already runs."""
        self._watched.append(Watched(child, process, time.monotonic()))

    def start(self, children: Sequence[Child]) -> None:
        """Start children and watch them."""
        for child in children:
            self.adopt(child, start(child))

    def tick(self) -> None:
        """Wait a moment, then start again what has died meanwhile."""
        time.sleep(_TICK)
        for watched in self._watched:
            self._mend(watched)

    def pids(self) -> list[int]:
        """Return the process ids of the children that run."""
        processes = (watched.process for watched in self._watched)
        return [process.pid for process in processes if process is not None]

    def halt(self) -> None:
        """Stop the children, the last one first."""
        for watched in reversed(self._watched):
            if watched.process is not None:
                stop(watched.process, _STOP_BY.get(watched.child.name, signal.SIGTERM))

    def _mend(self, watched: Watched) -> None:
        now = time.monotonic()
        if watched.process is not None:
            if watched.process.poll() is None:
                if now - watched.started > _SETTLED:
                    watched.pause = _FIRST_PAUSE
                return
            self._say(f"{watched.child.name} ended; it is started again.")
            watched.process, watched.started = None, now
        if now - watched.started >= watched.pause:
            watched.pause = min(2 * watched.pause, _LONGEST_PAUSE)
            watched.process, watched.started = start(watched.child), now
