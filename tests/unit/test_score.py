"""Scores, comparisons and baselines of judged runs made by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.baseline import Promise, Promises, read_baseline, shortfalls
from evals.compare import compare, flips
from evals.errors import BadBaseline
from evals.judging import Judged
from evals.measures import Interval, Place
from evals.questions import EvalQuestion
from evals.run_file import Asked
from evals.score import OVERALL, QUESTION_MEASURES, RUN_MEASURES, tables
from ingest.documents import Span

GOLD: Place = ("a", Span(10, 20))
OTHER: Place = ("a", Span(30, 40))


def judged(
    name: str,
    *cited: Place,
    gold: tuple[tuple[Place, ...], ...] = ((GOLD,),),
    retrieved: tuple[Place, ...] = (("b", Span(0, 50)), ("a", Span(0, 50))),
    confidence: float = 0.5,
    answer: str = "in 1990",
    **question: object,
) -> Judged:
    fields = {"answerable": bool(gold), "answers": ("1990",), "relevant": ("a",), "type": "date", **question}
    asked = Asked(
        name,
        "answer" if cited else "abstention",
        answer if cited else "",
        confidence,
        tuple((place, "x") for place in cited),
        retrieved,
        0.25,
    )
    return Judged(
        EvalQuestion(id=name, question=f"{name}?", **fields),  # type: ignore[arg-type]
        asked,
        gold,
        1.0 if cited else None,
    )


RUN = (
    judged("right", GOLD, confidence=0.9),
    judged("wrong", OTHER, confidence=0.6),
    judged("refused", confidence=0.2),
    judged("held back", gold=(), confidence=0.1, type="unanswerable"),
)


def test_a_hand_computed_run() -> None:
    scores = tables(RUN)[OVERALL]
    expected = {
        "document Hit@1": (0.0, 4),
        "document MRR@10": (0.5, 4),
        "sentence Hit@1": (0.0, 3),
        "sentence Hit@10": (1.0, 3),
        "citation exactness": (1.0, 2),
        "citation precision": (0.5, 2),
        "citation recall": (1 / 3, 3),
        "first citation right": (1 / 3, 3),
        "exact match": (0.0, 3),
        "contains gold": (2 / 3, 3),
        "SQuAD2 exact": (0.25, 4),
        "wrong answers": (None, 0),
        "all answers, none wrong": (None, 0),
        "abstention precision": (0.5, 2),
        "abstention recall": (1.0, 1),
        "false refusals": (1 / 3, 3),
        "abstention F1": (2 / 3, 4),
        "AUROC answerable": (1.0, 4),
        "AURC": ((0 + 1 / 2 + 2 / 3 + 3 / 4) / 4, 4),
        "calibration error": ((0.1 + 0.6 + 0.2 + 0.1) / 4, 4),
        "seconds p50": (0.25, 4),
    }
    for name, value in expected.items():
        assert (scores[name].value, scores[name].n) == pytest.approx(value), name


def test_each_type_has_a_table_and_the_whole_run_comes_last() -> None:
    found = tables(RUN)
    assert list(found) == ["date", "unanswerable", OVERALL]
    assert found["date"].keys() == QUESTION_MEASURES.keys()
    assert found[OVERALL].keys() == QUESTION_MEASURES.keys() | RUN_MEASURES.keys()
    assert (found["date"]["false refusals"].n, found["unanswerable"]["false refusals"].value) == (3, None)


def test_intervals_hold_their_values_and_are_the_same_every_time() -> None:
    found, again = tables(RUN)[OVERALL], tables(RUN)[OVERALL]
    assert found == again
    for score in found.values():
        if score.interval is not None:
            assert score.interval.low - 1e-9 <= score.value <= score.interval.high + 1e-9
    assert found["citation exactness"].interval == Interval(1.0, 1.0)
    assert found["abstention recall"].interval is None  # one question


def test_sentences_are_held_against_the_gold_set_that_is_met_best() -> None:
    far: Place = ("c", Span(0, 5))
    item = judged("two sets", GOLD, gold=((far, OTHER), (GOLD,)))
    scores = tables([item])[OVERALL]
    assert scores["sentence Recall@10"].value == scores["citation F1"].value == 1.0


def test_a_long_form_is_not_held_against_exact_words() -> None:
    scores = tables([judged("long", GOLD, long_form=True)])[OVERALL]
    assert scores["exact match"].value is scores["contains gold"].value is None
    assert scores["token F1"].n == 1


@pytest.mark.parametrize(
    ("answer", "all_right", "wrong"),
    [("1990 and 1991", 1.0, 0.0), ("1990", 0.0, 0.0), ("1990, 1991 or 1992", 0.0, 1.0)],
)
def test_where_wrong_answers_are_named_all_right_ones_are_wanted(
    answer: str, all_right: float, wrong: float
) -> None:
    item = judged("both", GOLD, answer=answer, answers=("1990", "1991"), wrong_answers=("1992",))
    scores = tables([item])[OVERALL]
    assert scores["all answers, none wrong"].value == all_right
    assert scores["wrong answers"].value == wrong


def test_without_gold_sentences_the_text_decides_what_is_right() -> None:
    question = {"gold": (), "answerable": True}
    assert judged("holds it", OTHER, **question).right is True  # type: ignore[arg-type]
    assert judged("does not", OTHER, answer="long ago", **question).right is False  # type: ignore[arg-type]
    assert judged("unknown", OTHER, answers=(), **question).right is None  # type: ignore[arg-type]
    assert judged("long", OTHER, long_form=True, **question).right is None  # type: ignore[arg-type]


def test_runs_are_compared_question_by_question() -> None:
    mended = (
        RUN[0],
        judged("wrong", GOLD),
        *RUN[2:3],
        judged("held back", OTHER, gold=(), type="unanswerable"),
    )
    found = compare(RUN, mended)
    first = found["first citation right"]
    assert (first.before, first.after) == pytest.approx((1 / 3, 2 / 3))
    assert first.difference.mean == pytest.approx(1 / 3)
    assert (first.difference.n, first.difference.p_value) == (3, 1.0)  # one question of three
    assert found["abstention F1"].difference.mean == pytest.approx(-2 / 3)
    assert found["wrong answers"].difference is None
    turned = flips(RUN, mended)
    assert [(flip.after.question.id, flip.after.right) for flip in turned] == [
        ("held back", False),
        ("wrong", True),
    ]


def test_a_run_differs_from_itself_in_nothing() -> None:
    assert flips(RUN, RUN) == ()
    for name, each in compare(RUN, RUN).items():
        assert each.difference is None or (each.difference.mean, each.difference.p_value) == (0, 1), name


def test_a_baseline_names_what_falls_short_of_it() -> None:
    table = tables(RUN)[OVERALL]
    promises = {
        "first citation right": Promise(value=0.5, tolerance=0.01),  # is 0.333
        "contains gold": Promise(value=0.67, tolerance=0.01),  # is 0.667
        "false refusals": Promise(value=0.3, tolerance=0.01),  # is 0.333, and lower is better
        "AURC": Promise(value=0.9, tolerance=0),  # is lower, so better
        "wrong answers": Promise(value=0, tolerance=1),  # not measured
    }
    assert shortfalls(Promises(promises=promises), table) == (
        "first citation right is 0.333, promised 0.500 ± 0.010",
        "false refusals is 0.333, promised 0.300 ± 0.010",
        "wrong answers is not measured, promised 0.000 ± 1.000",
    )


def test_a_promise_of_what_is_no_measure_is_refused() -> None:
    baseline = Promises(promises={"beauty": Promise(value=1, tolerance=0)})
    with pytest.raises(BadBaseline, match="'beauty', which is no measure"):
        shortfalls(baseline, tables(RUN)[OVERALL])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"promises": {}}',
        '{"promises": {"AURC": {"value": 1}}}',
        '{"promises": {"AURC": {"value": 1, "tolerance": -1}}}',
        '{"promises": {"AURC": {"value": NaN, "tolerance": 0}}}',
    ],
)
def test_what_is_no_baseline_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(BadBaseline, match=r"baseline\.json is no baseline"):
        read_baseline(path)


def test_our_baseline_promises_exact_citations_without_tolerance() -> None:
    path = Path(__file__).parents[2] / "evals" / "baseline.json"
    exactness = read_baseline(path).promises["citation exactness"]
    assert (exactness.value, exactness.tolerance) == (1.0, 0.0)
    assert set(json.loads(path.read_text())["promises"]) <= QUESTION_MEASURES.keys() | RUN_MEASURES.keys()


def test_latency_is_not_promised() -> None:
    promised = read_baseline(Path(__file__).parents[2] / "evals" / "baseline.json").promises
    assert not [name for name in promised if name.startswith("seconds")]


def test_abstaining_from_everything_is_no_perfect_run() -> None:
    run = [replace(item, asked=replace(item.asked, outcome="abstention", citations=())) for item in RUN]
    scores = tables(run)[OVERALL]
    assert scores["false refusals"].value == 1.0
    assert scores["first citation right"].value == scores["citation F1"].value == 0.0
    assert scores["citation precision"].value is None
