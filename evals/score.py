"""Scoring: every measure of a judged run, with its interval and the questions it applies to.

QUESTION_MEASURES   one value per question; the score is their mean
RUN_MEASURES        one value for all questions together
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from evals.judging import Judged
from evals.measures import (
    Interval,
    abstention_f1,
    abstention_precision,
    abstention_recall,
    all_right,
    aurc,
    auroc,
    calibration_error,
    citation_scores,
    contains_gold,
    exact_match,
    false_refusal,
    first_citation,
    hit,
    mean,
    mean_interval,
    ndcg,
    percentile,
    recall,
    reciprocal_rank,
    run_interval,
    says_wrong,
    sentence_ranking,
    squad2_exact,
    squad2_f1,
    token_f1,
)

DEPTH = 10
OVERALL = "all"

QuestionMeasure = Callable[[Judged], float | None]
Pair = tuple[float, bool]
RankingMeasure = Callable[[Sequence[object], Sequence[object], int], float | None]


@dataclass(frozen=True, slots=True)
class Score:
    """One measure of one run.

    Attributes:
        value: None where the measure applies to no question.
        n: questions it is taken over.
        interval: 95 % bootstrap interval; None where there are too few questions for one.
    """

    value: float | None
    n: int
    interval: Interval | None


Table = Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class RunMeasure:
    """A measure that is no mean.

    Attributes:
        pair: what it takes of one question: a number, and whether something holds; None where it does
            not apply.
        of: the measure of all pairs.
    """

    pair: Callable[[Judged], Pair | None]
    of: Callable[[Sequence[Pair]], float | None]


def tables(judged: Sequence[Judged]) -> dict[str, Table]:
    """One table per type of question, in the order of their names, and one overall.

    Measures of a whole run stand in the last one alone: a type has too few questions for them.
    """
    types = sorted({item.question.type for item in judged if item.question.type})
    by_type = {name: _means([item for item in judged if item.question.type == name]) for name in types}
    return {**by_type, OVERALL: score(judged)}


def score(judged: Sequence[Judged]) -> Table:
    """Every measure over these questions."""
    return {**_means(judged), **{name: _whole(judged, of) for name, of in RUN_MEASURES.items()}}


def _means(judged: Sequence[Judged]) -> Table:
    columns = {name: [of(item) for item in judged] for name, of in QUESTION_MEASURES.items()}
    return {name: Score(*mean(values), mean_interval(values)) for name, values in columns.items()}


def _whole(judged: Sequence[Judged], measure: RunMeasure) -> Score:
    pairs = [pair for item in judged if (pair := measure.pair(item)) is not None]
    value = measure.of(pairs)
    return Score(value, len(pairs), None if value is None else run_interval(pairs, measure.of))


def _of_documents(item: Judged, measure: RankingMeasure, depth: int) -> float | None:
    return measure(item.documents, item.question.relevant, depth)


def _of_sentences(item: Judged, measure: RankingMeasure, depth: int) -> float | None:
    """Against the alternative gold set that it meets best."""
    values = [measure(sentence_ranking(item.asked.retrieved, gold), gold, depth) for gold in item.gold]
    return max((value for value in values if value is not None), default=None)


def _of_citations(item: Judged, name: str) -> float | None:
    scores = citation_scores(item.cited, item.gold)
    value: float | None = getattr(scores, name, None)
    return value


def _of_text(item: Judged, measure: Callable[[str, Sequence[str]], float | None]) -> float | None:
    return measure(item.said or "", item.question.answers) if item.question.answerable else None


def _of_short_text(item: Judged, measure: Callable[[str, Sequence[str]], float | None]) -> float | None:
    """None for a long form, which nobody repeats word for word."""
    return None if item.question.long_form else _of_text(item, measure)


def _all_right(item: Judged) -> float | None:
    wrong = item.question.wrong_answers
    return None if wrong is None else all_right(item.said or "", item.question.answers, wrong)


def _or_abstained(item: Judged, measure: Callable[..., float | None]) -> float | None:
    question = item.question
    if question.long_form:
        return None
    return measure(item.said, question.answers, answerable=question.answerable)


def _abstaining(item: Judged, measure: Callable[..., float | None]) -> float | None:
    return measure(abstained=item.abstained, answerable=item.question.answerable)


def _split(pairs: Sequence[Pair]) -> tuple[list[float], list[bool]]:
    return [number for number, _ in pairs], [flag for _, flag in pairs]


def _auroc(pairs: Sequence[Pair]) -> float | None:
    return auroc([number for number, flag in pairs if flag], [number for number, flag in pairs if not flag])


def _latency(percent: float) -> RunMeasure:
    return RunMeasure(
        lambda item: (item.asked.seconds, True), lambda pairs: percentile(_split(pairs)[0], percent)
    )


def _ranking_measures() -> dict[str, QuestionMeasure]:
    return {
        f"{unit} {name}@{depth}": partial(of, measure=measure, depth=depth)
        for unit, of in (("document", _of_documents), ("sentence", _of_sentences))
        for name, measure, depth in (
            ("nDCG", ndcg, DEPTH),
            ("Hit", hit, 1),
            ("Hit", hit, DEPTH),
            ("Recall", recall, DEPTH),
            ("MRR", reciprocal_rank, DEPTH),
        )
    }


QUESTION_MEASURES: Mapping[str, QuestionMeasure] = {
    **_ranking_measures(),
    "citation exactness": lambda item: item.exactness,
    "citation precision": partial(_of_citations, name="precision"),
    "citation recall": partial(_of_citations, name="recall"),
    "citation F1": partial(_of_citations, name="f1"),
    "first citation right": lambda item: first_citation(item.cited, item.gold),
    "exact match": partial(_of_short_text, measure=exact_match),
    "token F1": partial(_of_text, measure=token_f1),
    "contains gold": partial(_of_short_text, measure=contains_gold),
    "all answers, none wrong": _all_right,
    "wrong answers": lambda item: says_wrong(item.said or "", item.question.wrong_answers or ()),
    "SQuAD2 exact": partial(_or_abstained, measure=squad2_exact),
    "SQuAD2 F1": partial(_or_abstained, measure=squad2_f1),
    "abstention precision": partial(_abstaining, measure=abstention_precision),
    "abstention recall": partial(_abstaining, measure=abstention_recall),
    "false refusals": partial(_abstaining, measure=false_refusal),
}

RUN_MEASURES: Mapping[str, RunMeasure] = {
    "abstention F1": RunMeasure(
        lambda item: (item.abstained, item.question.answerable),
        lambda pairs: abstention_f1([held == 1 for held, _ in pairs], _split(pairs)[1]),
    ),
    "AUROC answerable": RunMeasure(lambda item: (item.asked.confidence, item.question.answerable), _auroc),
    "AURC": RunMeasure(lambda item: item.belief, lambda pairs: aurc(*_split(pairs))),
    "calibration error": RunMeasure(
        lambda item: item.belief, lambda pairs: calibration_error(*_split(pairs))
    ),
    "seconds p50": _latency(50),
    "seconds p95": _latency(95),
    "seconds p99": _latency(99),
}

LOWER_IS_BETTER = frozenset(
    {
        "false refusals",
        "wrong answers",
        "AURC",
        "calibration error",
        "seconds p50",
        "seconds p95",
        "seconds p99",
    }
)
