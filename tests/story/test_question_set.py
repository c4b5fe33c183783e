"""The fixed question set held against the documents of the starting corpus; no index, no model."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.questions import EvalQuestion, GoldSentence, is_development, of_split, read_questions
from ingest.documents import Document, Sentence
from ingest.loading import SUFFIXES, load
from ingest.sentences import split_sentences
from qa.stopwords import STOP_WORDS

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"
QUESTIONS = ROOT / "evals" / "questions.jsonl"

MINIMUM = {
    "number": 15,
    "date": 10,
    "person": 10,
    "place": 10,
    "fact": 20,
    "comparison": 10,
    "list": 15,
    "why-how": 10,
    "multi-document": 10,
    "paraphrase": 15,
    "disagreement": 12,
    "follow-up": 20,
    "unanswerable-unrelated": 10,
    "unanswerable-topic": 10,
    "unanswerable-attribute": 10,
    "unanswerable-premise": 10,
}
"""The types there are, and how many questions of each there must be."""

# Function words beyond those that retrieval leaves out.
FUNCTION_WORDS = STOP_WORDS | {"s", "one", "two", "may", "must", "not", "no"}


@pytest.fixture(scope="module")
def questions() -> list[EvalQuestion]:
    return list(read_questions(QUESTIONS))


@pytest.fixture(scope="module")
def sentences() -> dict[str, dict[str, Sentence]]:
    """Per document id its sentences by text, the first of equal ones."""
    return {
        document.id: {sentence.text: sentence for sentence in reversed(split_sentences(document))}
        for document in _documents()
    }


def test_the_set_is_large_enough_and_its_types_are_known(questions: list[EvalQuestion]) -> None:
    counts = Counter(question.type for question in questions)
    assert len(questions) >= 170
    assert counts.keys() == MINIMUM.keys()
    assert {kind: count for kind, count in counts.items() if count < MINIMUM[kind]} == {}


def test_ids_are_unique_and_run_without_a_gap(questions: list[EvalQuestion]) -> None:
    assert [question.id for question in questions] == [f"q{n:03d}" for n in range(1, len(questions) + 1)]


def test_no_two_questions_read_the_same(questions: list[EvalQuestion]) -> None:
    texts = Counter(question.question.casefold() for question in questions)
    assert [text for text, count in texts.items() if count > 1] == []


def test_every_quote_is_a_whole_sentence_of_its_document_and_no_heading(
    questions: list[EvalQuestion], sentences: dict[str, dict[str, Sentence]]
) -> None:
    stray = [
        (question.id, gold)
        for question in questions
        for gold in _gold(question)
        if gold.quote not in sentences[gold.document] or sentences[gold.document][gold.quote].is_heading
    ]
    assert stray == []


def test_searching_for_a_quote_finds_the_sentence_that_is_meant(
    questions: list[EvalQuestion], sentences: dict[str, dict[str, Sentence]]
) -> None:
    texts = {document.id: document.text for document in _documents()}
    astray = [
        (question.id, gold)
        for question in questions
        for gold in _gold(question)
        if texts[gold.document].find(gold.quote) != sentences[gold.document][gold.quote].span.start
    ]
    assert astray == []


def test_what_can_be_answered_has_answers_and_evidence_and_the_rest_has_none(
    questions: list[EvalQuestion],
) -> None:
    for question in questions:
        expected = not question.type.startswith("unanswerable")
        given = (question.answerable, *map(bool, (question.answers, question.evidence, question.relevant)))
        assert given == (expected,) * 4, question.id
        assert all(question.evidence), question.id


def test_the_relevant_documents_are_those_that_hold_evidence_and_maybe_more(
    questions: list[EvalQuestion], sentences: dict[str, dict[str, Sentence]]
) -> None:
    for question in questions:
        holding = {gold.document for gold in _gold(question)}
        assert holding <= set(question.relevant) <= sentences.keys(), question.id


def test_no_gold_set_is_listed_twice(questions: list[EvalQuestion]) -> None:
    for question in questions:
        distinct = {frozenset(gold_set) for gold_set in question.evidence}
        assert len(distinct) == len(question.evidence), question.id


def test_every_short_answer_stands_in_a_gold_sentence(questions: list[EvalQuestion]) -> None:
    missing = [
        (question.id, answer)
        for question in questions
        for answer in question.answers
        if not any(_folded(answer) in _folded(gold.quote) for gold in _gold(question))
    ]
    assert missing == []


def test_no_wrong_answer_stands_in_a_gold_sentence(questions: list[EvalQuestion]) -> None:
    trapped = [
        (question.id, wrong)
        for question in questions
        for wrong in question.wrong_answers or ()
        if any(_folded(wrong) in _folded(gold.quote) for gold in _gold(question))
    ]
    assert trapped == []


def test_the_splits_are_those_of_the_data_card_and_share_every_type(questions: list[EvalQuestion]) -> None:
    development, test = of_split(questions, "development"), of_split(questions, "test")
    assert (len(development), len(test)) == (140, 92)
    assert {*development, *test} == {*of_split(questions, "all")} == {*questions}
    assert {question.type for question in development} == {question.type for question in test}
    assert is_development("q001")
    assert not is_development("q003")


def test_follow_ups_alone_have_a_history_of_turns_in_which_the_assistant_spoke_last(
    questions: list[EvalQuestion],
) -> None:
    for question in questions:
        turns = question.history
        assert bool(turns) == (question.type == "follow-up"), question.id
        assert [turn.speaker for turn in turns] == ["user", "assistant"] * (len(turns) // 2), question.id
        assert all(turn.text.strip() for turn in turns), question.id


def test_multi_document_questions_have_a_gold_set_from_two_documents(questions: list[EvalQuestion]) -> None:
    for question in questions:
        if question.type == "multi-document":
            spread = [{gold.document for gold in gold_set} for gold_set in question.evidence]
            assert max(map(len, spread)) >= 2, question.id


def test_paraphrases_share_no_content_word_with_their_gold_sentences(questions: list[EvalQuestion]) -> None:
    shared = [
        (question.id, gold.quote, common)
        for question in questions
        if question.type == "paraphrase"
        for gold in _gold(question)
        if (common := _content(question.question) & _content(gold.quote))
    ]
    assert shared == []


def test_every_document_answers_some_question(
    questions: list[EvalQuestion], sentences: dict[str, dict[str, Sentence]]
) -> None:
    assert {name for question in questions for name in question.relevant} == sentences.keys()


def _documents() -> Iterator[Document]:
    for path in sorted(CORPUS.rglob("*")):
        if path.suffix in SUFFIXES and path.name != "README.md":
            for loaded in load(path, path.relative_to(CORPUS).as_posix(), max_bytes=10_000_000):
                assert isinstance(loaded, Document), loaded
                yield loaded


def _gold(question: EvalQuestion) -> Iterator[GoldSentence]:
    for gold_set in question.evidence:
        yield from gold_set


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _content(text: str) -> set[str]:
    """Content words, cut to six letters so that endings do not hide a shared word."""
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return {word[:6] for word in words if word not in FUNCTION_WORDS}
