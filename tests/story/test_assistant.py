"""The whole house, asked in Python: real index, real models, generators good and bad."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from evals.errors import BadQuestions, BadRun
from evals.judging import gold_places, judge
from evals.questions import EvalQuestion, GoldSentence
from evals.run import ask_all, asking, header_of, run_questions
from evals.run_file import asked_questions, read_run
from evals.score import tables
from ingest.store import Filters
from qa.answers import Abstention, AbstentionReason, Answer, WithheldReason
from qa.assembly import open_assistant
from qa.assessments import Support
from qa.assistant import Assistant
from qa.drafts import Drafting, Statement
from qa.errors import BadQuestion
from qa.events import ClaimStated, ClaimWithheld, Concluded, Retrieved
from qa.generation import Generator
from qa.questions import Question, Turn
from qa.settings import AssistantSettings
from tests.fakes import ScriptedGenerator

TROOPS = "How many U.S. troops are in Japan?"


@pytest.fixture(scope="module")
def assistant(corpus_index: Path) -> Assistant:
    return open_assistant(AssistantSettings(index=corpus_index))


def writing(assistant: Assistant, generator: Generator) -> Assistant:
    """The same assistant with another generator."""
    return replace(assistant, writer=replace(assistant.writer, generator=generator))


def test_an_answer_stands_on_the_stored_text_character_by_character(assistant: Assistant) -> None:
    outcome = assistant.ask(Question(TROOPS))
    assert isinstance(outcome, Answer)
    assert "50,000" in outcome.text
    with assistant.store.reading() as live:
        for claim in outcome.claims:
            assert claim.support is Support.VERBATIM
            for citation in claim.citations:
                document = live.document(citation.document.id)
                assert document.version == citation.document.version
                assert citation.span.cut(document.text) == citation.quote


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("How many submarines will Japan buy?", AbstentionReason.NOT_ANSWERED),
        (
            "Why was the Yokosuka speech moved to the USS Ronald Reagan?",
            AbstentionReason.PRESUMED,
        ),
        ("Who won the 2024 World Series?", AbstentionReason.OFF_TOPIC),
    ],
)
def test_what_no_document_answers_is_abstained_from(
    assistant: Assistant, text: str, reason: AbstentionReason
) -> None:
    outcome = assistant.ask(Question(text))
    assert isinstance(outcome, Abstention)
    assert outcome.reason is reason
    assert outcome.confidence < assistant.settings.min_confidence
    assert outcome.nearest


def test_a_part_of_a_question_without_an_answer_is_named_beside_what_the_other_part_gets(
    assistant: Assistant,
) -> None:
    outcome = assistant.ask(
        Question("How many U.S. troops are in Japan, and how many submarines will Japan buy?")
    )
    assert isinstance(outcome, Answer)
    assert "50,000" in outcome.text
    assert outcome.unanswered == ("how many submarines will Japan buy?",)


def test_filters_that_nothing_passes_leave_nothing_to_retrieve(assistant: Assistant) -> None:
    outcome = assistant.ask(Question(TROOPS, filters=Filters(documents=("nowhere",))))
    assert isinstance(outcome, Abstention)
    assert outcome.reason is AbstentionReason.NOTHING_RETRIEVED
    assert outcome.confidence == 0


def test_events_tell_the_story_in_order_and_end_with_the_outcome(assistant: Assistant) -> None:
    events = list(assistant.stream(Question(TROOPS)))
    assert isinstance(events[0], Retrieved)
    assert isinstance(events[-1], Concluded)
    outcome = events[-1].outcome
    assert isinstance(outcome, Answer)
    assert tuple(event.claim for event in events if isinstance(event, ClaimStated)) == outcome.claims
    assert outcome.trace.retrieved == events[0].passages
    assert [item.step for item in outcome.trace.durations] == ["rewrite", "retrieve", "read", "write"]


def test_kept_and_withheld_are_what_was_proposed(assistant: Assistant) -> None:
    shown = assistant.ask(Question(TROOPS))
    assert isinstance(shown, Answer)
    true = Statement(shown.claims[0].text, ("S1",))
    proposed = (
        true,
        Statement("Japan has left the United Nations.", ("S1",)),
        Statement("So be it.", ("S99",)),
    )
    liar = writing(assistant, ScriptedGenerator(*proposed))
    events = list(liar.stream(Question(TROOPS)))
    outcome = events[-1].outcome if isinstance(events[-1], Concluded) else None
    assert isinstance(outcome, Answer)
    assert len(outcome.claims) == 1
    assert [item.reason for item in outcome.trace.withheld] == [
        WithheldReason.UNSUPPORTED,
        WithheldReason.NOT_SHOWN,
    ]
    told = [event.withheld for event in events if isinstance(event, ClaimWithheld)]
    assert tuple(told) == outcome.trace.withheld


def test_a_generator_that_declines_makes_an_abstention(assistant: Assistant) -> None:
    outcome = writing(assistant, ScriptedGenerator()).ask(Question(TROOPS))
    assert isinstance(outcome, Abstention)
    assert outcome.reason is AbstentionReason.DECLINED
    assert not outcome.notice


LIE = Statement("Nobody knows.", ("S1",))


def test_where_nothing_that_was_proposed_stands_the_sentences_answer_and_it_is_said(
    assistant: Assistant,
) -> None:
    verbatim = assistant.ask(Question(TROOPS))
    outcome = writing(assistant, ScriptedGenerator(LIE)).ask(Question(TROOPS))
    assert isinstance(verbatim, Answer)
    assert isinstance(outcome, Answer)
    assert outcome.claims == verbatim.claims
    assert [item.statement for item in outcome.trace.withheld] == [LIE]
    assert "word for word" in outcome.notice


@pytest.mark.parametrize("said", [(), (LIE,)])
def test_where_a_model_fails_the_sentences_answer_and_it_is_said(
    assistant: Assistant, said: tuple[Statement, ...]
) -> None:
    broken = ScriptedGenerator(*said, drafting=Drafting(failure="the chat model did not answer"))
    outcome = writing(assistant, broken).ask(Question(TROOPS))
    assert isinstance(outcome, Answer)
    assert outcome.claims
    assert outcome.notice.startswith("the chat model did not answer: ")


def test_what_a_model_said_before_it_failed_stands_with_a_notice(assistant: Assistant) -> None:
    sentence = assistant.ask(Question(TROOPS))
    assert isinstance(sentence, Answer)
    true = Statement(sentence.claims[0].text, ("S1",))
    cut = ScriptedGenerator(true, drafting=Drafting(failure="the chat model did not answer"))
    outcome = writing(assistant, cut).ask(Question(TROOPS))
    assert isinstance(outcome, Answer)
    assert [claim.text for claim in outcome.claims] == [true.text]
    assert outcome.notice.endswith("what it had said before is kept")


def test_a_follow_up_is_searched_for_with_what_it_follows_up(assistant: Assistant) -> None:
    history = (Turn("user", "What missiles will Japan receive?"), Turn("assistant", "Tomahawks."))
    outcome = assistant.ask(Question("How much are they worth?", history))
    assert outcome.trace.query == "How much are Tomahawks worth?"
    assert isinstance(outcome, Answer)
    assert "1.6 billion" in outcome.text


@pytest.mark.parametrize("text", ["", "  \n", "?!", "x" * 5000])
def test_what_is_no_question_is_refused(assistant: Assistant, text: str) -> None:
    with pytest.raises(BadQuestion):
        assistant.ask(Question(text))


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE documents; --",
        '" OR text:*',
        "NEAR(a b)",
        "\u0000\u202e?a",
        "日本の首相は誰ですか",
        "🎌 a",
    ],
)
def test_hostile_questions_get_an_outcome(assistant: Assistant, text: str) -> None:
    assert isinstance(assistant.ask(Question(text)), Answer | Abstention)


def test_asking_twice_gives_the_same_outcome(assistant: Assistant) -> None:
    assert assistant.ask(Question(TROOPS)) == assistant.ask(Question(TROOPS))


def test_a_run_scores_what_the_assistant_says(assistant: Assistant, tmp_path: Path) -> None:
    gold = {"document": "notes/defense-note.txt", "quote": "50,000 U.S. troops are stationed in Japan"}
    with assistant.store.reading() as live:
        text = live.document("notes/defense-note.txt").text
    quote = next(line for line in text.split("\n") if "50,000" in line)
    questions = [
        EvalQuestion(
            id="a",
            question=TROOPS,
            answerable=True,
            evidence=(({**gold, "quote": quote},),),  # type: ignore[arg-type]
            relevant=("notes/defense-note.txt",),
        ),
        EvalQuestion(id="b", question="Who won the 2024 World Series?", answerable=False),
    ]
    header = header_of(assistant, questions)
    run = list(run_questions(asking(assistant), header, questions, tmp_path / "run.jsonl"))
    said = assistant.ask(Question(TROOPS))
    assert isinstance(said, Answer)
    expected = [citation.quote for claim in said.claims for citation in claim.citations]
    assert [quote for _, quote in run[0].citations] == expected
    read, kept = read_run(tmp_path / "run.jsonl")
    assert read == header
    assert [item.answer for item in kept] == [item.answer for item in run]
    with assistant.store.reading() as live:
        scores = tables(judge(live, run, questions))["all"]
    assert (scores["citation exactness"].value, scores["citation exactness"].n) == (1.0, 1)
    assert (scores["abstention F1"].value, scores["abstention F1"].n) == (1.0, 2)
    assert (scores["document Hit@10"].value, scores["document Hit@10"].n) == (1.0, 1)
    assert (scores["AUROC answerable"].value, scores["AUROC answerable"].n) == (1.0, 2)
    with assistant.store.reading() as live, pytest.raises(BadRun, match="leaves out 1 questions, first b"):
        judge(live, run[:1], questions)


def test_a_run_that_was_cut_short_is_gone_on_with(assistant: Assistant, tmp_path: Path) -> None:
    questions = [EvalQuestion(id=name, question=f"{TROOPS} {name}", answerable=True) for name in "abc"]
    path = tmp_path / "run.jsonl"
    run = partial(run_questions, asking(assistant), header_of(assistant, questions), questions, path)
    whole = list(run())
    lines = path.read_text().split("\n")
    path.write_text("\n".join(lines[:3]) + "\n" + lines[3][:40])
    again = list(run())
    assert [item.id for item in again] == ["c"]
    _, kept = read_run(path)
    assert [(item.id, item.citations) for item in kept] == [(item.id, item.citations) for item in whole]
    assert list(run()) == []


def test_a_run_of_other_settings_or_questions_or_no_run_at_all_is_not_gone_on_with(
    assistant: Assistant, tmp_path: Path
) -> None:
    path = tmp_path / "run.jsonl"
    questions = [EvalQuestion(id="a", question=TROOPS, answerable=True)]
    list(run_questions(asking(assistant), header_of(assistant, questions), questions, path))
    other = replace(assistant, settings=assistant.settings.model_copy(update={"max_claims": 1}))
    with pytest.raises(BadRun, match="other questions, settings"):
        list(run_questions(asking(other), header_of(other, questions), questions, path))
    more = [*questions, EvalQuestion(id="b", question="Who?", answerable=True)]
    with pytest.raises(BadRun, match="other questions, settings"):
        list(run_questions(asking(assistant), header_of(assistant, more), more, path))
    path.write_text("not a run\n")
    with pytest.raises(BadRun, match="no run file"):
        list(run_questions(asking(assistant), header_of(assistant, questions), questions, path))


def test_several_at_a_time_say_the_same_in_the_same_order(assistant: Assistant) -> None:
    questions = [EvalQuestion(id=f"{n}", question=f"{TROOPS} {n}", answerable=True) for n in range(6)]
    one, several = (list(ask_all(asking(assistant), questions, jobs)) for jobs in (1, 3))
    assert [replace(item, seconds=0) for item in one] == [replace(item, seconds=0) for item in several]


def test_a_run_knows_where_its_questions_are_and_whether_they_are_the_same(
    assistant: Assistant, tmp_path: Path
) -> None:
    source, moved = tmp_path / "questions.jsonl", tmp_path / "moved.jsonl"
    question = EvalQuestion(id="a", question=TROOPS, answerable=True)
    source.write_text(question.model_dump_json() + "\n")
    header = header_of(assistant, [question], source)
    run = tmp_path / "run.jsonl"
    assert asked_questions(run, header, None) == (question,)
    source.rename(moved)
    assert asked_questions(run, header, moved) == (question,)
    with pytest.raises(BadQuestions, match="cannot read the questions"):
        asked_questions(run, header, None)
    with pytest.raises(BadRun, match="name them with --questions"):
        asked_questions(run, header_of(assistant, [question]), None)
    mended = question.model_copy(update={"answers": ("50,000",)})
    moved.write_text(mended.model_dump_json() + "\n")
    assert asked_questions(run, header, moved) == (mended,)  # better gold for the same question
    moved.write_text(question.model_copy(update={"question": "Who?"}).model_dump_json() + "\n")
    with pytest.raises(BadRun, match="does not hold the questions"):
        asked_questions(run, header, moved)


def test_a_gold_quote_that_is_not_in_the_documents_is_refused_by_name(assistant: Assistant) -> None:
    gold = GoldSentence(document="notes/defense-note.txt", quote="Never written.")
    question = EvalQuestion(id="q7", question="Who?", answerable=True, evidence=((gold,),))
    with assistant.store.reading() as live, pytest.raises(BadQuestions, match="q7"):
        gold_places(live, question)
