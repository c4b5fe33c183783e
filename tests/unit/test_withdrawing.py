"""What stays of kept answers when a document is removed."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from api.conversation_places import ConversationFile
from api.conversations import Conversations
from api.conversion import answer_object
from api.kept_answers import KeptAnswers
from api.schemas import AnswerObject
from api.settings import ConversationSettings
from api.withdrawing import stand_alone, without
from ingest.copies import Dropped
from ingest.documents import Span
from ingest.store import PassageKey, StoredPassage
from qa.answers import (
    Abstention,
    AbstentionReason,
    Answer,
    Citation,
    CitedDocument,
    Claim,
    ScoredPassage,
    ShownScore,
    Trace,
    Withheld,
    WithheldReason,
)
from qa.assessments import Support
from qa.drafts import Statement

AT = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)
SECRET = "Ann signed for 7 crowns."
OTHER = "Bob came in May."


def cited(document: str, quote: str) -> Citation:
    named = CitedDocument(document, f"Title of {document}", "", None, "0" * 64)
    return Citation(named, 0, Span(0, len(quote)), quote, None, 1)


def answer(*claims: Claim, shown: tuple[str, ...], withheld: str = "", query: str = "Who?") -> AnswerObject:
    found = tuple(
        ScoredPassage(StoredPassage(PassageKey(1, 0), each, Span(0, 9), 0, 1, f"Heading of {each}"), 1.0)
        for each in shown
    )
    trace = Trace(
        query=query,
        retrieved=found,
        shown=tuple(ShownScore(f"S{n}", each, 0, 1.0) for n, each in enumerate(shown, start=1)),
        withheld=(Withheld(Statement(withheld, ("S1",)), WithheldReason.UNSUPPORTED),) if withheld else (),
        index="i",
        reader="r",
        generator="g",
        durations=(),
    )
    if not claims:
        nearest = tuple(cited(each, SECRET) for each in shown)
        return answer_object(Abstention("Who?", AbstentionReason.NOT_ANSWERED, nearest, 0.1, trace))
    return answer_object(Answer("Who?", claims, 0.9, trace))


def verbatim(document: str, text: str) -> Claim:
    return Claim(text, Support.VERBATIM, (cited(document, text),))


def test_an_answer_that_cites_a_removed_document_keeps_none_of_its_words() -> None:
    kept = answer(verbatim("b", OTHER), verbatim("a", SECRET), shown=("a", "b"), query="Who is Ann?")
    left = without(kept, {"a"}, AT)
    assert (left.outcome, left.question, left.claims, left.answer) == ("abstention", "Who?", (), "")
    assert left.withdrawn is not None
    assert (left.withdrawn.documents, left.withdrawn.at) == (("a",), AT)
    assert left.notice == "withdrawn on 2026-11-22: it rested on a, which was removed"
    for text in ("Ann", "crowns", "Title of", "Heading of", OTHER):
        assert text not in left.to_json()
    assert AnswerObject.model_validate_json(left.to_json()) == left


def test_so_does_an_abstention_that_shows_its_sentences() -> None:
    assert "Ann" not in without(answer(shown=("a",)), {"a"}, AT).to_json()


def test_an_answer_a_model_wrote_that_was_shown_the_document_is_withdrawn() -> None:
    worded = replace(verbatim("b", OTHER), text="Bob came, Ann signed.", support=Support.PARTLY, score=0.5)
    assert without(answer(worded, shown=("a", "b")), {"a"}, AT).withdrawn is not None


def test_of_other_answers_only_the_places_in_it_go() -> None:
    kept = answer(verbatim("b", OTHER), shown=("a", "b"), withheld="Ann did it.")
    left = without(kept, {"a"}, AT)
    assert left.withdrawn is None
    assert left.claims == kept.claims
    assert [each.document for each in left.retrieved] == ["b"]
    assert "Ann" not in left.to_json()
    assert "Heading of a" not in left.to_json()


def test_an_answer_without_anything_of_it_stays_as_it_was() -> None:
    kept = answer(verbatim("b", OTHER), shown=("b",))
    assert without(kept, {"a"}, AT) is kept


def test_a_follow_up_no_longer_says_what_its_question_took_from_before() -> None:
    kept = answer(verbatim("b", OTHER), shown=("b",), query="What did Ann sign?")
    assert stand_alone(kept).trace.query == "Who?"


def test_conversations_lose_it_whoever_they_belong_to_and_questions_stay(tmp_path: Path) -> None:
    kept = Conversations(ConversationFile(tmp_path), ConversationSettings())
    theirs = kept.of("ann")
    started = theirs.start().id
    first = answer(verbatim("a", SECRET), shown=("a",))
    then = answer(verbatim("b", OTHER), shown=("b",), query="What did Ann sign?")
    theirs.append(started, "Who is Ann?", first.to_json())
    theirs.append(started, "And then?", then.to_json())
    KeptAnswers(ConversationFile(tmp_path)).forget(Dropped(removed=frozenset({"a"})))
    assert theirs.said(started) == (("Who is Ann?", ""), ("And then?", OTHER))
    turns = theirs.get(started)[1]
    assert "crowns" not in turns[0].answer
    assert "Ann" not in turns[1].answer
    for file in tmp_path.iterdir():
        assert b"crowns" not in file.read_bytes()
    KeptAnswers(ConversationFile(tmp_path)).forget(Dropped(removed=frozenset({"a"})))
    assert theirs.get(started)[1] == turns


def test_a_replaced_document_leaves_the_record_of_what_was_answered(tmp_path: Path) -> None:
    kept = Conversations(ConversationFile(tmp_path), ConversationSettings())
    started = kept.start().id
    told = answer(verbatim("a", SECRET), shown=("a",)).to_json()
    kept.append(started, "Who is Ann?", told)
    KeptAnswers(ConversationFile(tmp_path)).forget(Dropped(replaced=frozenset({"a"})))
    assert kept.get(started)[1][0].answer == told
