"""What stands for a period: the transfer, its report, and the figures that reports bring."""

import json
from datetime import date

from portal.manifests import Origin, TransferKind
from portal.quality_reports import QualityReport
from portal.transfers import Transfer
from viewer import counting
from viewer.models import Report, Slot


def slot_of(origin: Origin) -> Slot | None:
    """Return what stands for a transfer's period so far."""
    return Slot.objects.filter(
        period_start=origin.period_start, period_end=origin.period_end
    ).first()


def first_period() -> date | None:
    """Return the end of the earliest period of the provider in scope."""
    return Slot.objects.order_by("period_end").values_list("period_end", flat=True).first()


def keep_slot(origin: Origin, rows: int) -> None:
    """Write down what stands for the period from now on."""
    Slot.objects.update_or_create(
        provider=origin.provider,
        period_start=origin.period_start,
        period_end=origin.period_end,
        defaults={
            "version": origin.slot_version,
            "key_epoch": origin.key_epoch,
            "withdrawn": origin.kind is TransferKind.WITHDRAWAL,
            "transfer": origin.transfer,
            "reference": origin.reference,
            "data_set": origin.data_set,
            "data_set_version": origin.version,
            "received_at": origin.received_at,
            "records": rows,
        },
    )


def keep_report(transfer: Transfer) -> None:
    """Keep the data quality report that came along."""
    origin, content = transfer.origin, transfer.report
    if content is None:
        return
    QualityReport.from_json(content)
    Report.objects.update_or_create(
        provider=origin.provider,
        transfer=origin.transfer,
        defaults={
            "reference": origin.reference,
            "period_start": origin.period_start,
            "period_end": origin.period_end,
            "outcome": origin.outcome,
            "received_at": origin.received_at,
            "content": json.loads(content),
        },
    )


def keep_figures(origin: Origin) -> None:
    """Keep what a period's reports say: the score that stands, the hours until the first came."""
    period = {"period_start": origin.period_start, "period_end": origin.period_end}
    slot = Slot.objects.get(**period)
    accepted = Report.objects.filter(**period).exclude(outcome="rejected")
    said = {report.transfer: report.content for report in accepted}
    hours = [one.get("timeliness_hours") for one in said.values()]
    first = min((one for one in hours if one is not None), default=None)
    if slot.withdrawn:
        said, first = {slot.transfer: {}}, None
    counting.keep(origin.provider, "timeliness", origin.period_end, first)
    if slot.transfer in said:
        score = said[slot.transfer].get("score")
        counting.keep(origin.provider, "quality", origin.period_end, score)
