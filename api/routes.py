"""The routes of the HTTP door. Each asks the house one thing and sends what it says."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query

from api.asking import Asked, AskedOf, asked_over
from api.completions.routes import add_completions
from api.conversation_routes import add_conversations
from api.conversion import answer_object
from api.house import House
from api.messages import DocumentObject, DocumentsObject, HealthObject, SearchObject, VerificationObject
from api.problems import problems
from api.requests import SavedObject, SearchRequestObject
from api.schemas import AnswerObject
from api.streaming import add_streaming
from api.views import (
    document_object,
    documents_object,
    filters_of,
    health_object,
    search_object,
    verification_object,
)
from qa.conversation import check_question
from qa.questions import Question

LISTED = 1_000  # documents in one response


def build_router(house: House) -> APIRouter:
    """All routes over one house. They are plain functions: the framework runs them in its thread pool."""
    router = APIRouter()
    asked_of = asked_over(house.conversations, house.store)
    _add_asking(router, house, asked_of)
    add_streaming(router, house, asked_of)
    add_completions(router, house)
    add_conversations(router, house.conversations)
    _add_reading(router, house)
    return router


def _add_asking(router: APIRouter, house: House, asked_of: AskedOf) -> None:
    @router.post("/v1/chat", tags=["asking"], responses=problems(404, 409, 413, 422, 502, 503))
    def chat(asked: Annotated[Asked, Depends(asked_of)]) -> AnswerObject:
        """Answers a question from the documents, or abstains. Either is a 200: see `outcome`."""
        answer = answer_object(house.assistant().ask(asked.question))
        asked.keep(answer)
        return answer

    @router.post("/v1/search", tags=["asking"], responses=problems(413, 422, 503))
    def search(body: SearchRequestObject) -> SearchObject:
        """Finds passages, best first, without reading them for an answer."""
        check_question(Question(body.query))
        retriever = house.assistant().retriever
        with house.store.reading() as live:
            return search_object(live, retriever, body.query, filters_of(body.filters), body.limit)

    @router.post("/v1/verify", tags=["asking"], responses=problems(413, 422, 503))
    def verify(
        body: Annotated[SavedObject, Body(description="A saved answer object, or `citations` alone.")],
    ) -> VerificationObject:
        """Checks citations made earlier against the documents as they are now."""
        with house.store.reading() as live:
            return verification_object(live, body.all_citations())


def _add_reading(router: APIRouter, house: House) -> None:
    @router.get("/v1/documents", tags=["documents"], responses=problems(422, 503))
    def list_documents(
        after: Annotated[str, Query(description="Only documents whose ids follow this one.")] = "",
        limit: Annotated[int, Query(ge=1, le=LISTED, description="At most so many.")] = LISTED,
    ) -> DocumentsObject:
        """Lists documents by id, a thousand at most; `next` leads on."""
        with house.store.reading() as live:
            return documents_object(live, after, limit)

    @router.get("/v1/documents/{id:path}", tags=["documents"], responses=problems(404, 422, 503))
    def get_document(
        document_id: Annotated[str, Path(alias="id", description="Id of the document, slashes included.")],
    ) -> DocumentObject:
        """Sends a document's stored text, which all spans count into, and its sentences."""
        with house.store.reading() as live:
            return document_object(live, document_id)

    @router.get("/healthz", tags=["service"], responses=problems(503))
    def healthz() -> HealthObject:
        """Says whether the index can be read, and how much it holds."""
        with house.store.reading() as live:
            return health_object(live)
