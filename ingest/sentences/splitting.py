"""The story of splitting: text → runs → sentences, with the guard at the end."""

from collections.abc import Iterable, Iterator

from ingest.documents import Document, Sentence, Span, only_space_outside
from ingest.sentences.cuts import Segmenter, find_cuts
from ingest.sentences.layout import Kind, Run, lay_out


class MisplacedSentence(RuntimeError):
    """A sentence does not stand where its span says; a fault of this package, never of a document."""


def split_sentences(document: Document, segmenter: Segmenter | None = None) -> tuple[Sentence, ...]:
    """Cut `document` into sentences; headings, list items and table rows are sentences of their own.

    Args:
        document: its `headings` are taken as given; where it has none, headings are guessed from layout.
        segmenter: whom to ask where the rules of this package are silent; nupunkt by default.

    Returns:
        Sentences in order, ordinals from 0, spans in code points of `document.text`, stripped of
        outer white space. Nothing but white space lies outside them.

    Raises:
        MisplacedSentence: if that promise were broken.
    """
    segmenter = segmenter or _default_segmenter()
    pieces = _pieces(document, segmenter)
    sentences = tuple(
        Sentence(document.id, ordinal, span, span.cut(document.text), is_heading)
        for ordinal, (span, is_heading) in enumerate(pieces)
    )
    check_sentences(document.text, sentences)
    return sentences


def check_sentences(text: str, sentences: Iterable[Sentence]) -> None:
    """The guard: every span cuts its sentence, spans ascend apart, only white space is left out.

    Raises:
        MisplacedSentence: naming the first sentence that is not where it says it is.
    """
    sentences = tuple(sentences)
    for number, sentence in enumerate(sentences):
        if sentence.ordinal != number or not _is_in_place(text, sentence):
            raise MisplacedSentence(f"{sentence.document_id!r}: sentence {number} is not at {sentence.span}")
    if not only_space_outside(text, (sentence.span for sentence in sentences)):
        raise MisplacedSentence("sentences overlap, run backwards, or leave out more than white space")


def _is_in_place(text: str, sentence: Sentence) -> bool:
    span = sentence.span
    # The length is compared too, because slicing past the end of a text is no error.
    return text[span.start : span.end] == sentence.text and len(span) == len(sentence.text)


def _pieces(document: Document, segmenter: Segmenter) -> Iterator[tuple[Span, bool]]:
    for run in lay_out(document):
        for span in _spans(document.text, run, segmenter):
            yield span, run.kind is Kind.HEADING


def _spans(text: str, run: Run, segmenter: Segmenter) -> Iterator[Span]:
    whole = text[run.start : run.end]
    cuts = find_cuts(whole, segmenter) if run.kind is Kind.PROSE else []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        span = _stripped(whole, start, end, run.start)
        if span:
            yield span


def _stripped(text: str, start: int, end: int, shift: int) -> Span | None:
    piece = text[start:end].lstrip()
    start = end - len(piece)
    length = len(piece.rstrip())
    return Span(shift + start, shift + start + length) if length else None


def _default_segmenter() -> Segmenter:
    # Imported at the first split, not with this package: `--help` needs no model.
    from ingest.sentences.nupunkt_segmenter import shared_segmenter

    return shared_segmenter()
