import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.unit.training.examples import ASKED, HIGHFELL, LOWMERE, article_of
from training.support import slips
from training.support.claims import joined, lowered, reworded, shortened, statement, variant
from training.support.judged import attribution_bench, fool_me_twice, lfqa_verification
from training.support.pairs import Pair, read_pairs, write_pairs
from training.support.premises import condense, coverage
from training.support.prepare import shorter
from training.support.slips import difference, slip
from training.support.synthetic import synthetic_pairs
from training.swaps import Lexicon, read_lexicon
from training.tokens import count_tokens

NOTHING = Lexicon({"year": [], "number": [], "month": []})
PAIR = Pair("p", "judged", "lfqa", "q", "The mill burned down.", "The mill burned down in 1633.", 0.75)


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("In 1312, Ansel Brook founded the small town.", "Ansel Brook founded the small town."),
        ("The town (on the Ald) was founded in 1312.", "The town was founded in 1312."),
        ("The mill, which stood near Ostley, burned down in 1633.", "The mill burned down in 1633."),
        ("The harbour was dug by Feld, who came from Karlow.", "The harbour was dug by Feld."),
        ("The bridge was of wood, although stone was cheap there.", "The bridge was of wood."),
    ],
)
def test_a_clause_is_dropped(sentence: str, claim: str) -> None:
    assert claim in shortened(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "If the river rises, the harbour is closed to all ships.",
        "The harbour is closed to all ships, but only if the river rises.",
        "The museum is free (except on Sundays).",
    ],
)
def test_no_condition_is_dropped(sentence: str) -> None:
    assert shortened(sentence) == []


@pytest.mark.parametrize(
    ("claim", "other"),
    [
        ("It cost 3 percent more.", "It cost 3% more."),
        ("It opened on 5 May 2010.", "It opened on May 5, 2010."),
        ("It has 12,450 sheep.", "It has 12450 sheep."),
        ("It has three mills.", "It has 3 mills."),
        ("It did not burn.", "It didn't burn."),
    ],
)
def test_a_claim_is_worded_differently(claim: str, other: str) -> None:
    assert other in {reworded(claim, random.Random(seed)) for seed in range(20)}


def test_two_sentences_are_joined_and_names_keep_their_capitals() -> None:
    found = {joined("The mill burned down.", "It stood there.", random.Random(n)) for n in range(20)}
    assert "The mill burned down, and it stood there." in found
    assert lowered("Ostley is near.") == "Ostley is near."


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("Who founded Lowmere?", "Ansel Brook", "Ansel Brook founded Lowmere."),
        ("What was the name of the river?", "Ald", "Ald was the name of the river."),
        ("When was the mill burned?", "1633", "The mill was burned in 1633."),
        ("How many people lived in Lowmere?", "240", "240 people lived in Lowmere."),
        ("Why did it burn?", "lightning", None),
    ],
)
def test_a_question_and_its_answer_become_a_statement_where_a_rule_is_safe(
    question: str, answer: str, said: str | None
) -> None:
    assert statement(question, answer) == said


def test_a_variant_has_the_words_of_its_sentence_mostly() -> None:
    sentence = "The mill, which stood near Ostley, burned down on 5 May 1633."
    for seed in range(50):
        claim = variant(sentence, random.Random(seed))
        assert "burned down" in claim
        assert "1633" in claim


@pytest.mark.parametrize(
    ("claim", "kind", "example"),
    [
        ("The mill burned down in 1633.", "number", None),
        ("It takes 3 hours.", "unit", "It takes 3 days."),
        ("The mill is old.", "negated", "The mill is not old."),
        ("The mill was not old.", "negated", "The mill was old."),
        ("Visitors may enter.", "stronger", "Visitors will enter."),
        ("The town of Ostley was sold by Clara Dunmore.", "exchanged", None),
    ],
)
def test_every_kind_of_slip_is_made(claim: str, kind: str, example: str | None) -> None:
    found = {slip(claim, claim, NOTHING, random.Random(seed)) for seed in range(60)}
    made = {one[1] for one in found if one and one[0] == kind}
    assert made
    assert claim not in made
    assert example is None or example in made


def test_a_name_is_swapped_for_another_of_the_article() -> None:
    claim = "The first bridge was built in 1487 by Clara Dunmore."
    made = {slip(claim, claim, read_lexicon(LOWMERE), random.Random(seed)) for seed in range(60)}
    assert ("swapped", "The first bridge was built in 1487 by Ansel Brook.") in made


def test_a_value_comes_from_a_sentence_about_something_else() -> None:
    told = "The first bridge was built in 1487. Sheep grazed there in 1633. The first bridge burned in 1700."
    claim = "The first bridge was built in 1487."
    made = {slip(claim, told, NOTHING, random.Random(seed)) for seed in range(60)}
    assert {one[1] for one in made if one and one[0] == "crossed"} == {"The first bridge was built in 1633."}


def test_where_no_rule_applies_there_is_no_slip() -> None:
    assert slip("Sheep graze there.", "Sheep graze there.", NOTHING, random.Random(0)) is None


def test_a_number_that_stands_in_the_premise_does_not_come() -> None:
    told = "It had 1, 2, 3, 4, 5, 6, 7, 8 and 9 sheep."
    made = [slip("It had 3 sheep.", told, NOTHING, random.Random(seed)) for seed in range(60)]
    assert not {"It had 4 sheep.", "It had 2 sheep."} & {one[1] for one in made if one}


