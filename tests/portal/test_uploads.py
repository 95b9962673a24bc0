"""The listener for uploads: slow senders hold its threads and nobody else's, and not for long."""

import socket
import time
from contextlib import ExitStack

import pytest

from portal import uploads
from portal.bodies import LARGE, SMALL, sparing
from portal.uploads import listen

SLOW = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nPK"


def echo(environ, start_response):
    """Say how many bytes came, or that they came too slowly; refuse without reading at /no."""
    if environ["PATH_INFO"] == "/no":
        start_response("401 Unauthorized", [("Content-Length", "2")])
        return [b"no"]
    try:
        said = b"%d" % len(environ["wsgi.input"].read())
    except TimeoutError:
        said = b"slow"
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


@pytest.fixture
def port(settings):
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        number = line.getsockname()[1]
    settings.UPLOAD_LISTENER, settings.UPLOAD_SILENCE = f"127.0.0.1:{number}", 1.0
    listen(echo)
    return number


def answer(line):
    line.settimeout(20)
    said = b""
    while piece := line.recv(65536):
        said += piece
    return said


@pytest.fixture
def call(port):
    with ExitStack() as lines:

        def start(request):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.sendall(request)
            return line

        yield start


def test_a_body_comes_whole_in_pieces(call):
    line = call(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\nabc")
    time.sleep(0.2)
    line.sendall(b"defghi")

    assert answer(line).endswith(b"\r\n\r\n9")


def test_sixty_four_silent_senders_leave_a_thread_and_are_cut_off(call):
    silent = [call(SLOW) for _ in range(64)]
    begun = time.monotonic()

    quick = answer(call(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))

    assert quick.endswith(b"\r\n\r\n0")
    assert time.monotonic() - begun < 1
    assert {answer(line)[-5:] for line in silent} == {b"\r\n\r\n2"}


def test_a_body_that_drips_is_cut_off(call, monkeypatch):
    monkeypatch.setattr(uploads, "GRACE", 0.5)
    line = call(SLOW)
    begun = time.monotonic()

    def drip():
        while time.monotonic() - begun < 10:
            line.sendall(b"x")
            time.sleep(0.1)

    with pytest.raises(OSError, match=r"."):
        drip()

    assert time.monotonic() - begun < 5


def test_who_is_refused_in_the_midst_of_a_body_can_read_why(call):
    head = b"POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n"
    line = call(head + b"x" * 2_000_000)

    said = answer(line)

    assert said.startswith(b"HTTP/1.1 401")
    assert b"Connection: close" in said


@pytest.mark.parametrize(("length", "quota"), [("1000000", LARGE), ("200", SMALL), ("", LARGE)])
def test_bodies_beyond_the_quota_are_asked_to_come_again(length, quota):
    answers, depth = [], 0

    def nested(environ, _):
        nonlocal depth
        depth += 1
        return application(environ, lambda status, _: answers.append(status))

    application = sparing(nested)
    environ = {"CONTENT_LENGTH": length, "PATH_INFO": "/api/v1/submissions"}
    nested({**environ, **({} if length else {"HTTP_TRANSFER_ENCODING": "chunked"})}, None)

    assert (answers, depth) == (["503 Service Unavailable"], quota + 1)


def test_pages_have_no_quota():
    application = sparing(lambda *_: [b"page"])

    assert list(application({"PATH_INFO": "/"}, None)) == [b"page"]
