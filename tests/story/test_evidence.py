"""From retrieved passages to evidence, on a real store, with a reader that counts words."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.build import Builder
from ingest.errors import IndexCorrupt
from ingest.index import ChromaIndex
from ingest.settings import IngestSettings
from ingest.store import EVERYTHING, Store
from ingest.store.sqlite import SqliteStore
from qa.drafts import Evidence
from qa.evidence import Candidate, in_turn, merge, read, show, stretches
from qa.generation import ExtractiveGenerator
from qa.retrieval import HybridRetriever
from qa.settings import QaSettings
from tests.fakes import BruteForceIndex, HashEmbedder, OverlapReader

PLAN = """# The plan

What does the plan include?

The plan includes:

- new ships for the northern ports
- new cranes for the southern ports
- training

It was signed in May. The minister praised the plan at the harbour."""
COPY = "The minister praised the plan at the harbour.\n\nNobody else did."


@dataclass(frozen=True, slots=True)
class Shelf:
    """A small index, its two halves."""

    store: Store
    vectors: BruteForceIndex


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    base = tmp_path_factory.mktemp("evidence")
    (base / "files").mkdir()
    (base / "files" / "plan.md").write_text(PLAN)
    (base / "files" / "copy.txt").write_text(COPY)
    shelf = Shelf(SqliteStore(base / "index"), BruteForceIndex())
    builder = Builder(shelf.store, shelf.vectors, HashEmbedder(), IngestSettings())
    assert builder.ingest([str(base / "files")]).added == 2
    return shelf


def evidence(shelf: Shelf, question: str, *, shown: int = 12) -> Evidence:
    retriever = HybridRetriever(HashEmbedder(), shelf.vectors, QaSettings(), shelf.store)
    with shelf.store.reading() as live:
        passages = retriever.retrieve(live, question, EVERYTHING, 10)
        found = stretches(live, passages)
    return show(read(question, found, OverlapReader()), shown)


def test_headings_and_questions_are_no_evidence(shelf: Shelf) -> None:
    texts = {shown.sentence.text for shown in evidence(shelf, "What does the plan include?")}
    assert "The plan includes:" in texts
    assert not texts & {"The plan", "What does the plan include?"}


def test_the_same_words_in_two_documents_are_one_statement_cited_at_both(shelf: Shelf) -> None:
    found = evidence(shelf, "Who praised the plan?", shown=1)
    assert {shown.document.id for shown in found} == {"copy.txt", "plan.md"}
    (statement,) = ExtractiveGenerator(most=6, floor=0.1).draft("Who praised the plan?", found)
    assert statement.text == "The minister praised the plan at the harbour."
    assert len(statement.handles) == 2


def test_handles_count_from_the_best_and_scores_fall(shelf: Shelf) -> None:
    shown = evidence(shelf, "Who praised the plan?").shown
    assert [item.handle for item in shown] == [f"S{number}" for number in range(1, len(shown) + 1)]
    assert [item.score for item in shown] == sorted((item.score for item in shown), reverse=True)


def ranked(shelf: Shelf, question: str) -> list[Candidate]:
    retriever = HybridRetriever(HashEmbedder(), shelf.vectors, QaSettings(), shelf.store)
    with shelf.store.reading() as live:
        found = stretches(live, retriever.retrieve(live, question, EVERYTHING, 10))
    return read(question, found, OverlapReader())


def test_the_parts_of_a_question_have_equal_shares_and_no_sentence_is_shown_twice(shelf: Shelf) -> None:
    asked = ("Who praised the plan?", "The plan includes new cranes for the southern ports")
    shown = show(merge([ranked(shelf, part) for part in asked]), 2)
    assert {item.part for item in shown} == {0, 1}
    assert len({(item.document.id, item.sentence.ordinal) for item in shown}) == len(shown)
    (first, one), (second, other) = shown.parts()
    assert {first, second} == {0, 1}
    assert one.shown[0].score >= other.shown[0].score


def test_passages_found_for_several_parts_take_turns(shelf: Shelf) -> None:
    retriever = HybridRetriever(HashEmbedder(), shelf.vectors, QaSettings(), shelf.store)
    with shelf.store.reading() as live:
        one = retriever.retrieve(live, "Who praised the plan?", EVERYTHING, 10)
    assert in_turn([one], 10) == tuple(one)
    assert in_turn([one, one[::-1]], 10)[:2] == (one[0], one[-1])
    assert len(in_turn([one, one[::-1]], 10)) == len(one)
    assert in_turn([one, []], 1) == (one[0],)


def test_a_list_is_shown_with_what_introduces_it_however_few_sentences_are_shown(shelf: Shelf) -> None:
    shown = evidence(shelf, "The plan includes", shown=1)
    lead = next(item for item in shown if item.sentence.text.endswith(":"))
    items = [shown.get(handle) for handle in lead.introduces]
    assert [item.sentence.text for item in items if item] == [
        "- new ships for the northern ports",
        "- new cranes for the southern ports",
        "- training",
    ]


def test_an_answer_that_draws_on_a_list_gives_it_whole_and_in_order(shelf: Shelf) -> None:
    question = "List all the plan includes"
    draft = ExtractiveGenerator(most=6, floor=0.1).draft(question, evidence(shelf, question))
    said = [statement.text for statement in draft]
    start = said.index("The plan includes:")
    assert said[start : start + 4] == [
        "The plan includes:",
        "new ships for the northern ports",
        "new cranes for the southern ports",
        "training",
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(min_size=1, max_size=40), shown=st.integers(1, 5))
def test_whatever_is_asked_evidence_is_whole_sentences_each_once(
    shelf: Shelf, question: str, shown: int
) -> None:
    found = evidence(shelf, question, shown=shown)
    places = [(item.document.id, item.sentence.ordinal) for item in found]
    assert len(set(places)) == len(places)
    assert all(item.sentence.span.cut(item.document.text) == item.sentence.text for item in found)


def test_an_index_without_its_vectors_is_refused_not_searched_by_half(shelf: Shelf, tmp_path: Path) -> None:
    empty = ChromaIndex(tmp_path / "chroma")
    retriever = HybridRetriever(HashEmbedder(), empty, QaSettings(), shelf.store)
    with shelf.store.reading() as live, pytest.raises(IndexCorrupt, match="--repair"):
        retriever.retrieve(live, "the plan", EVERYTHING, 10)
    empty.close()


def test_vectors_swept_while_a_question_is_at_hand_are_not_missed(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "plan.md").write_text(PLAN)
    (tmp_path / "files" / "copy.txt").write_text(COPY)
    store, vectors = SqliteStore(tmp_path / "index"), BruteForceIndex()
    builder = Builder(store, vectors, HashEmbedder(), IngestSettings())
    builder.ingest([str(tmp_path / "files")])
    retriever = HybridRetriever(HashEmbedder(), vectors, QaSettings(), store)
    with store.reading() as live:
        assert live.counts()[0] == 2  # what is seen is what there is at the first look
        with store.writing() as writing:
            writing.remove(["copy.txt"])
            vectors.forget(writing.pending())
        assert retriever.retrieve(live, "the plan", EVERYTHING, 10)
