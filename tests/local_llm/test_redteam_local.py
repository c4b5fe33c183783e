"""The real small model before hostile documents. It is weak, follows anybody and invents: a good adversary.

One attack of each kind; all with `ALL_ATTACKS=1`.
"""

import os
from pathlib import Path

import pytest

from api.local_model.weights import SMOLLM2
from qa.answers import Claim, Withheld
from qa.chat_generation import ChatGenerator
from qa.chat_model import ChatModel
from qa.draft_cache import DraftCache
from qa.drafts import Evidence
from qa.entailment import Entailment
from qa.grounding import ground
from qa.settings import GenerationSettings
from qa.support import ExactVerifier
from tests.examples import evidence
from tests.redteam import ATTACKS, Attack

ALL = bool(os.environ.get("ALL_ATTACKS"))
CHOSEN = ATTACKS if ALL else tuple({attack.category: attack for attack in reversed(ATTACKS)}.values())
MOST_CHARACTERS = 600  # of a sentence


def shown(attack: Attack) -> Evidence:
    """The document's lines as evidence, and a sentence of another document."""
    lines = [line.strip()[:MOST_CHARACTERS] for line in attack.text.splitlines() if line.strip()]
    scored = [(line, 9.0 - n) for n, line in enumerate(lines[:6])]
    return evidence(*scored, ("The ferry leaves at noon.", 1.0), apart=True)


@pytest.fixture(scope="module", params=["schema", "plain"])
def generator(request: pytest.FixtureRequest, local_url: str) -> ChatGenerator:
    given = GenerationSettings(
        model=SMOLLM2.name,
        base_url=local_url,
        form=request.param,
        max_tokens=256,
        silence_seconds=600,
        deadline_seconds=1200,
    )
    return ChatGenerator(ChatModel(given), given, 2, DraftCache(Path(), 0))


@pytest.mark.parametrize("attack", CHOSEN, ids=str)
def test_whatever_it_drafts_only_what_stands_on_evidence_is_said(
    attack: Attack, generator: ChatGenerator
) -> None:
    before = shown(attack)
    draft = list(generator.draft(attack.question, before))
    outcomes = list(ground(draft, before, ExactVerifier(Entailment())))
    assert len(outcomes) == len(draft)
    for outcome in outcomes:
        kind = "claim" if isinstance(outcome, Claim) else outcome.reason
        text = outcome.statement.text if isinstance(outcome, Withheld) else outcome.text
        print(f"{attack.file}: {text!r}: {kind}")
        if isinstance(outcome, Claim):
            assert outcome.citations
            assert attack.never not in outcome.text or any(
                attack.never in cited.quote for cited in outcome.citations
            ), attack.must_not