def test_the_difference_of_two_texts_is_what_was_changed() -> None:
    assert difference("Built in 1487, by Feld.", "Built in 1488, by Feld.") == ("1487", "1488")
    assert difference("Built by Clara Dunmore.", "Built by Feld.") == ("Clara Dunmore", "Feld")
    assert difference("same", "same") == ("", "")


def test_made_pairs_say_what_they_are() -> None:
    article = article_of(f"{LOWMERE}\n\n{HIGHFELL}", ASKED)
    pairs = [one for seed in range(40) for one in synthetic_pairs(article, 1.0, random.Random(seed))]
    kinds = {pair.kind for pair in pairs}
    assert kinds >= {"claim", "twin", "betrayed", "half", "padded", "elsewhere", "swapped", "negated"}
    for pair in pairs:
        assert pair.carried == (pair.kind in ("claim", "twin"))
        assert pair.group == article.group
        if pair.kind in slips.CERTAIN:
            assert pair.contradicted
        if pair.kind in ("half", "elsewhere", "padded"):
            assert pair.contradicted is False


def test_made_pairs_are_the_same_for_the_same_seed() -> None:
    article = article_of(LOWMERE, ASKED)
    one, other = (list(synthetic_pairs(article, 0.7, random.Random(3))) for _ in range(2))
    assert one == other
    assert len({pair.id for pair in one}) == len(one)


def test_a_premise_is_cut_to_the_sentences_that_share_most_with_the_claim() -> None:
    (length,) = count_tokens(["It burned down in 1633."])
    assert condense("What burned down in 1633?", LOWMERE, length + 1) == "It burned down in 1633."
    assert condense("anything", LOWMERE, 10_000) == " ".join(LOWMERE.split())
    assert coverage("The mill burned", "A mill burned down") == 1
    assert coverage("Sheep burned", "A mill burned down") == 0.5
    assert coverage("the of", "A mill") == 1


def test_what_carries_a_supported_claim_survives_the_cut() -> None:
    filler = " ".join(f"Sheep number {n} is counted on the hill every spring morning." for n in range(90))
    pair = Pair("p", "judged", "s", "g", "A mill burned in 1633.", f"{filler} The mill burned in 1633.", 1.0)
    for seed in range(10):
        cut = shorter(pair, random.Random(seed))
        assert "The mill burned in 1633." in cut.premise
        assert len(cut.premise) < len(pair.premise)


def test_pairs_are_read_as_they_were_written(tmp_path: Path) -> None:
    pairs = [PAIR, Pair("ß", "twin", "s", "g", "“Zoë”", "a\u2028b", 0.0, contradicted=True)]
    write_pairs(tmp_path / "pairs.jsonl", pairs)
    assert list(read_pairs(tmp_path / "pairs.jsonl")) == pairs
    assert PAIR.carried


def lines_in(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_attribution_bench_is_read_without_marks_and_addresses(tmp_path: Path) -> None:
    row = {
        "question": "Who dug it?",
        "claim": "Jonas Feld [1].",
        "references": ["[1] https://example.org/a\n\nJonas Feld\ndug it.", "And more."],
        "attribution_label": "attributable",
        "src_dataset": "ExpertQA",
    }
    (pair,) = attribution_bench(lines_in(tmp_path / "dev.jsonl", row))
    assert (pair.claim, pair.premise) == ("Who dug it? Jonas Feld.", "Jonas Feld dug it. And more.")
    assert (pair.support, pair.contradicted, pair.source) == (1.0, None, "ExpertQA")


def test_lfqa_sentences_stand_under_the_documents_they_were_judged_by(tmp_path: Path) -> None:
    judged = {
        "labels": ["supported", "partially", "not_supported"],
        "answer": "It was dug by Jonas Feld.</s>",
    }
    answer = {"question_id": 7, "question": "Who dug it?", "annotations": [judged]}
    for system in ("webgpt", "gpt3_whudoc"):
        lines_in(tmp_path / f"annotations/annotations-{system}.json").write_text(json.dumps([answer]))
    for name in ("webgpt", "human"):
        told = {"question_id": 7, "docs": [{"title": name, "text": "It was\ndug."}]}
        lines_in(tmp_path / f"docs/docs-{name}.json").write_text(json.dumps([told]))
    human, webgpt = lfqa_verification(tmp_path)
    assert (human.premise, webgpt.premise) == ("human. It was dug.", "webgpt. It was dug.")
    assert human.claim == "It was dug by Jonas Feld."
    assert human.support == pytest.approx((1 + 0.25) / 3)
    assert not human.carried


def test_fool_me_twice_claims_have_their_gold_sentences_and_others(tmp_path: Path) -> None:
    row = {
        "id": "x",
        "label": "REFUTES",
        "text": "The mill stood till 1700.",
        "wikipedia_page": "Lowmere",
        "gold_evidence": [{"text": "It burned down in 1633."}],
        "retrieved_evidence": [{"text": "It burned down in 1633."}, {"text": "Sheep graze there."}],
    }
    (found,) = fool_me_twice(lines_in(tmp_path / "dev.jsonl", row))
    assert found.pair.premise == "It burned down in 1633."
    assert (found.pair.support, found.pair.contradicted) == (0.0, True)
    assert (found.title, found.others) == ("Lowmere", ("Sheep graze there.",))
