"""The real small model all the way: asked in Python, over HTTP as it streams, and by an evaluation run.

It is weak: what counts is that whatever it writes, every claim stands on a stored sentence.
"""

from pathlib import Path

import pytest

from api.local_model.weights import SMOLLM2
from evals.questions import EvalQuestion
from evals.run import ask_all, asking
from ingest.assembly import open_builder, open_store
from ingest.settings import IndexSettings
from qa.answers import Answer, Outcome
from qa.assembly import open_assistant
from qa.questions import Question
from qa.settings import AssistantSettings, GenerationSettings
from tests.story.test_http import serving
from tests.story.test_http_stream import told

QUESTION = "How many Tomahawks will Japan receive?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("local")
    (folder / "deal.txt").write_text("Japan will receive 400 Tomahawks.\n\nThe deal is worth $1.6 billion.\n")
    open_builder(IndexSettings(index=folder / "index")).ingest(
        [str(folder / "deal.txt")], watch=lambda _: None
    )
    return folder / "index"


@pytest.fixture(scope="module")
def generation(local_url: str) -> GenerationSettings:
    return GenerationSettings(
        model=SMOLLM2.name, base_url=local_url, max_tokens=128, silence_seconds=600, deadline_seconds=1200
    )


def assert_every_claim_stands(outcome: Outcome, index: Path) -> None:
    assert isinstance(outcome, Answer)
    with open_store(IndexSettings(index=index)).reading() as live:
        for claim in outcome.claims:
            for cited in claim.citations:
                assert cited.span.cut(live.document(cited.document.id).text) == cited.quote
    assert outcome.trace.drafting.requests or outcome.trace.drafting.cached


def test_asked_it_writes_or_the_sentences_answer(index: Path, generation: GenerationSettings) -> None:
    assistant = open_assistant(AssistantSettings(index=index, generation=generation))
    outcome = assistant.ask(Question(QUESTION))
    assert_every_claim_stands(outcome, index)
    assert assistant.ask(Question(QUESTION)).trace.drafting.cached


def test_a_stream_ends_with_all_it_told(index: Path, generation: GenerationSettings) -> None:
    with serving(index, generation=generation) as client:
        events = told(client.post("/v1/chat/stream", json={"question": QUESTION}, timeout=1200))
    names = [name for name, _ in events]
    assert (names[0], names[-1]) == ("retrieved", "concluded")
    answer = events[-1][1]
    assert [data["claim"] for name, data in events if name == "claim"] == answer["claims"]
    assert [data for name, data in events if name == "withheld"] == answer["trace"]["withheld"]


def test_an_evaluation_run_asks_it(index: Path, generation: GenerationSettings) -> None:
    assistant = open_assistant(AssistantSettings(index=index, generation=generation))
    (line,) = ask_all(asking(assistant), [EvalQuestion(id="q1", question=QUESTION, answerable=True)])
    assert (line.id, line.outcome) == ("q1", "answer")
    assert line.citations
