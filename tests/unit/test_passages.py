from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import Document, Passage, Sentence, Span, embedded_text
from ingest.passages import gather_passages


def words(texts: Sequence[str]) -> tuple[int, ...]:
    return tuple(len(text.split()) for text in texts)


def document_of(
    sizes: Sequence[int], headings: frozenset[int] = frozenset()
) -> tuple[Document, list[Sentence]]:
    """A document whose sentences have `sizes` words; `headings` are ordinals."""
    text, sentences = "", []
    for ordinal, size in enumerate(sizes):
        sentence = " ".join(["word"] * size)
        span = Span(len(text), len(text) + len(sentence))
        sentences.append(Sentence("d", ordinal, span, sentence, ordinal in headings))
        text += sentence + "\n"
    return Document(id="d", title="Title", text=text), sentences


def gather(sizes: Sequence[int], budget: int, headings: frozenset[int] = frozenset()) -> tuple[Passage, ...]:
    document, sentences = document_of(sizes, headings)
    return gather_passages(document, sentences, budget, words)


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=40),
    st.integers(2, 60),
    st.frozensets(st.integers(0, 39), max_size=6),
)
def test_passages_partition_the_sentences(sizes: list[int], budget: int, headings: frozenset[int]) -> None:
    passages = gather(sizes, budget, headings)
    covered = [n for passage in passages for n in range(passage.first_sentence, passage.last_sentence + 1)]
    assert covered == list(range(len(sizes)))
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=40), st.integers(2, 60))
def test_a_passage_keeps_to_its_budget_unless_one_sentence_alone_exceeds_it(
    sizes: list[int], budget: int
) -> None:
    for passage in gather(sizes, budget):
        alone = passage.first_sentence == passage.last_sentence
        assert alone or len(embedded_text(passage.context, passage.text).split()) <= budget


def test_a_heading_opens_a_passage_and_stands_above_what_follows() -> None:
    passages = gather([3, 2, 4], 100, frozenset({1}))
    assert [(p.first_sentence, p.last_sentence) for p in passages] == [(0, 0), (1, 2)]
    following = gather([3, 2, 4, 90, 5], 100, frozenset({1}))
    assert following[-1].context == "Title\nword word"


def test_a_run_of_headings_is_not_torn_apart() -> None:
    passages = gather([2, 2, 5], 100, frozenset({0, 1}))
    assert [(p.first_sentence, p.last_sentence) for p in passages] == [(0, 2)]


def test_the_context_is_embedded_but_not_stored() -> None:
    (passage,) = gather([3], 100)
    assert passage.text == "word word word"
    assert embedded_text(passage.context, passage.text) == "Title\nword word word"
