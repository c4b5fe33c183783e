"""Pincite in LangChain: a retriever, and an assistant that stands in a chain. See docs/langchain.md.

Opened from the same settings as everything else. The metadata of a retrieved document say where it stands as
a citation does: spans count code points of the stored text.
"""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import Field, PrivateAttr

from ingest.assembly import open_store
from ingest.store import EVERYTHING, Filters, Snapshot, Store
from qa.answers import Outcome, ScoredPassage
from qa.assembly import open_assistant, open_retriever
from qa.conversation import check_question
from qa.questions import Question
from qa.retrieval import HybridRetriever
from qa.settings import AssistantSettings


class PinciteRetriever(BaseRetriever):
    """Finds passages, best first, as LangChain documents.

    Raises:
        BadQuestion: when asked, if the query holds no word.
        IngestError: when made or asked, if the index cannot be used.
    """

    settings: AssistantSettings
    k: int = Field(default=10, ge=1, le=100, description="Passages at most.")
    filters: Filters = EVERYTHING
    _store: Store = PrivateAttr()
    _retriever: HybridRetriever = PrivateAttr()

    def model_post_init(self, context: object, /) -> None:
        """Opens the index, so that what is wrong with it is said when the chain is made."""
        super().model_post_init(context)
        self._store = open_store(self.settings)
        self._retriever = open_retriever(self.settings)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain's signature
    ) -> list[Document]:
        check_question(Question(query))
        with self._store.reading() as live:
            found = self._retriever.retrieve(live, query, self.filters, self.k)
            return [_document(live, scored) for scored in found]


def open_runnable(settings: AssistantSettings) -> Runnable[str | Question, Outcome]:
    """An assistant as a step of a chain: a question or its text in, an answer or an abstention out.

    Raises:
        As `qa.assembly.open_assistant`; when asked, as `qa.assistant.Assistant.ask`.
    """
    assistant = open_assistant(settings)

    def ask(question: str | Question) -> Outcome:
        return assistant.ask(Question(question) if isinstance(question, str) else question)

    return RunnableLambda(ask, name="Pincite")


def _document(live: Snapshot, scored: ScoredPassage) -> Document:
    """A passage with its place: document, version, span, sentences (the last included), page and score."""
    passage = scored.passage
    document = live.document(passage.document_id)
    return Document(
        page_content=passage.span.cut(document.text),
        metadata={
            "document": document.id,
            "title": document.title,
            "source": document.source,
            "published": document.published.isoformat() if document.published else None,
            "version": document.version,
            "start": passage.span.start,
            "end": passage.span.end,
            "first_sentence": passage.first_sentence,
            "last_sentence": passage.last_sentence,
            "page": document.page_of(passage.span),
            "score": scored.score,
        },
    )
