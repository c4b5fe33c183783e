"""Writing an answer as text: claims with footnote marks, then the footnotes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from api.completions.objects import AnnotationObject, UrlCitationObject
from api.conversion import citation_object
from api.layout import harmless, one_line
from api.rendering import cited_line, disagreement_line, notice_line, support_note, unanswered_line
from qa.answers import Abstention, Citation, Claim, Outcome
from qa.events import ClaimStated, Concluded, Event

GAP = "\n\n"
NO_ANSWER = "No answer: "
# Clients render Markdown: what a document says may be no link, image or tag of it.
_MARKDOWN = re.compile(r"(?<=\])(?=[(\[:])|(?<=!)(?=\[)|(?=<[A-Za-z/!?])")
_FOOTNOTES = re.compile(r"\n\n\[1\] “.*", re.DOTALL)
_MARKS = re.compile(r" (?:\[\d+\])+(?: \((?:partly|not) supported[^\n]*\))?(?=\n|$)")


@dataclass(slots=True)
class Writer:
    """Turns what happens into pieces of text, which make up the content in order.

    Attributes:
        base: address of this server, without a slash at the end.
        annotations: where the marks of footnotes stand in what was written, in code points.
    """

    base: str
    annotations: list[AnnotationObject] = field(default_factory=list)
    _numbers: dict[Citation, int] = field(default_factory=dict)
    _length: int = 0

    def write(self, event: Event) -> str:
        """The next piece; "" for what is not told."""
        if isinstance(event, ClaimStated):
            return self._add(self._claim(event.claim))
        return self._add(self._end(event.outcome)) if isinstance(event, Concluded) else ""

    def _add(self, piece: str) -> str:
        self._length += len(piece)
        return piece

    def _claim(self, claim: Claim) -> str:
        piece = (GAP if self._length else "") + plain(claim.text) + " "
        for cited in dict.fromkeys(claim.citations):
            mark = f"[{self._numbers.setdefault(cited, len(self._numbers) + 1)}]"
            self.annotations.append(self._annotation(claim, cited, self._length + len(piece), mark))
            piece += mark
        note = support_note(claim)
        return f"{piece} ({plain(note)})" if note else piece

    def _annotation(self, claim: Claim, cited: Citation, start: int, mark: str) -> AnnotationObject:
        place = UrlCitationObject(
            start_index=start,
            end_index=start + len(mark),
            title=cited.document.title,
            url=f"{self.base}/d/{quote(cited.document.id)}#s{cited.sentence}",
        )
        return AnnotationObject(
            url_citation=place,
            citation=citation_object(cited),
            support=claim.support,
            score=claim.score,
            missing=claim.missing,
        )

    def _end(self, outcome: Outcome) -> str:
        if isinstance(outcome, Abstention):
            return GAP.join(_abstention_lines(outcome))
        notes = [f"[{number}] {_note(cited)}" for cited, number in self._numbers.items()]
        disagreements = [
            plain(disagreement_line(outcome, each, self._numbers)) for each in outcome.disagreements
        ]
        unanswered = [plain(unanswered_line(part)) for part in outcome.unanswered]
        notice = [plain(notice_line(outcome.notice))] if outcome.notice else []
        return "".join(GAP + line for line in (*notes, *disagreements, *unanswered, *notice))


def plain(text: str) -> str:
    """The text on one line, with nothing in it that Markdown or a terminal would follow."""
    return _MARKDOWN.sub(r"\\", harmless(one_line(text)))


def spoken(text: str) -> str:
    """A message of ours without marks and footnotes, as it was before it was written; others as they are."""
    if text.startswith(NO_ANSWER):
        return ""
    said = _FOOTNOTES.sub("", text)
    return text if said == text else one_line(_MARKS.sub("", said))


def _abstention_lines(abstention: Abstention) -> Iterator[str]:
    yield f"{NO_ANSWER}{abstention.reason}."
    if abstention.notice:
        yield plain(notice_line(abstention.notice))
    if abstention.nearest:
        yield "Nearest sentences – these are not an answer:"
    yield from (f"– {_note(cited)}" for cited in abstention.nearest)


def _note(cited: Citation) -> str:
    return f"“{plain(cited.quote)}” {plain(cited_line(cited))}"
