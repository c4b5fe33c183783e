from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.reading import MAX_QUESTION, context_line
from tests.unit.training.examples import window_of, windows
from training.encoding import MAX_TOKENS, Encoded, collate, encode
from training.tokens import count_tokens, shared_tokenizer
from training.windows import AnswerSpan, Window, read_windows, write_windows

LIMITS = st.sampled_from([80, 96, 128, MAX_TOKENS, 2_000])
CLS, SEP = (shared_tokenizer().token_to_id(mark) for mark in ("[CLS]", "[SEP]"))


def ids_of(text: str) -> list[int]:
    return shared_tokenizer().encode(text, add_special_tokens=False).ids


def pointed_at(window: Window, encoded: Encoded) -> str:
    assert encoded.span
    (number, start, _), (last_number, _, end) = (encoded.offsets[token] for token in encoded.span)
    assert number == last_number
    return window.sentences[number][start:end]


def test_a_window_is_read_as_question_title_heading_and_sentences() -> None:
    window = window_of()
    encoded = encode(window)
    first, second = ids_of("When was the first bridge built?"), ids_of("Lowmere. History.")
    sentences = [token for sentence in window.sentences for token in ids_of(sentence)]
    assert list(encoded.ids) == [CLS, *first, SEP, *second, *sentences, SEP]
    assert encoded.asked == len(first) + 2
    assert encoded.candidates == (1, 2)
    assert encoded.golds == (1,)
    assert pointed_at(window, encoded) == "1487"


def test_title_and_heading_become_sentences_and_nothing_stays_nothing() -> None:
    assert context_line("Lowmere\nThe Old Harbour") == "Lowmere. The Old Harbour."
    assert context_line("") == ""


@settings(deadline=None)
@given(windows(), LIMITS)
def test_ids_keep_to_the_limit_and_end_with_a_separator(window: Window, limit: int) -> None:
    encoded = encode(window, limit)
    assert len(encoded.ids) <= limit
    assert (encoded.ids[0], encoded.ids[encoded.asked - 1], encoded.ids[-1]) == (CLS, SEP, SEP)
    assert encoded.asked <= MAX_QUESTION + 2
    whole = encode(window, 10_000)
    assert encoded.ids[:-1] == whole.ids[: len(encoded.ids) - 1]
    if len(whole.ids) <= limit:
        assert encoded == whole


@settings(deadline=None)
@given(windows(), LIMITS)
def test_bounds_hold_exactly_the_tokens_of_each_candidate(window: Window, limit: int) -> None:
    encoded = encode(window, limit)
    assert set(encoded.candidates) <= set(window.candidates)
    assert all(one[1] <= other[0] for one, other in pairwise(encoded.bounds))
    for n, (start, end) in zip(encoded.candidates, encoded.bounds, strict=True):
        own = ids_of(window.sentences[n])
        assert encoded.ids[start:end] == tuple(own[: end - start])
        assert end - start == len(own) or end == len(encoded.ids) - 1
        assert {encoded.offsets[token][0] for token in range(start, end)} == {n}
    assert sorted(encoded.offsets) == [token for start, end in encoded.bounds for token in range(start, end)]


@settings(deadline=None)
@given(windows(), LIMITS)
def test_pooling_averages_each_candidate_s_tokens_and_no_others(window: Window, limit: int) -> None:
    encoded = encode(window, limit)
    values = np.random.default_rng(0).normal(size=(len(encoded.ids), 3)).astype(np.float32)
    expected = [values[start:end].mean(axis=0) for start, end in encoded.bounds]
    assert encoded.pooling() @ values == pytest.approx(np.array(expected).reshape(-1, 3), abs=1e-5)


@settings(deadline=None)
@given(windows(), LIMITS)
def test_segments_are_0_up_to_the_first_separator_and_1_behind_it(window: Window, limit: int) -> None:
    encoded = encode(window, limit)
    behind = len(encoded.ids) - encoded.ids.index(SEP) - 1
    assert encoded.types().tolist() == [0] * (encoded.ids.index(SEP) + 1) + [1] * behind


