"""The composition root: the only file that names concrete classes and builds an `Assistant`."""

from collections.abc import Iterable
from contextlib import suppress
from threading import Thread

from ingest.assembly import open_index_embedder, open_store, open_vectors
from ingest.embedding import Embedder
from ingest.errors import ModelUnavailable
from ingest.fingerprint import check_fingerprint, fingerprint_of
from ingest.store import Store
from qa.assistant import Assistant, Watch, unwatched
from qa.conversation import Rewriter, RuleRewriter
from qa.draft_cache import DraftCache, Stand
from qa.entailment import Entailment
from qa.generation import ExtractiveGenerator, Generator
from qa.reading import Reader, WindowReader
from qa.retrieval import HybridRetriever
from qa.second_reading import CrossEncoder, SecondReader
from qa.settings import EXTRACTIVE, AssistantSettings
from qa.support import ExactVerifier
from qa.writing import Writer


def open_retriever(settings: AssistantSettings) -> HybridRetriever:
    """What finds passages, without a reader or a generator.

    Raises:
        IndexMismatch: if the index was built with other settings.
        IndexMissing: if there is none.
        ModelUnavailable: if the embedding model cannot be had.
    """
    embedder = open_index_embedder(settings)
    _prepare(embedder)
    store = open_store(settings)
    with store.reading() as live:
        check_fingerprint(live, fingerprint_of(embedder, settings.ingest))
    return HybridRetriever(embedder, open_vectors(settings), settings.qa, store)


def open_assistant(settings: AssistantSettings, watch: Watch = unwatched) -> Assistant:
    """An assistant over the index that the settings name; `watch` is told of every outcome.

    Raises:
        GeneratorUnavailable: if the chat model cannot be opened.
        IndexMismatch: if the index was built with other settings.
        IndexMissing: if there is none.
        ModelUnavailable: if the weights of embedder, reader or entailment model cannot be had.
    """
    reader, second_reader = WindowReader(), CrossEncoder()
    _prepare(reader)
    _prepare(second_reader)
    retriever = open_retriever(settings)
    verbatim = ExtractiveGenerator(settings.qa.max_claims, settings.qa.min_confidence)
    entailment = Entailment()
    verifier = ExactVerifier(entailment)
    chat = _open_chat(settings)
    generator, rewriter = chat or (verbatim, RuleRewriter())
    if chat:  # the offline generator says nothing that has to be judged
        _prepare(entailment)
    return Assistant(
        store=retriever.store,
        retriever=retriever,
        reader=reader,
        second_reader=second_reader,
        rewriter=rewriter,
        writer=Writer(generator, verbatim, verifier, settings.generation.support_policy),
        settings=settings.qa,
        watch=watch,
        index_fingerprint=fingerprint_of(retriever.embedder, settings.ingest).to_json(),
    )


def _stand_in(store: Store) -> Stand:
    def stand(documents: Iterable[tuple[str, str]]) -> bool:
        with store.reading() as live:
            return all(document in live.of_version(version) for document, version in documents)

    return stand


def _prepare(model: Embedder | Reader | SecondReader | Entailment) -> None:
    """Loads a model beside the import of Chroma, which takes as long."""
    # No daemon: one that is cut off while it loads aborts the whole process.
    Thread(target=_prepare_quietly, args=(model,)).start()


def _prepare_quietly(model: Embedder | Reader | SecondReader | Entailment) -> None:
    # What is wrong with the weights is said where they are used.
    with suppress(ModelUnavailable):
        model.prepare()


def _open_chat(settings: AssistantSettings) -> tuple[Generator, Rewriter] | None:
    """What a chat model does, if one is to write."""
    if settings.generation.model == EXTRACTIVE:
        return None
    # LangChain takes a while to import, and the offline generator does not need it.
    from qa.chat_generation import ChatGenerator
    from qa.chat_model import ChatModel
    from qa.rewriting import ModelRewriter

    chat = ChatModel(settings.generation)
    # Other servers could not be told which drafts to forget with a document that is removed.
    most = 0 if settings.storage.book else settings.generation.kept_drafts
    cache = DraftCache(settings.index, most, _stand_in(open_store(settings)))
    return ChatGenerator(chat, settings.generation, settings.qa.max_claims, cache), ModelRewriter(chat)
