"""Count structural faults exactly, and keep the first of them to show."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portal.quality_reports import Fault
from submissions.faults import describe

BOUND = 1_000


@dataclass
class Tally:
    """The faults of one file: every one is counted, the first `bound` are kept."""

    file: str
    bound: int = BOUND
    faults: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        code: str,
        facts: Mapping[str, object] | None = None,
        *,
        line: int | None = None,
        byte: int | None = None,
        column: int | None = None,
    ) -> None:
        """Count one fault, and keep it while there is room."""
        self.counts[code] += 1
        if len(self.faults) < self.bound:
            sentence, fix = describe(code, facts or {})
            self.faults.append(Fault(code, self.file, line, column, byte, sentence, fix))

    def add_all(
        self, code: str, places: Iterable[tuple[int, int]], total: int, **facts: object
    ) -> None:
        """Count `total` faults of one kind, of which the first places (line, byte) are given."""
        before = self.counts[code]
        for line, byte in places:
            self.add(code, facts, line=line, byte=byte)
        if total:
            self.counts[code] = before + total

    @property
    def in_order(self) -> tuple[Fault, ...]:
        """The faults kept, by line."""
        return tuple(sorted(self.faults, key=lambda fault: (fault.line or 0, fault.byte or 0)))

    @property
    def room(self) -> int:
        """How many more faults are kept."""
        return max(0, self.bound - len(self.faults))

    @property
    def total(self) -> int:
        """How many faults were counted."""
        return sum(self.counts.values())


class UnreadableFile(ValueError):
    """A file that cannot be read as it should. Its text names codes and counts only."""

    def __init__(self, faults: Iterable[Fault], count: int | None = None) -> None:
        self.faults = tuple(faults)
        self.count = len(self.faults) if count is None else count
        codes = sorted({fault.code for fault in self.faults})
        super().__init__(f"{self.count} structural faults: {', '.join(codes)}")
