"""What is said to a sender whose request cannot be taken: a status, a title and a sentence."""

from collections.abc import Mapping


class Refusal(Exception):
    """A request that is refused. Its sentences are for the sender and hold no value."""

    status = 400
    kind = "bad-request"
    title = "The request cannot be used"
    remedy = "Correct what the detail says."

    def __init__(self, detail: str, *, retry_after: int | None = None, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.facts: Mapping[str, object] = facts


class IncompleteUpload(Refusal):
    """Fewer bytes came than were announced."""

    kind = "incomplete-upload"
    title = "The upload ended early"
    remedy = "Send the whole body again; nothing was kept."


class TooSlow(Refusal):
    """A body that comes too slowly, or no more."""

    status = 408
    kind = "too-slow"
    title = "The upload was too slow"
    remedy = "Send it again, from a better line or in parts that can be resumed (tus)."


class WrongDigest(Refusal):
    """What came is not what the sender's digest says."""

    kind = "wrong-digest"
    title = "The digest does not match"
    remedy = "Send the body again, with the SHA-256 of exactly these bytes in Content-Digest."


class NoLength(Refusal):
    """The length of the body was not announced."""

    status = 411
    kind = "no-length"
    title = "Say how long the body is"
    remedy = "Send Content-Length; a chunked body is not taken."


class TooLarge(Refusal):
    """More than a submission may hold."""

    status = 413
    kind = "too-large"
    title = "The submission is too large"
    remedy = "Compress the files with zip or gzip, or ask the operators."


class WrongType(Refusal):
    """A kind of body that is not taken."""

    status = 415
    kind = "wrong-type"
    title = "This kind of file is not accepted"
    remedy = "Send a form with files, or a body of application/zip, application/gzip or text/csv."


class InFlight(Refusal):
    """The same idempotency key is being used by an upload that has not ended."""

    status = 409
    kind = "in-flight"
    title = "The same submission is being received"
    remedy = "Wait as long as Retry-After says and send it again; you will get its answer."


class ReusedKey(Refusal):
    """An idempotency key that stands for other content."""

    status = 422
    kind = "reused-key"
    title = "This Idempotency-Key was used for other content"
    remedy = "Use a new key for new content."


class WindowClosed(Refusal):
    """No version of the specification is in force for the reporting period."""

    status = 422
    kind = "window-closed"
    title = "The collection does not take this reporting period"
    remedy = "Check the reporting period in the header, or ask the collection's operators."


class WrongFormat(Refusal):
    """Files whose format is wrong; `faults` is the error report."""

    status = 422
    kind = "wrong-format"
    title = "The files do not have the format of the specification"
    remedy = "Mend every fault in `errors` and send all the files again."


class TooMany(Refusal):
    """More requests or submissions in progress than are taken at once."""

    status = 429
    kind = "too-many"
    title = "Too much at once"
    remedy = "Wait as long as Retry-After says."


class Busy(Refusal):
    """The portal has more work waiting than it will take on."""

    status = 503
    kind = "busy"
    title = "The portal is busy"
    remedy = "Wait as long as Retry-After says. Nothing was lost."


class NoSpace(Refusal):
    """The store is nearly full."""

    status = 507
    kind = "no-space"
    title = "The portal is short of space"
    remedy = "Wait as long as Retry-After says; the operators have been told."
