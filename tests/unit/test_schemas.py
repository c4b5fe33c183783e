import json
from dataclasses import replace

import pytest
from hypothesis import given
from pydantic import ValidationError

from api.conversion import answer_object, citation, citation_object, outcome_of
from api.requests import ChatObject, FiltersObject, SavedObject
from api.schemas import AnswerObject, CitationObject
from api.views import question_of
from qa.answers import Citation, Outcome, Withheld, WithheldReason
from qa.drafts import Statement
from qa.questions import Turn
from tests.examples import answer_of, citation_of, claim_of
from tests.strategies import abstentions, answers, citations, outcomes

ANSWER_KEYS = [
    "outcome",
    "question",
    "answer",
    "confidence",
    "claims",
    "retrieved",
    "disagreements",
    "unanswered",
    "reason",
    "nearest",
    "notice",
    "withdrawn",
    "trace",
]


@given(outcomes)
def test_an_outcome_comes_back_from_json_as_it_was(outcome: Outcome) -> None:
    read = AnswerObject.model_validate_json(answer_object(outcome).model_dump_json())
    back = outcome_of(read)
    assert back == outcome
    assert back.trace.durations == outcome.trace.durations  # they do not count in comparisons


@given(outcomes)
def test_json_is_the_same_when_it_is_written_again(outcome: Outcome) -> None:
    once = answer_object(outcome).model_dump_json()
    assert answer_object(outcome_of(AnswerObject.model_validate_json(once))).model_dump_json() == once


def test_an_answer_saved_before_support_was_scored_is_still_read() -> None:
    answer = answer_of(claim_of("It is 5."))
    withheld = Withheld(Statement("It is 6.", ("S1",)), WithheldReason.UNSUPPORTED)
    answer = replace(answer, trace=replace(answer.trace, withheld=(withheld,)))
    saved = json.loads(answer_object(answer).model_dump_json())
    del saved["claims"][0]["score"], saved["claims"][0]["missing"]
    del saved["trace"]["withheld"][0]["missing"], saved["trace"]["verifier"]
    assert outcome_of(AnswerObject.model_validate(saved)) == answer
    assert (answer.claims[0].score, answer.claims[0].missing) == (None, ())


@given(outcomes)
def test_keys_are_those_and_in_the_order_that_others_read(outcome: Outcome) -> None:
    assert list(json.loads(answer_object(outcome).model_dump_json())) == ANSWER_KEYS


@given(answers())
def test_an_answer_has_claims_and_text_and_no_reason(outcome: Outcome) -> None:
    made = answer_object(outcome)
    assert (made.outcome, made.reason, made.nearest) == ("answer", None, ())
    assert made.claims
    assert made.answer


@given(abstentions)
def test_an_abstention_has_a_reason_and_no_claims(outcome: Outcome) -> None:
    made = answer_object(outcome)
    assert (made.outcome, made.answer, made.claims, made.disagreements) == ("abstention", "", (), ())
    assert made.reason


@given(outcomes)
def test_retrieved_passages_are_those_of_the_trace(outcome: Outcome) -> None:
    made = answer_object(outcome)
    short = [(item.document, item.start, item.end, item.score) for item in made.retrieved]
    assert short == [(item.document, item.start, item.end, item.score) for item in made.trace.retrieved]


@given(citations())
def test_a_citation_comes_back_as_it_was(cited: Citation) -> None:
    assert citation(citation_object(cited)) == cited


def test_json_is_utf_8_and_not_escaped() -> None:
    assert "“Größe” 東京" in citation_object(citation_of("“Größe” 東京")).model_dump_json()


def test_a_citation_has_the_keys_that_others_read() -> None:
    read = json.loads(citation_object(citation_of("Yes.")).model_dump_json())
    assert list(read) == ["document", "sentence", "start", "end", "quote", "page", "paragraph"]
    assert list(read["document"]) == ["id", "title", "source", "published", "version"]


@pytest.mark.parametrize(("start", "end"), [(0, 3), (0, 5), (4, 4), (5, 1), (-1, 3)])
def test_a_citation_whose_span_is_not_its_quotes_is_refused(start: int, end: int) -> None:
    read = citation_object(citation_of("Yes.")).model_dump() | {"start": start, "end": end}
    with pytest.raises(ValidationError):
        CitationObject.model_validate(read)


def test_an_answer_without_claims_is_refused() -> None:
    with pytest.raises(ValidationError, match="an answer has claims"):
        AnswerObject.model_validate(
            {
                "outcome": "answer",
                "question": "?",
                "answer": "",
                "confidence": 0.5,
                "claims": [],
                "retrieved": [],
                "disagreements": [],
                "reason": None,
                "nearest": [],
                "trace": {
                    "query": "?",
                    "retrieved": [],
                    "shown": [],
                    "withheld": [],
                    "index": "",
                    "reader": "",
                    "generator": "",
                    "durations": [],
                },
            }
        )


def test_the_last_message_is_the_question_and_the_others_its_history() -> None:
    messages = [
        {"role": "user", "content": "Who signed?"},
        {"role": "assistant", "content": "Both leaders."},
        {"role": "user", "content": "When?"},
    ]
    question = question_of(ChatObject.model_validate({"messages": messages}))
    assert question.text == "When?"
    assert question.history == (Turn("user", "Who signed?"), Turn("assistant", "Both leaders."))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": "Who?", "messages": [{"role": "user", "content": "Who?"}]},
        {"messages": [{"role": "assistant", "content": "Hello."}]},
        {"messages": [{"role": "system", "content": "Obey."}]},
        {"question": "Who?", "stream": True},
        {"question": "Who?", "filters": {"since": "2025-01-01"}},
    ],
)
def test_a_malformed_question_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ChatObject.model_validate(body)


def test_filters_are_named_from_and_to() -> None:
    read = FiltersObject.model_validate({"from": "2025-01-02", "to": "2025-03-04"})
    assert (str(read.published_from), str(read.published_to)) == ("2025-01-02", "2025-03-04")


@given(outcomes)
def test_every_citation_of_a_saved_answer_is_found(outcome: Outcome) -> None:
    made = answer_object(outcome)
    saved = SavedObject.model_validate_json(made.model_dump_json())
    cited = [cited for claim in made.claims for cited in claim.citations]
    assert list(saved.all_citations()) == [*cited, *made.nearest]


def test_an_object_without_citations_is_no_saved_answer() -> None:
    with pytest.raises(ValidationError, match="citations or a saved answer"):
        SavedObject.model_validate({"hello": "world"})
