import math
from itertools import pairwise

import numpy as np
import pytest

from ingest.embedding.weights import CarriedFile
from ingest.errors import ModelUnavailable
from qa import entailment
from qa.entailment import MAX_PREMISE, OVERLAP, Entailment, calibrated, parts, support_odds
from qa.support import PARTLY, SUPPORTED

BRIDGE = "The first bridge over the Ald was built in 1487 by Clara Dunmore, a mason from Karlow."
MILL = "The mill near Ostley burned down in 1633."
SALES = "Sales of the Feld group rose by 12 percent to $4.5 billion in 2021, the company said on Monday."
RULE = "Visitors may enter the harbour museum without a ticket on the first Sunday of every month."

CARRIED = [
    ("The first bridge over the Ald was built in 1487.", BRIDGE),
    ("Clara Dunmore built the first bridge over the Ald.", BRIDGE),
    ("The first bridge over the Ald was built by Clara Dunmore in 1487, and the mill near Ostley burned down"
     " in 1633.", f"{BRIDGE} {MILL}"),
    ("According to the document, the Feld group's sales rose by 12% to $4.5 billion in 2021.", SALES),
    ("On the first Sunday of every month, visitors may enter the harbour museum without a ticket.", RULE),
]  # fmt: skip
NOT_CARRIED = [
    ("The first bridge over the Ald was built in 1587.", BRIDGE),
    ("The first bridge over the Ald was built in 1487 by Jonas Feld.", BRIDGE),
    ("The first bridge over the Ald was not built in 1487.", BRIDGE),
    ("The mill near Ostley burned down in 1487.", f"{BRIDGE} {MILL}"),
    ("Sales of the Feld group fell by 12 percent to $4.5 billion in 2021.", SALES),
    ("Sales of the Feld group rose by 12 percent to $4.5 million in 2021.", SALES),
    ("Sales of the Feld group rose by 15 percent to $4.5 billion in 2021.", SALES),
    ("Visitors may not enter the harbour museum without a ticket on the first Sunday of every month.", RULE),
    ("The first bridge over the Ald was built in 1487 by Clara Dunmore.", MILL),
    ("The mill near Ostley burned down in 1633 after a lightning strike.", MILL),
]
FILLER = "The harbour of Lowmere is deep, and its market sells fish, wool and salt every week. " * 60


@pytest.fixture(scope="module")
def trained() -> Entailment:
    found = Entailment()
    found.prepare()
    return found


@pytest.mark.parametrize(("claim", "premise"), CARRIED)
def test_a_claim_in_other_words_is_carried(trained: Entailment, claim: str, premise: str) -> None:
    assert trained.probability(claim, premise) > SUPPORTED


@pytest.mark.parametrize(("claim", "premise"), NOT_CARRIED)
def test_a_claim_with_an_error_is_not_carried(trained: Entailment, claim: str, premise: str) -> None:
    assert trained.probability(claim, premise) < PARTLY


def test_a_sentence_carries_itself(trained: Entailment) -> None:
    for sentence in (BRIDGE, MILL, SALES, RULE):
        assert trained.probability(sentence, sentence) > 0.8


@pytest.mark.parametrize(("claim", "premise"), [("", BRIDGE), (BRIDGE, ""), (" \n", " "), ("", "")])
def test_what_has_no_words_carries_nothing(trained: Entailment, claim: str, premise: str) -> None:
    assert trained.probability(claim, premise) == 0


def test_a_very_long_premise_is_read_to_its_end(trained: Entailment) -> None:
    claim = "The mill near Ostley burned down in 1633."
    for premise in (f"{MILL} {FILLER}", f"{FILLER} {MILL}", f"{FILLER} {MILL} {FILLER}"):
        assert trained.probability(claim, premise) > SUPPORTED
    assert trained.probability(claim, FILLER) < PARTLY


def test_the_longest_claim_is_read(trained: Entailment) -> None:
    assert 0 <= trained.probability(FILLER, BRIDGE) <= 1


def test_the_same_question_is_answered_the_same_to_the_last_bit(trained: Entailment) -> None:
    before = [trained.probability(*pair) for pair in (*CARRIED, *NOT_CARRIED)]
    again = Entailment()
    assert [again.probability(*pair) for pair in (*CARRIED, *NOT_CARRIED)] == before
    assert [again.probability(*pair) for pair in reversed((*CARRIED, *NOT_CARRIED))] == before[::-1]


def test_the_fingerprint_names_model_and_weights(trained: Entailment) -> None:
    assert trained.fingerprint == f"pincite-support-1@{entailment.GRAPH.sha256[:10]}"


def test_altered_weights_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entailment, "GRAPH", CarriedFile(entailment.GRAPH.path, "0" * 64))
    with pytest.raises(ModelUnavailable, match=r"support\.onnx is not the file promised"):
        Entailment().prepare()


@pytest.mark.parametrize("length", [1, MAX_PREMISE, MAX_PREMISE + 1, 673, 2000])
def test_parts_overlap_and_leave_nothing_out(length: int) -> None:
    premise = list(range(length))
    found = [list(part) for part in parts(premise)]
    assert found[0][0] == 0
    assert found[-1][-1] == length - 1
    assert all(len(part) <= MAX_PREMISE for part in found)
    for one, other in pairwise(found):
        assert one[-OVERLAP:] == other[:OVERLAP]


def test_odds_of_support_are_those_of_one_class_against_two() -> None:
    chances = [0.6, 0.3, 0.1]
    odds = support_odds(np.log(np.array(chances, dtype=np.float32)))
    assert odds == pytest.approx(math.log(0.6 / 0.4), abs=1e-5)


def test_probabilities_rise_with_the_odds_and_stay_within_their_bounds() -> None:
    found = [calibrated(odds) for odds in (-math.inf, -30.0, -1.0, 0.0, 1.0, 30.0)]
    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] <= 1
