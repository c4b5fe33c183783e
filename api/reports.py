"""Reports of ingests, for both doors."""

from collections.abc import Callable

from api.messages import IngestObject, SkippedObject
from ingest.build import IngestReport
from ingest.documents import Skipped


def ingest_object(report: IngestReport) -> IngestObject:
    """What an ingest did, told to somebody at this machine."""
    return _object(report, lambda item: SkippedObject(place=item.where, reason=item.told))


def distant_ingest_object(report: IngestReport) -> IngestObject:
    """What an ingest of uploads did, told to somebody elsewhere: files by name, no folder of ours."""
    return _object(report, _distant_skipped)


def _distant_skipped(item: Skipped) -> SkippedObject:
    return SkippedObject(place=item.where.rpartition("/")[2], reason=item.reason)


def _object(report: IngestReport, skipped: Callable[[Skipped], SkippedObject]) -> IngestObject:
    return IngestObject(
        added=report.added,
        replaced=report.replaced,
        unchanged=report.unchanged,
        removed=report.removed,
        shared=report.shared,
        sentences=report.sentences,
        passages=report.passages,
        seconds=round(report.seconds, 3),
        skipped=tuple(map(skipped, report.skipped)),
        erased=report.erased,
    )
