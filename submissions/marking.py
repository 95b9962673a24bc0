"""Mark what becomes of each record, and remember by which rule."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from portal.specification import Severity
from submissions.findings import Finding, Findings
from submissions.surveying import Flags

Rows = npt.NDArray[np.integer]
REJECTING = frozenset({Severity.REJECT_FILE, Severity.REJECT_GROUP, Severity.REJECT_RECORD})


@dataclass
class Roots:
    """Every rule that rejected a record, by number: a record holds two bytes and not a text."""

    findings: list[tuple[Findings, Finding] | None] = field(default_factory=lambda: [None])
    numbers: dict[int, int] = field(default_factory=dict)

    def number(self, findings: Findings, finding: Finding) -> int:
        """The number of a rule's findings."""
        if id(finding) not in self.numbers:
            self.numbers[id(finding)] = len(self.findings)
            self.findings.append((findings, finding))
        return self.numbers[id(finding)]


@dataclass
class Marks:
    """What became of each record of a chunk."""

    rejected: Flags
    warned: Flags
    root: npt.NDArray[np.uint16]

    @classmethod
    def of(cls, height: int) -> "Marks":
        """No record rejected, none warned about."""
        no = np.zeros(height, np.bool_)
        return cls(no, no.copy(), np.zeros(height, np.uint16))

    def mark(self, at: Rows, severity: Severity, root: int) -> int:
        """Mark records; return how many are rejected by this and by nothing before it."""
        if severity not in REJECTING:
            self.warned[at] = True
            return 0
        fresh = at[~self.rejected[at]]
        self.rejected[fresh] = True
        self.root[fresh] = root
        return len(fresh)
