"""Sentences: the golden table, properties that hold for any text, and the guard."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import Document, Sentence, Span, normalise_text, only_space_outside
from ingest.sentences import MisplacedSentence, Segmenter, split_sentences
from ingest.sentences.cuts import find_cuts
from ingest.sentences.headings import is_heading_alone
from ingest.sentences.splitting import check_sentences

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "data" / "sentences.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]

KNOWN_MISSES = {
    "The talks collapsed on Friday.": "a capital before the missing space looks like `System.Text`",
    "彼は静かに答えた。「知りません。」": "the quotation is cut off after 答えた。",
}
"""First sentence of each golden case we get wrong → why. Both are held out: nothing was tuned on them."""


class CountingSegmenter:
    """Proposes nothing, and counts the characters it was shown."""

    def __init__(self) -> None:
        self.shown = 0

    def boundaries(self, text: str) -> list[int]:
        self.shown += len(text)
        return []


class LyingSegmenter:
    """Proposes whatever it was told to: outside the text, twice, backwards, inside words."""

    def __init__(self, proposals: Sequence[int]) -> None:
        self.proposals = proposals

    def boundaries(self, text: str) -> Sequence[int]:
        return self.proposals


def document(text: str, *, headings: Sequence[Span] = (), page_starts: Sequence[int] = ()) -> Document:
    return Document("d", "d", text, headings=tuple(headings), page_starts=tuple(page_starts))


def texts(text: str, segmenter: Segmenter | None = None) -> list[str]:
    return [sentence.text for sentence in split_sentences(document(text), segmenter)]


def text_of(case: dict[str, Any]) -> str:
    return str(case.get("text") or " ".join(case["sentences"]))


def is_right(case: dict[str, Any]) -> bool:
    found = split_sentences(document(text_of(case)))
    headings = [sentence.ordinal for sentence in found if sentence.is_heading]
    return ([s.text for s in found], headings) == (case["sentences"], case.get("headings", []))


# The golden table


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['category']}: {case['sentences'][0][:40]}")
def test_golden_case(case: dict[str, Any]) -> None:
    known_miss = case["sentences"][0] in KNOWN_MISSES
    assert is_right(case) is not known_miss, split_sentences(document(text_of(case)))


def test_every_known_miss_names_a_golden_case() -> None:
    assert set(KNOWN_MISSES) <= {case["sentences"][0] for case in CASES}


def test_the_golden_table_is_large_varied_and_partly_held_out() -> None:
    assert len(CASES) >= 170
    assert len({case["category"] for case in CASES}) >= 27
    assert sum("held_out" in case for case in CASES) >= 40
    assert len({text_of(case) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sentences"][0][:40])
def test_golden_sentences_are_the_whole_text(case: dict[str, Any]) -> None:
    assert "".join("".join(case["sentences"]).split()) == "".join(text_of(case).split())


# Properties

CHARACTERS = "aB1.!?…。\n\t |-•*()[]\"'“”’;:,é中🎉#="
MORSELS = ["\n\n", ". ", "Dr. ", "U.S. ", "The ", "Bob. Ann ", "1. ", "... ", " ``", " ''", "e.g. "]
PROSE = st.lists(st.sampled_from([*CHARACTERS, *MORSELS]), max_size=60).map("".join)
TEXTS = st.one_of(PROSE, st.text(max_size=200)).map(normalise_text).filter(lambda text: bool(text.strip()))


@given(TEXTS)
def test_spans_cut_the_text_and_leave_out_only_white_space(text: str) -> None:
    sentences = split_sentences(document(text))
    assert [sentence.ordinal for sentence in sentences] == list(range(len(sentences)))
    assert all(sentence.span.cut(text) == sentence.text for sentence in sentences)
    assert all(sentence.text == sentence.text.strip() != "" for sentence in sentences)
    assert only_space_outside(text, [sentence.span for sentence in sentences])


@given(TEXTS)
def test_splitting_twice_gives_the_same(text: str) -> None:
    assert split_sentences(document(text)) == split_sentences(document(text))


@given(TEXTS, st.lists(st.integers(-500, 500)))
def test_no_library_can_break_the_guard(text: str, proposals: list[int]) -> None:
    split_sentences(document(text), LyingSegmenter(proposals))


@given(TEXTS, st.lists(st.integers(-500, 500)))
def test_every_cut_falls_after_terminal_punctuation(text: str, proposals: list[int]) -> None:
    cuts = find_cuts(text, LyingSegmenter(proposals))
    assert cuts == sorted(set(cuts))
    assert all(set(text[:cut].rstrip()[-12:]) & set(".!?…。") for cut in cuts)


@given(TEXTS, st.data())
def test_given_headings_and_pages_never_break_the_guard(text: str, data: st.DataObject) -> None:
    marks = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = [Span(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False)]
    split_sentences(document(text, headings=spans, page_starts=[0, *marks]))


# What is trusted, and what is not


def test_proposals_inside_words_and_outside_the_text_are_ignored() -> None:
    lies = LyingSegmenter([7, 7, -3, 900, 2, 14, 1])
    assert texts("He met Bob. Anna stayed at home", lies) == ["He met Bob. Anna stayed at home"]


def test_a_proposal_at_a_stop_counts_wherever_around_the_gap_it_falls() -> None:
    for proposal in (11, 12):
        found = texts("He met Bob. Anna left.", LyingSegmenter([proposal]))
        assert found == ["He met Bob.", "Anna left."]


def test_rules_of_our_own_need_no_library() -> None:
    segmenter = CountingSegmenter()
    assert texts("It rained for weeks. The river rose.", segmenter) == [
        "It rained for weeks.",
        "The river rose.",
    ]
    assert segmenter.shown == 0


def test_importing_the_splitter_loads_no_library() -> None:
    code = "import sys, ingest.sentences; sys.exit('nupunkt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def sentence(start: int, end: int, text: str, ordinal: int = 0) -> Sentence:
    return Sentence("d", ordinal, Span(start, end), text)


@pytest.mark.parametrize(
    "sentences",
    [
        [sentence(0, 3, "One"), sentence(4, 7, "two", 1), sentence(4, 7, "two", 2)],
        [sentence(0, 3, "One"), sentence(4, 7, "Two", 1)],
        [sentence(0, 3, "One")],
        [sentence(4, 7, "two"), sentence(0, 3, "One", 1)],
        [sentence(0, 3, "One", 1), sentence(4, 7, "two", 0)],
        [sentence(0, 3, "One"), sentence(4, 9, "two", 1)],
        [],
    ],
    ids=["overlap", "other text", "left out", "backwards", "ordinals", "past the end", "nothing"],
)
def test_the_guard_refuses_sentences_that_are_not_where_they_say(sentences: list[Sentence]) -> None:
    with pytest.raises(MisplacedSentence):
        check_sentences("One two", sentences)


def test_the_guard_lets_good_sentences_pass() -> None:
    check_sentences("One two\n", [sentence(0, 3, "One"), sentence(4, 7, "two", 1)])


# Headings and pages


def test_given_headings_are_sentences_of_their_own_and_end_all_guessing() -> None:
    text = "Early Days\nThe mill was built of stone.\n\nLater Days\n\nIt burned."
    found = split_sentences(document(text, headings=[Span(0, 10)]))
    assert [(s.text, s.is_heading) for s in found] == [
        ("Early Days", True),
        ("The mill was built of stone.", False),
        ("Later Days", False),
        ("It burned.", False),
    ]


def test_a_given_heading_is_stripped_of_white_space_and_a_blank_one_ignored() -> None:
    found = split_sentences(document("  Early Days \nText.", headings=[Span(0, 2), Span(2, 14)]))
    assert [(s.span, s.is_heading) for s in found] == [(Span(2, 12), True), (Span(14, 19), False)]


def test_the_same_text_twice_keeps_two_places() -> None:
    found = split_sentences(document("It rained. It rained. It rained."))
    assert [s.span for s in found] == [Span(0, 10), Span(11, 21), Span(22, 32)]


def test_a_sentence_runs_on_over_a_page_break() -> None:
    text = "The committee met in the old\n\nhall by the river. It adjourned."
    found = split_sentences(document(text, page_starts=[0, 30]))
    assert [s.text for s in found] == ["The committee met in the old\n\nhall by the river.", "It adjourned."]


def test_a_page_break_alone_is_no_boundary() -> None:
    text = "The old hall\nby the river burned."
    assert len(split_sentences(document(text, page_starts=[0, 13]))) == 1


def test_a_finished_sentence_ends_at_a_blank_page_break() -> None:
    text = "The hall burned.\n\nnobody saw it."
    assert len(split_sentences(document(text, page_starts=[0, 18]))) == 2


@pytest.mark.parametrize(
    "line",
    [
        "Early Results",
        "OPENING REMARKS",
        "3.2 Materials and methods",
        "How to apply",
        "## Tone",
        "Chapter 4: Snow",
    ],
)
def test_heading(line: str) -> None:
    assert is_heading_alone([line])


@pytest.mark.parametrize(
    "line",
    [
        "The committee approved the budget on Tuesday",
        "He left",
        "It was late",
        "Prices fell.",
        "Bring the following:",
        "Dear members,",
        "Who pays?",
        "- two eggs",
        "Bolt | 40",
        "March 3, 2024",
        "By Ida Voss",
        "Author: Ada Brook",
        "1) Wash the rice",
        "ada.brook@example.org",
        "12",
        "• roof",
        "Copyright 1993 Mill Corporation",
        ">>> Number = List[1]",
        "***",
        "3 people died in the fire",
        "The mayor of the old port town on the northern coast near the border with the lakes",
    ],
)
def test_no_heading(line: str) -> None:
    assert not is_heading_alone([line])


def test_the_last_line_of_a_document_is_no_heading() -> None:
    assert not split_sentences(document("Early Results"))[0].is_heading


# Size: what the library is shown, and how many sentences come back, grow with the text and no faster


@pytest.mark.parametrize("count", [1_000, 10_000])
def test_the_library_is_shown_each_character_at_most_once(count: int) -> None:
    segmenter = CountingSegmenter()
    text = "He met Bob. Anna left.\n\n" * count
    assert len(texts(text, segmenter)) == count
    assert segmenter.shown <= len(text)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("a" * 1_000_000, 1),
        ("a. " * 20_000, 1),
        ("x" + "\n" * 200_000 + "y", 2),
        ("(" * 100_000, 1),
        ("(a. " * 10_000, 1),
        ("[" * 50_000 + "]" * 50_000, 1),
        ("." * 100_000, 1),
        (". " * 50_000 + "x", 1),
        ('" ' * 50_000, 1),
        ("| " * 20_000 + "\n" + "| " * 20_000, 2),
        ("x" + "\n " * 100_000 + "y", 2),
        ("It rained." + " " * 200_000 + "The end.", 2),
        ("By " + "A " * 20_000 + "!", 1),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_pathological_texts_are_split_quickly(text: str, sentences: int) -> None:
    assert len(texts(text)) == sentences
