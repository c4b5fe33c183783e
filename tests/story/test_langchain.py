"""Pincite as parts of LangChain chains, over a real index."""

import asyncio
import json
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnablePassthrough

from ingest.errors import IndexMissing
from ingest.store import Filters
from ingest.store.sqlite import SqliteStore
from qa.answers import Abstention, Answer, Outcome
from qa.assembly import open_assistant
from qa.errors import BadQuestion
from qa.langchain import PinciteRetriever, open_runnable
from qa.questions import Question
from qa.settings import AssistantSettings

QUESTION = "How much is the Tomahawk deal worth?"


@pytest.fixture(scope="module")
def settings(corpus_index: Path) -> AssistantSettings:
    return AssistantSettings(index=corpus_index)


def joined(documents: list[Document]) -> str:
    return "\n".join(f"[{item.metadata['document']}] {item.page_content}" for item in documents)


def test_what_is_retrieved_says_where_it_stands(settings: AssistantSettings) -> None:
    found = PinciteRetriever(settings=settings, k=3).invoke("Tomahawk missiles")
    assert len(found) == 3
    with SqliteStore(settings.index).reading() as live:
        for item in found:
            at = item.metadata
            document = live.document(at["document"])
            assert document.version == at["version"]
            assert document.text[at["start"] : at["end"]] == item.page_content
            sentences = live.sentences(document)[at["first_sentence"] : at["last_sentence"] + 1]
            assert (sentences[0].span.start, sentences[-1].span.end) == (at["start"], at["end"])
            assert at["page"] == document.page_of(sentences[0].span)
    scores = [item.metadata["score"] for item in found]
    assert scores == sorted(scores, reverse=True)
    json.dumps([item.metadata for item in found])


def test_a_chain_retrieves_and_goes_on(settings: AssistantSettings) -> None:
    retriever = PinciteRetriever(settings=settings, k=2)
    chain = {"context": retriever | joined, "question": RunnablePassthrough()} | RunnablePassthrough()
    said = chain.invoke(QUESTION)
    assert said["question"] == QUESTION
    assert "Tomahawk" in said["context"]
    assert asyncio.run(chain.ainvoke(QUESTION)) == said


def test_filters_say_which_documents_may_be_found(settings: AssistantSettings) -> None:
    retriever = PinciteRetriever(settings=settings, filters=Filters(documents=("news/*",)))
    assert {item.metadata["document"] for item in retriever.invoke("Tomahawk")} == {"news/tokyo-signing.html"}


def test_the_assistant_in_a_chain_gives_its_own_answer(settings: AssistantSettings) -> None:
    def quotes(outcome: Outcome) -> list[str]:
        assert isinstance(outcome, Answer)
        return [citation.quote for claim in outcome.claims for citation in claim.citations]

    answer = open_assistant(settings).ask(Question(QUESTION))
    step = open_runnable(settings)
    assert step.invoke(QUESTION) == answer
    chain = step | quotes
    assert chain.invoke(QUESTION) == quotes(answer)
    assert asyncio.run(chain.ainvoke(QUESTION)) == quotes(answer)
    assert chain.batch([QUESTION, QUESTION]) == [quotes(answer)] * 2


def test_abstaining_is_an_outcome_in_a_chain_too(settings: AssistantSettings) -> None:
    narrowed = Question(QUESTION, filters=Filters(documents=("nothing",)))
    assert isinstance(open_runnable(settings).invoke(narrowed), Abstention)


def test_what_cannot_be_asked_is_refused(settings: AssistantSettings) -> None:
    with pytest.raises(BadQuestion):
        PinciteRetriever(settings=settings).invoke("?")
    with pytest.raises(BadQuestion):
        open_runnable(settings).invoke("?")


def test_a_missing_index_is_told_when_the_chain_is_made(tmp_path: Path) -> None:
    nowhere = AssistantSettings(index=tmp_path / "none")
    with pytest.raises(IndexMissing):
        PinciteRetriever(settings=nowhere)
    with pytest.raises(IndexMissing):
        open_runnable(nowhere)
