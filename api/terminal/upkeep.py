"""`pincite doctor`, `pincite backup` and `pincite restore`."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from api.errors import Misuse
from api.layout import Block, block
from api.settings import load_settings
from api.terminal.exits import ANSWERED, FAILED
from api.terminal.ingesting import Bar
from api.terminal.output import note, print_blocks, print_object
from api.upkeep import backup as write
from api.upkeep import examine_all, mend_all
from api.upkeep import restore as bring_back
from api.upkeep_objects import BackupObject, ExaminationObject, FindingObject
from ingest.settings import MEGABYTE
from ingest.upkeep.findings import Finding, Outcome, is_sound

INDENT = 2


def doctor(index: Path | None, paths: Sequence[str], *, repair: bool, json: bool) -> int:
    """Examines an index folder, and repairs it if told to; fails unless all is well in the end.

    Raises:
        IngestError: if there is no index, or it cannot be repaired now or with these settings.
        Misuse: if files are named and nothing is to be repaired.
    """
    if paths and not repair:
        raise Misuse("files are named to be read by a repair: add --repair")
    settings = load_settings({"index": index})
    findings, outcome = examine_all(settings), Outcome()
    if repair and (findings or paths):
        note("repairing; what has to be embedded again takes as long as it took to ingest")
        with Bar() as bar:
            outcome = mend_all(settings, paths, bar.watch)
        findings = examine_all(settings)
    _print(findings, outcome, settings.index, json=json)
    return ANSWERED if is_sound(findings) and not outcome.lost else FAILED


def backup(index: Path | None, target: Path, *, json: bool) -> int:
    """Writes a backup.

    Raises:
        IngestError: if the index is missing, damaged, or too busy.
        Misuse: if there is a file of that name.
    """
    settings = load_settings({"index": index})
    if target.is_dir():
        target /= f"pincite-{dt.datetime.now():%Y-%m-%dT%H-%M-%S}.tar"
    if target.exists() or not target.absolute().parent.is_dir():
        raise Misuse(f"{target}: name a folder that is there, or a file that is not")
    report = write(settings, target)
    told = BackupObject(
        path=str(report.path), documents=report.documents, passages=report.passages, files=report.files
    )
    _print_copy(told, f"{report.path}, {report.bytes / MEGABYTE:.1f} MB", json=json)
    return ANSWERED


def restore(index: Path | None, archive: Path, *, json: bool) -> int:
    """Restores a backup.

    Raises:
        BackupRefused: if it cannot be restored, or not there.
    """
    settings = load_settings({"index": index})
    report = bring_back(settings, archive)
    told = BackupObject(
        path=str(archive), documents=report.documents, passages=report.passages, files=report.files
    )
    _print_copy(told, f"{settings.index}, as it was at {report.made}", json=json)
    return ANSWERED


def _print_copy(told: BackupObject, where: str, *, json: bool) -> None:
    if json:
        print_object(told)
    else:
        print_blocks([block(f"{told.documents} documents, {told.passages} passages"), block(where)])


def _print(findings: Sequence[Finding], outcome: Outcome, index: Path, *, json: bool) -> None:
    if not json:
        print_blocks(_blocks(findings, outcome, index))
        return
    print_object(
        ExaminationObject(
            sound=is_sound(findings),
            findings=tuple(
                FindingObject(
                    part=each.part, told=each.told, consequence=each.consequence, fault=each.is_fault
                )
                for each in findings
            ),
            repaired=outcome.done,
            lost=outcome.lost,
        )
    )


def _blocks(findings: Sequence[Finding], outcome: Outcome, index: Path) -> Iterator[Block]:
    for done in outcome.done:
        yield block("repaired  ", done, hang=INDENT)
    for lost in outcome.lost:
        yield block(("lost      ", "bold"), lost, hang=INDENT)
    for each in findings:
        yield block((f"{each.part}: ", "bold" if each.is_fault else ""), each.told, hang=INDENT)
        yield block(each.consequence, indent=INDENT)
    if is_sound(findings):
        yield block(f"{index} is sound")
    if any(each.is_fault and each.is_mended for each in findings):
        yield block("mend it with `pincite doctor --repair`")
