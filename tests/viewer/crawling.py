"""Walk through pages as somebody would who wants to take data away, and say what gave any."""

import re
from pathlib import Path

from django.contrib.staticfiles import finders

from viewer.middleware import PLAIN, SHOWN
from viewer.records import PAGE

QUERIES = [
    "",
    "format=csv",
    "format=json",
    "format=xlsx",
    "download=1",
    "export=csv",
    "page_size=500",
    "limit=5000",
    "per_page=200",
    "size=120",
]
ACCEPTS = ["text/html", "application/json", "text/csv", "application/vnd.ms-excel", "*/*"]
SUFFIXES = [".csv", ".json", ".xlsx", ".pdf", "csv/", "export/", "download/"]
METHODS = ["options", "put", "patch", "delete", "trace", "head", "post"]
FORBIDDEN_MARKUP = {
    "inline script": r"<script(?![^>]*\bsrc=)",
    "inline style": r"<style|\sstyle=",
    "event handler": r"\son(?:click|load|error|copy|submit)=",
    "download attribute": r"<a[^>]*\sdownload\b",
    "data or blob address": r"(?:href|src)=\"(?:data|blob|javascript):",
    "frame or object": r"<(?:iframe|object|embed)\b",
}
FORBIDDEN_SCRIPT = ("createObjectURL", "execCommand", "clipboard", ".print(", "showSaveFilePicker")
LINK = re.compile(r'(?:href|action)="(/[^"#]*)')
SCRIPT = re.compile(r'<script[^>]*\bsrc="/static/([^"]+)"')
ROWS = re.compile(r'<tr>\s*<th scope="row"')


def crawl(client, starts, *, follow=True, most=60):
    """Return what was found wrong, as (address, fault); and how many rows of records were seen."""
    faults, seen, rows, queue = set(), set(), 0, list(starts)
    while queue and len(seen) < most:
        path = queue.pop(0)
        if path in seen or path.startswith(("/accounts/logout", "/static/")):
            continue
        seen.add(path)
        answer = client.get(path)
        rows += _rows(answer)
        faults |= {(path, fault) for fault in judge(path, answer)}
        if follow and answer.status_code == 200:
            queue += LINK.findall(answer.content.decode())
        for what, answer in mutations(client, path):
            rows += _rows(answer)
            faults |= {(path, f"{what}: {fault}") for fault in judge(path, answer)}
    return faults, rows


def mutations(client, path):
    """Ask for the same page in every other way."""
    plain = path.partition("?")[0]
    for query in QUERIES[1:]:
        yield query, client.get(f"{plain}?{query}")
    for accept in ACCEPTS[1:]:
        yield accept, client.get(path, HTTP_ACCEPT=accept)
    for suffix in SUFFIXES:
        yield suffix, client.get(plain.rstrip("/") + ("/" if suffix[0] != "." else "") + suffix)
    for method in METHODS:
        yield method, getattr(client, method)(path)
    yield "range", client.get(path, HTTP_RANGE="bytes=0-10")


def judge(path, answer):
    """Say what is wrong with an answer."""
    if answer.status_code >= 500:
        yield "it was stopped on its way out"
        return
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    body = b"" if answer.streaming else answer.content
    if answer.streaming:
        yield "streaming"
    if body and kind not in SHOWN and path not in PLAIN:
        yield f"content type {kind}"
    if answer.has_header("Content-Disposition"):
        yield "attachment"
    yield from _headers(answer)
    if body and kind == "text/html":
        yield from _markup(body.decode())


def _headers(answer):
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        yield "may be kept"
    policy = answer.headers.get("Content-Security-Policy", "")
    sandbox = re.search(r"sandbox([^;]*)", policy)
    if not sandbox or "allow-downloads" in sandbox[1] or "allow-modals" in sandbox[1]:
        yield "no sandbox"
    if "connect-src 'none'" not in policy or "unsafe" in policy:
        yield "the page may speak to others"
    features = answer.headers.get("Permissions-Policy", "")
    if "clipboard-write=()" not in features or "display-capture=()" not in features:
        yield "the page may use the clipboard or capture the screen"


def _markup(text):
    if not text.lstrip().lower().startswith("<!doctype html"):
        yield "no page at all"
    for name, pattern in FORBIDDEN_MARKUP.items():
        if re.search(pattern, text):
            yield name
    records = text.partition('class="app-card app-view-only"')[2]
    if len(ROWS.findall(records)) > PAGE_ALLOWED:
        yield "more than fifty records"
    for source in SCRIPT.findall(text):
        found = finders.find(source)
        words = Path(found).read_text(encoding="utf-8") if found else ""
        yield from (f"script with {word}" for word in FORBIDDEN_SCRIPT if word in words)


def _rows(answer):
    if answer.streaming or not answer.headers.get("Content-Type", "").startswith("text/html"):
        return 0
    return len(ROWS.findall(answer.content.decode().partition('class="app-card app-view-only"')[2]))


PAGE_ALLOWED = PAGE
