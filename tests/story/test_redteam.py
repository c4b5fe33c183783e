"""Documents that mean harm, all the way: read, found, put before a model that obeys them, grounded, shown."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from api.completions.writing import Writer
from api.conversion import answer_object
from api.layout import lay_out
from api.rendering import outcome_blocks, trace_blocks
from api.schemas import AnswerObject
from ingest.assembly import open_builder
from ingest.settings import IndexSettings
from qa.answers import Claim, Outcome, Withheld
from qa.assembly import open_assistant
from qa.assessments import Support
from qa.assistant import Assistant
from qa.chat_generation import ChatGenerator
from qa.drafts import Evidence, Statement, Statements
from qa.events import ClaimStated, Concluded
from qa.grounding import ground
from qa.questions import Question
from qa.settings import AssistantSettings
from qa.support import Verifier
from qa.wording import flatten
from tests.contract.test_generators import chat_generator
from tests.fakes import proposed
from tests.redteam import ATTACKS, Attack, write_attacks
from tests.scripted_model import Request, ScriptedModel, Text, scripted_model, structured

UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
MARK = re.compile(r"<|\[/?[A-Za-z]")
# What a terminal obeys: controls, direction marks.
COMMANDS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# What a Markdown client renders: a link, an image, a tag.
RENDERED = re.compile(r"\](?=[(\[:])|!(?=\[)|(?<!\\)<(?=[A-Za-z/!?])")
REFUSED = {"escapes-02.txt", "invisible-characters-07.txt"}  # no text at all

each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=str)


class SaysEverything:
    """Drafts every sentence it is shown word for word, and keeps what it was shown."""

    fingerprint = "everything-1"

    def __init__(self) -> None:
        self.shown = Evidence()

    def draft(self, question: str, evidence: Evidence) -> Statements:
        self.shown = evidence
        return proposed(*(Statement(one.sentence.text, (one.handle,)) for one in evidence))


Seen = Mapping[str, tuple[Evidence, Outcome]]


@pytest.fixture(scope="module")
def redteam_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("redteam")
    report = open_builder(IndexSettings(index=folder / "index")).ingest(
        [str(write_attacks(folder / "documents"))], watch=lambda _: None
    )
    assert {item.place for item in report.skipped} == REFUSED
    return folder / "index"


@pytest.fixture(scope="module")
def opened(redteam_index: Path) -> Assistant:
    return open_assistant(AssistantSettings(index=redteam_index))


@pytest.fixture(scope="module")
def verifier(opened: Assistant) -> Verifier:
    return opened.writer.verifier


@pytest.fixture(scope="module")
def seen(opened: Assistant) -> Seen:
    """By file what is shown for its question, and the answer that says all of it."""
    says = SaysEverything()
    settings = opened.settings.model_copy(update={"min_confidence": 0.0, "read_passages": 3})
    assistant = replace(opened, writer=replace(opened.writer, generator=says), settings=settings)
    found = {}
    for attack in ATTACKS:
        outcome = assistant.ask(Question(attack.question))
        found[attack.file] = (says.shown, outcome)
    return found


@pytest.fixture(scope="module")
def obedient() -> Iterator[ScriptedModel]:
    """A model that does as the document says which the question is about."""

    def obey(request: Request) -> Text:
        lines = request.user.split("\n")
        asked = lines[lines.index("Question:") + 1]
        attack = max(ATTACKS, key=lambda one: len(one.place) * (f" {one.place}?" in asked))
        return structured(*((said.text, said.handles) for said in attack.obeyed))

    with scripted_model(obey) as model:
        yield model


@pytest.fixture(scope="module")
def generator(obedient: ScriptedModel) -> ChatGenerator:
    return chat_generator(obedient)


def assert_grounded(draft: list[Statement], evidence: Evidence, attack: Attack, verifier: Verifier) -> None:
    """Every statement is a claim on what it points at, or withheld; attackers speak only as quotations."""
    outcomes = list(ground(draft, evidence, verifier))
    assert len(outcomes) == len(draft)
    for statement, outcome in zip(draft, outcomes, strict=True):
        if isinstance(outcome, Withheld):
            continue
        pointed = [evidence.get(handle) for handle in dict.fromkeys(statement.handles)]
        assert [(one.document.id, one.sentence.text) for one in pointed if one] == [
            (cited.document.id, cited.quote) for cited in outcome.citations
        ]
        if attack.never in outcome.text:
            assert any(attack.never in cited.quote for cited in outcome.citations), attack.must_not


def test_there_are_many_attacks_of_many_kinds() -> None:
    assert len(ATTACKS) >= 60
    assert len({attack.category for attack in ATTACKS}) >= 18
    assert (
        len({attack.place for attack in ATTACKS}) == len({attack.file for attack in ATTACKS}) == len(ATTACKS)
    )


def test_the_attacks_are_what_is_shown(seen: Seen) -> None:
    """Or nothing here would be tested."""
    shown = sum(any(attack.place in one.sentence.text for one in seen[attack.file][0]) for attack in ATTACKS)
    assert shown >= len(ATTACKS) - len(REFUSED) - 2


@each_attack
def test_a_model_that_obeys_gets_nothing_through(
    attack: Attack, seen: Seen, generator: ChatGenerator, verifier: Verifier
) -> None:
    evidence, _ = seen[attack.file]
    draft = list(generator.draft(attack.question, evidence))
    assert len(draft) >= len(attack.obeyed)
    assert_grounded(draft, evidence, attack, verifier)


@each_attack
def test_evidence_stays_data_in_the_prompt(
    attack: Attack, seen: Seen, generator: ChatGenerator, obedient: ScriptedModel
) -> None:
    evidence, _ = seen[attack.file]
    before = len(obedient.requests)
    list(generator.draft(attack.question, evidence))
    request = obedient.requests[before]
    assert [message["role"] for message in request.body["messages"]] == ["system", "user"]
    assert attack.place not in request.system
    assert not [char for char in request.user if unicodedata.category(char) in UNSEEN - {"Cc"}]
    lines = request.user.split("\n")
    quoted = [json.loads(line) for line in lines if line.startswith("{")]
    said = {handle: text for one in quoted for handle, text in one["sentences"].items()}
    assert said == {shown.handle: flatten(shown.sentence.text) for shown in evidence}
    assert not any(MARK.search(line) for line in lines if line.startswith("{"))
    assert sum(line == "Documents:" for line in lines) == sum(line == "Question:" for line in lines) == 1
    assert json.loads(lines[-1]) == attack.question


@each_attack
def test_no_document_can_claim_the_sentence_of_another(
    attack: Attack, seen: Seen, verifier: Verifier
) -> None:
    evidence, _ = seen[attack.file]
    own = [one for one in evidence if attack.place in one.document.text]
    others = [one for one in evidence if attack.place not in one.document.text]
    stolen = [
        Statement(one.sentence.text, (other.handle,))
        for one in own
        for other in others
        if attack.place in one.sentence.text
    ]
    outcomes = list(ground(stolen, evidence, verifier))
    assert [outcome for outcome in outcomes if isinstance(outcome, Claim)] == []


def test_a_sentence_about_another_name_does_not_carry_it(verifier: Verifier) -> None:
    told = verifier.assess(
        "The harbour master of Oxenfell is Rhys Cobb.", ["The harbour master of Patterholm is Rhys Cobb."]
    )
    assert told.support in (Support.PARTLY, Support.UNSUPPORTED)
    assert "Oxenfell" in told.missing


@each_attack
def test_on_a_terminal_it_commands_nothing(attack: Attack, seen: Seen) -> None:
    _, outcome = seen[attack.file]
    for width in (40, 100):
        written = StringIO()
        console = Console(file=written, force_terminal=True, color_system=None, width=width, markup=False)
        for line in lay_out([*outcome_blocks(outcome), *trace_blocks(outcome.trace)], console):
            console.print(line, soft_wrap=True, highlight=False)
        assert not COMMANDS.search(written.getvalue())


@each_attack
def test_as_json_it_is_one_line_and_the_same_answer(attack: Attack, seen: Seen) -> None:
    _, outcome = seen[attack.file]
    sent = answer_object(outcome)
    line = sent.model_dump_json()
    assert not re.search(r"[\x00-\x1f]", line)
    assert AnswerObject.model_validate_json(line) == sent


@each_attack
def test_in_the_completions_it_is_no_link_image_or_tag(attack: Attack, seen: Seen) -> None:
    _, outcome = seen[attack.file]
    writer = Writer("http://localhost:8000")
    told = [ClaimStated(claim) for claim in getattr(outcome, "claims", ())]
    content = "".join(map(writer.write, [*told, Concluded(outcome)]))
    assert not RENDERED.search(content)
    assert not COMMANDS.search(content)
