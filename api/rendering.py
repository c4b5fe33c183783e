"""How outcomes look on a terminal: claims with numbered footnotes, or why there is no answer."""

import datetime as dt
from collections.abc import Iterator

from api.layout import BLANK, Block, block, one_line
from api.schemas import RankedObject
from qa.answers import (
    Abstention,
    Answer,
    Citation,
    Claim,
    Disagreement,
    Outcome,
    Ranked,
    ScoredPassage,
    Trace,
)
from qa.assessments import Support
from qa.drafts import Drafting

MARK = "cyan"
FAINT = "dim"
WARNING = "yellow"
INDENT = 4

Numbers = dict[Citation, int]

_NOTES = {Support.PARTLY: "partly supported", Support.UNSUPPORTED: "not supported"}


def outcome_blocks(outcome: Outcome) -> Iterator[Block]:
    """An answer with its footnotes, or an abstention with what came nearest."""
    return _answer_blocks(outcome) if isinstance(outcome, Answer) else _abstention_blocks(outcome)


def trace_blocks(trace: Trace) -> Iterator[Block]:
    """How the outcome came about."""
    yield BLANK
    yield block(("Searched for ", FAINT), one_line(trace.query))
    yield block(("Retrieved", "bold"))
    yield from (_retrieved_block(number, scored) for number, scored in enumerate(trace.retrieved, 1))
    yield block(("Shown", "bold"))
    for shown in trace.shown:
        where = f"{shown.document_id} sentence {shown.sentence}"
        yield block((shown.handle, MARK), f" {where}  score {shown.score:.2f}", indent=INDENT)
    yield block(("Withheld", "bold"), "" if trace.withheld else ": nothing")
    for withheld in trace.withheld:
        handles = ", ".join(withheld.statement.handles) or "no handle"
        told = f"“{one_line(withheld.statement.text)}” ({handles}): {withheld.reason}"
        yield block(told + _lacking(withheld.missing), indent=INDENT)
    steps = ", ".join(f"{item.step} {item.seconds:.3f} s" for item in trace.durations)
    yield block(("Durations ", FAINT), steps)
    yield from _drafting_blocks(trace)
    yield block(("Reader ", FAINT), trace.reader, (", generator ", FAINT), trace.generator)
    yield block(("Verifier ", FAINT), trace.verifier)
    yield block(("Index ", FAINT), trace.index)


def _drafting_blocks(trace: Trace) -> Iterator[Block]:
    """What a chat model did, if one was asked."""
    drafting = trace.drafting
    if trace.rewriting:
        yield block(("Rewritten ", FAINT), one_line(trace.rewriting))
    if drafting.cached or drafting.requests:
        yield block(("Drafted ", FAINT), _drafting_line(drafting))
    remarks = filter(None, (*drafting.remarks, drafting.failure))
    yield from (block(one_line(remark), indent=INDENT) for remark in remarks)


def _drafting_line(drafting: Drafting) -> str:
    """Such as `in 2 requests, 812 tokens sent, 64 received, cost 0.0004`."""
    if drafting.cached:
        return "at an earlier time, and kept"
    sent, received = ("?" if n is None else n for n in (drafting.input_tokens, drafting.output_tokens))
    cost = "" if drafting.cost is None else f", cost {drafting.cost:g}"
    return f"in {drafting.requests} requests, {sent} tokens sent, {received} received{cost}"


def notice_line(notice: str) -> str:
    """Such as `Note: the chat model did not answer (…): the best sentences … are shown word for word`."""
    return f"Note: {one_line(notice)}"


def source_line(title: str, source: str, published: dt.date | None, place: str, document_id: str) -> str:
    """Such as `Tokyo signing — The Interview Times, 2025-10-28, page 2 (news/tokyo.html)`."""
    known = [source, published.isoformat() if published else "", place]
    return f"{one_line(title)} — {', '.join(part for part in known if part)} ({document_id})"


def cited_line(cited: Citation) -> str:
    """The source line of a citation."""
    document = cited.document
    place = f"page {cited.page}" if cited.page else f"paragraph {cited.paragraph}"
    return source_line(document.title, document.source, document.published, place, document.id)


