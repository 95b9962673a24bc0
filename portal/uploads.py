"""The listener for uploads: the same application at an address of its own, with threads of its own.

A body holds a thread for as long as it takes to come. Here are threads enough for that, and the
pages' own are not touched. Who is silent for long, or lets a body drip, is cut off.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from cheroot import wsgi
from cheroot.server import HTTPRequest
from django.conf import settings
from django.db import connections

Application = Callable[..., Iterable[bytes]]
THREADS = 72
WAITING = 256  # connections that wait to be accepted
PIECE = 256 * 1024
GRACE = 30.0  # seconds a body may take, however short it is
SLOWEST = 8 * 1024  # bytes a second that a longer one must make, all in all
MOST_DRAINED = 1024 * 1024
LINGER = 2.0  # seconds for a refused sender to read why
HEADERS = 64 * 1024
log = logging.getLogger(__name__)


class Body:
    """A request's body, read as it comes. Raises TimeoutError when it comes too slowly."""

    def __init__(self, request: HTTPRequest, length: int) -> None:
        self._request = request
        self._begun = time.monotonic()
        self._length = self.remaining = length

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes; fewer only where the body ends, or too little comes of it."""
        wanted = self.remaining if size < 0 else min(size, self.remaining)
        pieces: list[bytes] = []
        while wanted and (piece := self._next(min(wanted, PIECE), pieces)):
            pieces.append(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def readline(self, size: int = -1) -> bytes:
        """The next line, or `size` bytes of it; forms are not read by lines, others may be."""
        line = b""
        while len(line) != size and not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return line

    def drain(self) -> None:
        """Read the little that may be left; with more of it the connection is of no more use."""
        while self._is_little() and self.read(PIECE):
            pass
        if self.remaining:
            self._request.close_connection = True

    def _is_little(self) -> bool:
        kept = not self._request.close_connection
        return kept and 0 < self.remaining <= MOST_DRAINED

    def _next(self, size: int, before: list[bytes]) -> bytes:
        """What comes next. A fault after some bytes is told when those are taken care of."""
        try:
            self._keep_pace()
            data = self._receive(size)
        except OSError:
            self._request.close_connection = True
            if before:
                return b""
            raise
        self.remaining -= len(data)
        if not data:
            self.remaining, self._request.close_connection = 0, True
        return data

    def _receive(self, size: int) -> bytes:
        connection = self._request.conn
        buffered: bool = connection.rfile.has_data()
        data: bytes = connection.rfile.read1(size) if buffered else connection.socket.recv(size)
        return data

    def _keep_pace(self) -> None:
        """Raise TimeoutError when the body has come too slowly so far."""
        passed = time.monotonic() - self._begun
        if passed > GRACE + (self._length - self.remaining) / SLOWEST:
            raise TimeoutError


class _Gateway(wsgi.Gateway_10):
    """Between the server and the application: a body with a pace, and no connection kept."""

    def __init__(self, request: HTTPRequest) -> None:
        if not request.chunked_read:
            request.rfile = Body(request, request.rfile.remaining)
        super().__init__(request)

    def start_response(self, *arguments: object) -> object:
        """Begin the answer, with what is left of the body out of its way."""
        if isinstance(self.req.rfile, Body):
            try:
                self.req.rfile.drain()
            except OSError:
                self.req.close_connection = True
        return super().start_response(*arguments)

    def respond(self) -> None:
        """Answer a request, and give its connections to the databases back."""
        try:
            super().respond()
        finally:
            connections.close_all()
        if getattr(self.req.rfile, "remaining", 0):
            _linger(self.req.conn.socket)


class _Server(wsgi.Server):
    """The server, whose faults are told by their kind alone."""

    max_request_header_size = HEADERS

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - the server's own way to say it
        """Tell that something went wrong; the message may hold what was sent, and is dropped."""
        log.log(level, "upload_listener", exc_info=traceback)


def listen(application: Application) -> None:
    """Serve an application where UPLOAD_LISTENER says, in threads of this process.

    Raises OSError when somebody else listens there.
    """
    host, _, port = settings.UPLOAD_LISTENER.rpartition(":")
    if port:
        server = _Server(
            (host, int(port)),
            application,
            numthreads=THREADS,
            server_name="portal",
            request_queue_size=WAITING,
            timeout=settings.UPLOAD_SILENCE,
        )
        server.gateway = _Gateway
        # threads made by a daemon are daemons too, and do not keep the process from ending
        _in_background(server.prepare).result()
        _in_background(server.serve)


def _in_background(work: Callable[[], None]) -> "Future[None]":
    """Do something in a daemon thread; the result holds what it raised."""
    done: Future[None] = Future()

    def do() -> None:
        try:
            work()
            done.set_result(None)
        except BaseException as fault:  # noqa: BLE001 - it is raised where the result is asked for
            done.set_exception(fault)

    threading.Thread(target=do, name="uploads", daemon=True).start()
    return done


def _linger(line: socket.socket) -> None:
    """Let a sender who is refused in the midst of a body read why before the line is cut."""
    ends = time.monotonic() + LINGER
    try:
        line.shutdown(socket.SHUT_WR)
        line.settimeout(LINGER)
        while time.monotonic() < ends and line.recv(PIECE):
            pass
    except OSError:
        return