@settings(deadline=None)
@given(windows())
def test_the_span_s_tokens_cover_the_answer_and_lie_in_its_words(window: Window) -> None:
    encoded = encode(window, 10_000)
    assert (encoded.span is None) == (window.span is None)
    if window.span:
        sentence = window.sentences[window.span.sentence]
        assert pointed_at(window, encoded) == sentence[window.span.start : window.span.end]


@settings(deadline=None)
@given(windows(), LIMITS)
def test_no_target_points_outside_what_is_left_of_its_sentence(window: Window, limit: int) -> None:
    encoded = encode(window, limit)
    assert [encoded.candidates[place] for place in encoded.golds] == [
        n for n in window.golds if n in encoded.candidates
    ]
    if encoded.span and window.span:
        assert encoded.offsets[encoded.span[0]][0] == window.span.sentence
        sentence = window.sentences[window.span.sentence]
        assert pointed_at(window, encoded) in sentence[window.span.start : window.span.end]


def test_sentences_that_are_cut_off_altogether_are_no_candidates() -> None:
    window = window_of(
        sentences=("word " * 300, "The end."), headings=(), golds=(1,), span=AnswerSpan(1, 4, 7)
    )
    encoded = encode(window, 64)
    assert (encoded.candidates, encoded.golds, encoded.span) == ((0,), (), None)
    assert len(encoded.ids) == 64


def test_a_sentence_the_tokenizer_sees_nothing_in_is_no_candidate() -> None:
    assert encode(window_of(sentences=("\u200b", "Ann."), headings=(), golds=(1,), span=None)).candidates == (
        1,
    )


@settings(deadline=None)
@given(st.lists(windows(), min_size=1, max_size=4), st.data())
def test_a_batch_pads_with_zeros_and_with_nan_where_the_teacher_was_not_asked(
    several: list[Window], data: st.DataObject
) -> None:
    encoded = [encode(window) for window in several]
    logits = [[float(n) for n in range(len(window.sentences))] for window in several]
    taught = [own if data.draw(st.booleans()) else None for own in logits]
    batch = collate(encoded, taught)
    assert batch.ids.shape == batch.types.shape == batch.mask.shape
    assert batch.pooling.shape == (*batch.teacher.shape, batch.ids.shape[1])
    for row, (one, said) in enumerate(zip(encoded, taught, strict=True)):
        length, found = len(one.ids), len(one.bounds)
        assert batch.ids[row].tolist() == [*one.ids, *[0] * (batch.ids.shape[1] - length)]
        assert batch.mask[row].tolist() == [1] * length + [0] * (batch.ids.shape[1] - length)
        assert batch.types[row].sum() == length - one.asked
        assert not batch.types[row, length:].any()
        assert np.array_equal(batch.pooling[row, :found, :length], one.pooling())
        assert batch.pooling[row].sum() == pytest.approx(found)
        assert batch.present[row].sum() == found
        assert np.flatnonzero(batch.golds[row]).tolist() == list(one.golds)
        assert tuple(batch.spans[row]) == (one.span or (-1, -1))
        assert np.isnan(batch.teacher[row, found:]).all()
        if said is None:
            assert np.isnan(batch.teacher[row]).all()
        else:
            assert batch.teacher[row, :found].tolist() == list(one.candidates)


def test_tokens_are_counted_without_special_ones() -> None:
    assert count_tokens(["a bridge", ""]) == (2, 0)


@settings(deadline=None)
@given(st.lists(windows(), max_size=4), st.text(st.characters(exclude_categories=["Cs"])))
def test_windows_survive_their_file(
    tmp_path_factory: pytest.TempPathFactory, several: list[Window], text: str
) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "windows.jsonl"
    several = [*several, window_of(question=text, sentences=(text,), headings=(), golds=(), span=None)]
    write_windows(path, several)
    assert list(read_windows(path)) == several
