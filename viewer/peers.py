"""Choose a provider's peers: those most like it, if there are enough of them to hide among.

A group is shown only where it has eight members and leaves out none or eight of the others: else
somebody could take one list from the other and know whose the figures are that remain.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

FEWEST_PEERS = 8
EVERYBODY, SIMILAR = "all", "similar"
_LIKENESSES = (
    ("type", "region", "size"),
    ("type", "size"),
    ("type", "region"),
    ("type",),
    ("size",),
    ("region",),
)


@dataclass(frozen=True)
class Kind:
    """What a provider is like: its type, its region, and its third by size; "" is not known."""

    type: str
    region: str
    size: str

    def said(self, names: Sequence[str]) -> list[str]:
        """Return what is known of it under some names."""
        return [getattr(self, name) for name in names]


@dataclass(frozen=True)
class Group:
    """The providers most like one, and in what they are alike; none where there are too few."""

    members: frozenset[str]
    alike: str


def thirds(sizes: Mapping[str, float]) -> Mapping[str, str]:
    """Return the third that each provider belongs to by size: small, middle or large."""
    ranked = sorted(sizes, key=lambda code: (sizes[code], code))
    names = ("small", "middle", "large")
    return {code: names[3 * place // len(ranked)] for place, code in enumerate(ranked)}


def most_alike(code: str, kinds: Mapping[str, Kind]) -> Group:
    """Return the providers that share most with one: type, region and size, or fewer of them."""
    if code not in kinds:
        return Group(frozenset(), "")
    own, others = kinds[code], kinds.keys() - {code}
    for likeness in _LIKENESSES:
        wanted = own.said(likeness)
        members = {other for other in others if kinds[other].said(likeness) == wanted}
        if all(wanted) and members != others and _may_be_shown(members, others):
            return Group(frozenset(members), _words(likeness))
    return Group(frozenset(), "")


def figures(code: str, known: Mapping[str, float], among: Collection[str]) -> list[float]:
    """Return the figures of some of the others, rising; none where that would give one away."""
    others = {other for other in known if other != code}
    members = others.intersection(among)
    return sorted(known[other] for other in members) if _may_be_shown(members, others) else []


def _may_be_shown(members: Collection[str], others: Collection[str]) -> bool:
    """Whether a group is large enough, and what it leaves out as well."""
    left_out = len(others) - len(members)
    return len(members) >= FEWEST_PEERS and (not left_out or left_out >= FEWEST_PEERS)


def _words(likeness: tuple[str, ...]) -> str:
    """Return in what providers are alike, in words."""
    *first, last = likeness
    return f"{', '.join(first)} and {last}" if first else last
