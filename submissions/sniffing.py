"""Recognise what a file really is from its first bytes, before anything tries to read it."""

from collections.abc import Sequence

ZIP = b"PK\x03\x04"
GZIP = b"\x1f\x8b"

SIGNATURES: Sequence[tuple[bytes, str]] = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not-csv-spreadsheet"),
    (b"%PDF-", "not-csv-pdf"),
    (b"\x89PNG\r\n\x1a\n", "not-csv-image"),
    (b"\xff\xd8\xff", "not-csv-image"),
    (b"GIF87a", "not-csv-image"),
    (b"GIF89a", "not-csv-image"),
    (b"II*\x00", "not-csv-image"),
    (b"MM\x00*", "not-csv-image"),
    (GZIP, "undeclared-compression"),
    (b"PK\x05\x06", "archive-unreadable"),
    (b"7z\xbc\xaf\x27\x1c", "not-csv-archive"),
    (b"Rar!\x1a\x07", "not-csv-archive"),
    (b"\xfd7zXZ\x00", "not-csv-archive"),
    (b"BZh", "not-csv-archive"),
    (b"\x28\xb5\x2f\xfd", "not-csv-archive"),
    (b"\x04\x22\x4d\x18", "not-csv-archive"),
    (b"PAR1", "not-csv-program"),
    (b"SQLite format 3\x00", "not-csv-program"),
    (b"\x7fELF", "not-csv-program"),
    (b"MZ\x90\x00", "not-csv-program"),
)
OFFICE = (b"xl/", b"[Content_Types].xml", b"mimetypeapplication/vnd.")
TAR_PLACE, TAR_MARK = 257, b"ustar"
HALF = 2


def refusal(head: bytes) -> str | None:
    """The fault of a file that cannot be CSV, by its first kilobyte; None if it may be."""
    for signature, code in SIGNATURES:
        if head.startswith(signature):
            return code
    if head.startswith(ZIP):
        office = any(mark in head for mark in OFFICE)
        return "not-csv-spreadsheet" if office else "undeclared-compression"
    if head[TAR_PLACE : TAR_PLACE + len(TAR_MARK)] == TAR_MARK:
        return "not-csv-archive"
    return _wide_text(head)


def _wide_text(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of plain text is zero."""
    pairs = len(head) // 2
    if not pairs:
        return None
    if max(head[0::2].count(0), head[1::2].count(0)) * HALF > pairs:
        return "utf-32" if head.count(0) * HALF > len(head) * 1.2 else "utf-16"
    return None


def looks_like(text: bytes) -> str:
    """A guess at the encoding of text that is not UTF-8, as an ending of the sentence."""
    try:
        text.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return "; it looks like Windows-1252"
