"""Look at pages as a browser does: what is wrong with them, and how they look."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
import pytest

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
CHROMIUM = Path("/usr/bin/chromium")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# upstream: the file upload's name holds a hidden comma that its label does not
UPSTREAM = {"label-content-name-mismatch"}

# the sandbox of the national pages is for their own scripts; no page of ours stands in a frame
ADVICE = "allow-scripts and allow-same-origin for its sandbox"
# the first element outside a scrolling one that reaches past the edge
WIDEST = """
  [...document.querySelectorAll("main *, footer *, header *")]
    .filter((one) => !one.closest(".app-scroll > *"))
    .find((one) => one.getBoundingClientRect().right > 321)?.outerHTML.slice(0, 200)
"""


@dataclass
class Window:
    """A browser's window with somebody signed in, and what its console complained about."""

    page: object
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path):
        self.page.goto(self.address + path)
        return self.page

    def faults(self):
        """What a reader with a screen reader, a narrow screen or a strict browser would hit."""
        found = self.page.evaluate(
            AXE + ";axe.run(document, {runOnly: {type: 'tag', values: " + str(TAGS) + "}})"
        )
        said = [
            f"{one['id']}: {node['html'][:200]}"
            for one in found["violations"]
            if one["id"] not in UPSTREAM
            for node in one["nodes"]
        ]
        return [*said, *self.complaints, *self._overflow()]

    def _overflow(self):
        self.page.set_viewport_size({"width": 320, "height": 800})
        for _ in range(20):  # the menu folds a moment after the window has become narrow
            wide = self.page.evaluate("document.documentElement.scrollWidth > 320") and (
                self.page.evaluate(WIDEST)
            )
            if not wide:
                break
            self.page.wait_for_timeout(100)
        self.page.set_viewport_size({"width": 1280, "height": 900})
        return [f"wider than 320 px: {wide}"] if wide else []

    def take_picture(self, name):
        """Keep a picture for the documentation: `PICTURES=on` renews those in docs/pictures."""
        if os.environ.get("PICTURES") == "on":
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM.exists():
        pytest.skip("Debian's Chromium is not here")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 only with a browser

    # playwright keeps a loop in this thread; the tests use the database from it all the same
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def window(chromium, live_server, client, settings):
    """Open a window for somebody: `window(person)`, or for a stranger: `window()`."""
    opened = []

    def open_window(person=None, *, scripts=True):
        context = chromium.new_context(
            viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
        )
        opened.append(context)
        if person is not None:
            client.force_login(person)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies(
                [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
            )
        made = Window(context.new_page(), live_server.url)
        made.page.on("console", lambda said: _note(made, said))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        return made

    yield open_window
    for context in opened:
        context.close()


def _note(window, said):
    if said.type in ("error", "warning") and ADVICE not in said.text:
        window.complaints.append(said.text)