def disagreement_line(answer: Answer, disagreement: Disagreement, numbers: Numbers) -> str:
    """Such as `Sources disagree: [1] says $5 billion, [2] says $6 billion`."""
    sides = [
        f"[{numbers[answer.claims[position].citations[0]]}] says {one_line(figure)}"
        for position, figure in zip(disagreement.claims, disagreement.figures, strict=True)
    ]
    return f"Sources disagree: {', '.join(sides)}"


def unanswered_line(part: str) -> str:
    """Such as `No answer to: who leads it?`."""
    return f"No answer to: {one_line(part)}"


def support_note(claim: Claim) -> str:
    """Such as `partly supported; not in the source: Lockheed Martin`; "" for what the citations carry."""
    note = _NOTES.get(claim.support)
    return note + _lacking(claim.missing) if note else ""


def places_in_lists(dense: Ranked | RankedObject | None, lexical: Ranked | RankedObject | None) -> str:
    """Such as `dense 1 (0.71), lexical –`."""
    shown = [
        f"{name} {place.rank} ({place.score:.3f})" if place else f"{name} –"
        for name, place in (("dense", dense), ("lexical", lexical))
    ]
    return ", ".join(shown)


def _lacking(missing: tuple[str, ...]) -> str:
    return f"; not in the source: {', '.join(map(one_line, missing))}" if missing else ""


def _answer_blocks(answer: Answer) -> Iterator[Block]:
    numbers = _number(answer)
    yield from (_claim_block(claim, numbers) for claim in answer.claims)
    yield BLANK
    for cited, number in numbers.items():
        yield from _citation_blocks(cited, f"[{number}] ")
    yield BLANK
    for disagreement in answer.disagreements:
        yield block((disagreement_line(answer, disagreement, numbers), WARNING))
    for part in answer.unanswered:
        yield block((unanswered_line(part), WARNING))
    if answer.notice:
        yield block((notice_line(answer.notice), WARNING))
    yield block((f"Confidence {answer.confidence:.2f}", FAINT))


def _abstention_blocks(abstention: Abstention) -> Iterator[Block]:
    told = f"No answer: {abstention.reason} (confidence {abstention.confidence:.2f})."
    yield block((told, WARNING))
    if abstention.notice:
        yield block((notice_line(abstention.notice), WARNING))
    if abstention.nearest:
        yield BLANK
        yield block(("Nearest sentences – these are not an answer:", FAINT))
    for cited in abstention.nearest:
        yield from _citation_blocks(cited, "  – ")


def _number(answer: Answer) -> Numbers:
    """Numbers from 1 in the order of citing; a sentence cited again keeps its number."""
    cited = dict.fromkeys(citation for claim in answer.claims for citation in claim.citations)
    return {citation: number for number, citation in enumerate(cited, 1)}


def _claim_block(claim: Claim, numbers: Numbers) -> Block:
    marks = "".join(f"[{numbers[citation]}]" for citation in dict.fromkeys(claim.citations))
    note = support_note(claim)
    return block(*_claim_text(claim), " ", (marks, MARK), (f" ({note})" if note else "", WARNING))


def _claim_text(claim: Claim) -> Iterator[str | tuple[str, str]]:
    """The claim on one line, its short answer standing out."""
    if not claim.highlight:
        yield one_line(claim.text)
        return
    start, end = claim.highlight.start, claim.highlight.end
    yield claim.text[:start]
    yield claim.text[start:end], "bold"
    yield claim.text[end:]


def _citation_blocks(cited: Citation, mark: str) -> Iterator[Block]:
    yield block((mark, MARK), f"“{one_line(cited.quote)}”", hang=INDENT)
    yield block((cited_line(cited), FAINT), indent=INDENT)


def _retrieved_block(number: int, scored: ScoredPassage) -> Block:
    span = scored.passage.span
    where = f"{scored.passage.document_id} [{span.start}, {span.end})"
    lists = places_in_lists(scored.dense, scored.lexical)
    return block((f"{number}. ", MARK), f"{where}  {scored.score:.4f}  ", (lists, FAINT), indent=INDENT)
