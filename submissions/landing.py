"""A submission while its bytes arrive: a row in the history first, then files into the store."""

import contextlib
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.models import Provider
from portal.specification import Limits, load_data_set, versions
from submissions.models import Move, StoredFile, Submission
from submissions.moves import move
from submissions.refusals import TooLarge
from submissions.states import CAME_TO_NOTHING, Mode, State
from submissions.store import Store, Stored, Writer, associate, open_for_writing, open_store

HEARTBEAT_SECONDS = 20


@dataclass(frozen=True)
class Sender:
    """Who sends, for which organisation, by which way in."""

    by: str
    organisation: str
    via: str


@dataclass
class Landing:
    """An upload in progress. With `store` None its bytes are only counted and hashed."""

    submission: Submission
    store: Store | None
    limits: Limits
    files: list[tuple[str, Stored]] = field(default_factory=list)
    digests: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0
    name: str = ""
    writer: Writer | None = None
    hasher: object = None
    touched: float = field(default_factory=time.monotonic)

    @property
    def is_replay(self) -> bool:
        """Whether the submission was there before, under the same idempotency key."""
        return self.store is None


def current_store() -> Store:
    """The store of this instance."""
    return open_store(settings.STORE_URL, settings.STORE_KEY_FILE)


def current_limits() -> Limits:
    """The limits of the newest version of the specification."""
    return load_data_set(settings.DATA_SET, versions(settings.DATA_SET)[-1]).limits


def begin(
    provider: Provider, sender: Sender, *, mode: Mode = Mode.LIVE, idempotency_key: str = ""
) -> Landing:
    """Write the history row of an upload before its first byte, and make ready to take files.

    Where the idempotency key was used before, no row is written and no file kept.
    """
    submission = Submission(
        provider=provider,
        submitter=sender.organisation,
        mode=mode,
        by=sender.by,
        via=sender.via,
        data_set=settings.DATA_SET,
        idempotency_key=idempotency_key,
    )
    try:
        with transaction.atomic():
            submission.save(force_insert=True)
            Move.objects.create(submission=submission, to=State.RECEIVING, by=sender.by)
    except IntegrityError:
        earlier = _earlier(provider, idempotency_key)
        if earlier is None:
            raise
        return Landing(earlier, None, current_limits())
    return Landing(submission, current_store(), current_limits())


def _earlier(provider: Provider, idempotency_key: str) -> Submission | None:
    """The submission that an idempotency key stands for."""
    found = Submission.objects.filter(provider=provider, idempotency_key=idempotency_key)
    return found.exclude(state__in=CAME_TO_NOTHING).first() if idempotency_key else None


def open_file(landing: Landing, name: str) -> None:
    """Begin the next file of an upload. Raises TooLarge beyond the number of files."""
    if len(landing.digests) >= landing.limits.files:
        raise TooLarge(f"A submission may hold {landing.limits.files} files.")
    landing.name = name
    if landing.store is None:
        landing.hasher = sha256()
        return
    submission = landing.submission
    landing.writer = open_for_writing(
        landing.store,
        f"{submission.id}/{uuid.uuid4()}",
        associate(submission.id, submission.provider_id),
    )


def add(landing: Landing, data: bytes) -> None:
    """Take the next bytes of the open file. Raises TooLarge beyond the limit."""
    landing.size += len(data)
    if landing.size > landing.limits.sent_bytes:
        raise TooLarge(f"A submission may hold {landing.limits.sent_bytes:,} bytes.")
    if landing.writer is not None:
        landing.writer.write(data)
    else:
        landing.hasher.update(data)  # type: ignore[attr-defined]
    if time.monotonic() - landing.touched > HEARTBEAT_SECONDS:
        landing.touched = time.monotonic()
        touch(landing.submission)
        rest()


def close_file(landing: Landing) -> None:
    """Keep the open file."""
    if landing.writer is not None:
        stored = landing.writer.finish()
        landing.writer = None
        landing.files.append((landing.name, stored))
        landing.digests.append((landing.name, stored.sha256))
    else:
        landing.digests.append((landing.name, landing.hasher.hexdigest()))  # type: ignore[attr-defined]


def rest() -> None:
    """Give the connection to the database back while bytes come, which may take long."""
    if not connection.in_atomic_block:
        connection.close()


def take(landing: Landing, name: str, chunks: Iterable[bytes]) -> None:
    """Take a whole file."""
    open_file(landing, name)
    for chunk in chunks:
        add(landing, chunk)
    close_file(landing)


def digest(landing: Landing) -> str:
    """The SHA-256 of what was sent: of the file, or of the sorted names and digests of several."""
    if len(landing.digests) == 1:
        return landing.digests[0][1]
    lines = sorted(f"{each}  {name}\n" for name, each in landing.digests)
    return sha256("".join(lines).encode()).hexdigest()


def drop_files(landing: Landing) -> None:
    """Remove every file of an upload from the store."""
    if landing.writer is not None:
        landing.writer.drop()
        landing.writer = None
    if landing.store is not None:
        for _, stored in landing.files:
            landing.store.place.remove(stored.name)
    landing.files.clear()


def abandon(landing: Landing, to: State, because: str) -> None:
    """Give up an upload: its files go, its row in the history stays and says why."""
    with contextlib.suppress(OSError):
        drop_files(landing)
    if not landing.is_replay:
        move(landing.submission.id, to, by=landing.submission.by, because=because)


def touch(submission: Submission) -> None:
    """Write down that an upload is still alive."""
    Submission.objects.filter(pk=submission.pk).update(touched_at=timezone.now())


def register(landing: Landing) -> None:
    """Write down the files of an upload with their wrapped keys."""
    StoredFile.objects.bulk_create(
        StoredFile(
            submission=landing.submission,
            kind=StoredFile.Kind.SENT,
            name=name,
            place=stored.name,
            wrapped_key=stored.wrapped_key,
            sha256=stored.sha256,
            bytes=stored.size,
        )
        for name, stored in landing.files
    )
