"""The Making Data Count icons, drawn by the portal: what varies, and whether the target is met."""

from markupsafe import Markup

from portal.drawing import Icon, shape
from viewer.spc import Assurance, Meaning, Reading

_FLAT = "7,21 12,16 17,20 22,15 27,19"
_RISE = "7,23 13,20 19,21 27,11"
_FALL = "7,11 13,15 19,14 27,23"


def variation_icon(reading: Reading) -> Icon:
    """Return the icon for the variation at the end of a series."""
    if reading.variation is Meaning.COMMON:
        return _icon("common", _FLAT, "", "Common cause variation: no significant change")
    way, letter = (_RISE, "H") if reading.high else (_FALL, "L")
    direction = "higher" if reading.high else "lower"
    says = {
        Meaning.IMPROVING: f"Special cause variation, improving ({direction})",
        Meaning.CONCERNING: f"Special cause variation, concerning ({direction})",
        Meaning.NEUTRAL: f"Special cause variation ({direction})",
    }[reading.variation]
    shown = "" if reading.variation is Meaning.NEUTRAL else letter
    return _icon(reading.variation.value, way, shown, says)


def assurance_icon(reading: Reading) -> Icon | None:
    """Return the icon for whether the target will be met; None without a target."""
    letter, kind, says = {
        Assurance.PASS: ("P", "improving", "The target will consistently be met"),
        Assurance.FAIL: ("F", "concerning", "The target will consistently be missed"),
        Assurance.RANDOM: ("?", "common", "The target may be met or missed"),
        Assurance.NO_TARGET: ("", "", ""),
    }[reading.assurance]
    if not letter:
        return None
    target = shape("line", x1=5, y1=23, x2=29, y2=23, class_="chart-icon-target")
    return _whole(kind, target + _letter(letter, 17, 19), says)


def icons_of(reading: Reading) -> tuple[Icon, ...]:
    """Return both icons of a series, the second only with a target."""
    assurance = assurance_icon(reading)
    return (variation_icon(reading), *([assurance] if assurance else []))


def _icon(kind: str, way: str, letter: str, says: str) -> Icon:
    """Return a variation icon: a line that goes its way, and a letter."""
    way_line = shape("polyline", points=way, class_="chart-icon-line")
    return _whole(kind, way_line + (_letter(letter, 11, 13) if letter else Markup("")), says)


def _letter(letter: str, x: int, y: int) -> Markup:
    """Return the letter of an icon."""
    return shape("text", letter, x=x, y=y, text_anchor="middle", class_="chart-icon-letter")


def _whole(kind: str, inner: Markup, says: str) -> Icon:
    """Return an icon in its ring, with its meaning as its name."""
    ring = shape("circle", cx=17, cy=17, r=15, class_="chart-icon-ring")
    svg = shape(
        "svg",
        shape("title", says) + ring + inner,
        viewBox="0 0 34 34",
        width=34,
        height=34,
        role="img",
        class_=f"chart-icon chart-icon--{kind}",
        focusable="false",
    )
    return Icon(svg, says)
