"""How everything but outcomes looks on a terminal: passages, documents, status, verdicts, ingests."""

from collections import Counter
from collections.abc import Iterator

from api.layout import BLANK, Block, block, one_line
from api.messages import (
    CheckedObject,
    DocumentObject,
    DocumentSummaryObject,
    FoundPassageObject,
    IngestObject,
    SearchObject,
    SentenceObject,
    StatusObject,
    VerificationObject,
)
from api.rendering import FAINT, INDENT, MARK, WARNING, places_in_lists, source_line
from qa.verification import Verdict


def search_blocks(result: SearchObject, *, explain: bool) -> Iterator[Block]:
    """Found passages, best first."""
    if explain:
        yield block(("Lexical query ", FAINT), result.expression or "none: there is no word to look for")
        yield BLANK
    for number, found in enumerate(result.passages, 1):
        yield from _found_blocks(number, found, explain=explain)


def document_blocks(shown: DocumentObject, highlighted: int | None) -> Iterator[Block]:
    """A document, its sentences numbered, its paragraphs apart."""
    yield block((one_line(shown.title), "bold"))
    yield block((source_line(shown.media_type, shown.source, shown.published, "", shown.id), FAINT))
    if len(shown.places) > 1:
        others = ", ".join(place for place in shown.places if place != shown.id)
        yield block((f"the same text stands in {others}", FAINT))
    width = len(str(len(shown.sentences)))
    position = 0
    for sentence in shown.sentences:
        if not position or "\n\n" in shown.text[position : sentence.start]:
            yield BLANK
        yield _sentence_block(sentence, width, highlighted == sentence.sentence)
        position = sentence.end


def status_blocks(found: StatusObject) -> Iterator[Block]:
    """What an index holds."""
    counts = found.counts
    yield block(("Index       ", FAINT), found.index)
    yield block(("Fingerprint ", FAINT), found.fingerprint)
    yield block(
        ("Holds       ", FAINT),
        f"{counts.documents} documents, {counts.sentences} sentences, {counts.passages} passages",
    )
    for summary in found.documents or ():
        yield _summary_block(summary)


def verification_blocks(result: VerificationObject) -> Iterator[Block]:
    """A line for each citation, and the counts."""
    yield from map(_checked_block, result.citations)
    counts = Counter(item.verdict for item in result.citations)
    yield block(", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict))


def ingest_blocks(summary: IngestObject, index: str) -> Iterator[Block]:
    """What an ingest did."""
    yield block(
        f"{summary.added} added, {summary.replaced} replaced, {summary.unchanged} unchanged,"
        f" {summary.removed} removed, {len(summary.skipped)} skipped"
    )
    shared = f" ({summary.shared} documents share a stored text)" if summary.shared else ""
    yield block(
        f"{summary.sentences} sentences in {summary.passages} passages newly stored{shared},"
        f" {summary.seconds:.1f} s"
    )
    yield block(("Index ", FAINT), index)


def _found_blocks(number: int, found: FoundPassageObject, *, explain: bool) -> Iterator[Block]:
    document = found.document
    place = f"characters {found.start} to {found.end}"
    line = source_line(document.title, document.source, document.published, place, document.id)
    yield block((f"{number}. ", MARK), line, f"  {found.score:.4f}", hang=INDENT)
    if explain:
        lists = places_in_lists(found.dense, found.lexical)
        yield block((f"{lists}, fused {found.score:.5f}", FAINT), indent=INDENT)
    yield block(one_line(found.text), indent=INDENT)


def _sentence_block(sentence: SentenceObject, width: int, highlighted: bool) -> Block:
    style = "reverse" if highlighted else "bold" if sentence.heading else ""
    number = f"{sentence.sentence:>{width}}"
    mark = ">" if highlighted else " "  # also where there is no colour
    return block((f"{mark}{number}  ", MARK), (one_line(sentence.text), style), hang=width + len(mark) + 2)


def _summary_block(summary: DocumentSummaryObject) -> Block:
    size = f"{summary.sentences} sentences"
    line = source_line(summary.title, summary.source, summary.published, size, summary.id)
    same = f", same text as {summary.same_as}" if summary.same_as else ""
    return block(line, (same, FAINT), hang=INDENT)


def _checked_block(checked: CheckedObject) -> Block:
    cited = checked.citation
    span = f"[{cited.start}, {cited.end})"
    if checked.now and checked.verdict is Verdict.MOVED:
        span += f" → [{checked.now.start}, {checked.now.end})"
    style = MARK if checked.verdict.stands else WARNING
    told = f" {cited.document.id} {span} “{one_line(cited.quote)}”"
    return block((f"{checked.verdict:<5}", style), told, hang=INDENT)
