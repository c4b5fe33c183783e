"""Gathering sentences into passages: runs of whole sentences, sized to the embedding model's window."""

from collections.abc import Callable, Iterator, Sequence

from ingest.documents import Document, Passage, Sentence, Span

CountTokens = Callable[[Sequence[str]], tuple[int, ...]]


def gather_passages(
    document: Document, sentences: Sequence[Sentence], budget: int, count_tokens: CountTokens
) -> tuple[Passage, ...]:
    """Partitions a document's sentences into passages of at most `budget` tokens, context included.

    A heading opens a passage rather than closing one. A sentence longer than the budget is a
    passage of its own: embedded as far as the model reads, found lexically as a whole.

    Args:
        document: where the sentences stand.
        sentences: all of them, in order.
        budget: size of a passage with its context, in tokens.
        count_tokens: the embedding model's own count.
    """
    contexts = _contexts(document, sentences)
    sizes = count_tokens([sentence.text for sentence in sentences])
    context_sizes = dict(zip(set(contexts), count_tokens(list(set(contexts))), strict=True))
    runs = _runs(sentences, sizes, [budget - context_sizes[context] for context in contexts])
    return tuple(
        _passage(document, ordinal, run, contexts[run[0].ordinal]) for ordinal, run in enumerate(runs)
    )


def _contexts(document: Document, sentences: Sequence[Sentence]) -> list[str]:
    """For each sentence the title and, below it, the heading it stands under; a heading stands under none."""
    contexts: list[str] = []
    below = document.title
    for sentence in sentences:
        contexts.append(document.title if sentence.is_heading else below)
        if sentence.is_heading:
            below = (
                document.title if sentence.text == document.title else f"{document.title}\n{sentence.text}"
            )
    return contexts


def _runs(
    sentences: Sequence[Sentence], sizes: Sequence[int], budgets: Sequence[int]
) -> Iterator[list[Sentence]]:
    run: list[Sentence] = []
    room = 0
    for sentence, size, budget in zip(sentences, sizes, budgets, strict=True):
        opens = sentence.is_heading and not all(previous.is_heading for previous in run)
        if run and (size > room or opens):
            yield run
            run = []
        if not run:
            room = budget
        run.append(sentence)
        room -= size
    if run:
        yield run


def _passage(document: Document, ordinal: int, run: Sequence[Sentence], context: str) -> Passage:
    span = Span(run[0].span.start, run[-1].span.end)
    return Passage(
        document.id, ordinal, run[0].ordinal, run[-1].ordinal, span, span.cut(document.text), context
    )
