"""Read what was found in a submission: the report in the store, or the error report of the door."""

from dataclasses import dataclass

from portal.quality_reports import Fault, QualityReport
from submissions.landing import current_store
from submissions.models import StoredFile, Submission
from submissions.store import Stored, associate, read_whole


@dataclass(frozen=True)
class Error:
    """One error as a machine is told of it. No value of a record is in it."""

    file: str
    line: int | None
    field: str | None
    rule: str
    severity: str
    detail: str
    fix: str
    shape: str | None = None


def stored(submission: Submission, kind: StoredFile.Kind, name: str = "") -> Stored | None:
    """A submission's file of a kind (and name), if it is there and has not been shredded."""
    files = submission.files.filter(kind=kind, shredded_at=None)
    found = (files.filter(name=name) if name else files).first()
    if found is None:
        return None
    return found.stored(associate(submission.id, submission.provider_id))


def read_report(submission: Submission) -> QualityReport | None:
    """Read a submission's data quality report; none before it has been judged."""
    where = stored(submission, StoredFile.Kind.REPORT)
    return QualityReport.from_json(read_whole(current_store(), where)) if where else None


def tables_with_rows(submission: Submission) -> list[str]:
    """Name the tables of which records with findings can be shown."""
    found = submission.files.filter(
        kind=StoredFile.Kind.FINDINGS, name__endswith=".rows", shredded_at=None
    )
    return [name.removesuffix(".rows") for name in found.values_list("name", flat=True)]


def read_faults(submission: Submission) -> tuple[Fault, ...]:
    """Read the error report of a submission that was refused at the door."""
    return tuple(Fault(**fault) for fault in submission.faults)


def error_of(fault: Fault) -> Error:
    """A structural fault as an error."""
    field = str(fault.column) if fault.column is not None else None
    return Error(
        fault.file, fault.line, field, fault.code, "reject_file", fault.sentence, fault.fix
    )


def errors(submission: Submission) -> tuple[Error, ...]:
    """Everything that was found, place by place; examples are bounded, counts are in the report."""
    report = read_report(submission)
    if report is None:
        return tuple(error_of(fault) for fault in read_faults(submission))
    return tuple(
        Error(
            f"{rule.table}.csv",
            example.line,
            rule.item,
            rule.code,
            str(rule.severity),
            rule.message,
            rule.fix,
            example.shape,
        )
        for rule in report.rules
        for example in rule.examples
    )
