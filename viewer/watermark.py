"""The watermark behind records: who looked, for whom, when. It deters and attributes; no more."""

from datetime import datetime

from markupsafe import Markup

from portal.drawing import shape

_STEP_X, _STEP_Y, _WIDTH, _HEIGHT = 420, 150, 2100, 3000


def watermark(who: str, when: datetime) -> Markup:
    """Return a picture of the text all over, for behind a card; screen readers pass it by."""
    text = f"{who} · {when:%-d %b %Y %H:%M}"
    words = [
        shape("text", text, x=x, y=y, transform=f"rotate(-18 {x} {y})")
        for row, y in enumerate(range(60, _HEIGHT, _STEP_Y))
        for x in range(-200 + row % 2 * 200, _WIDTH, _STEP_X)
    ]
    return shape(
        "svg",
        Markup("").join(words),
        class_="app-watermark",
        aria_hidden="true",
        focusable="false",
    )
