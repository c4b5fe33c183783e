"""A part of a document: neighbouring sentences, for those who should not have to take the whole."""

from pydantic import BaseModel, Field

from api.conversion import cited_document_object
from api.messages import SentenceObject
from api.schemas import FROZEN, CitedDocumentObject
from api.views import sentence_object
from ingest.store import Snapshot
from qa.answers import cited_document


class ExcerptObject(BaseModel):
    """Neighbouring sentences of a document."""

    model_config = FROZEN

    document: CitedDocumentObject
    total: int = Field(description="Sentences in the whole document.")
    sentences: tuple[SentenceObject, ...]


def excerpt_object(live: Snapshot, document_id: str, first: int, end: int) -> ExcerptObject:
    """Sentences `[first, end)` of a stored document, as many of them as there are.

    Raises:
        DocumentNotFound: if there is none of that id.
    """
    document = live.document(document_id)
    sentences = live.sentences(document)
    return ExcerptObject(
        document=cited_document_object(cited_document(document)),
        total=len(sentences),
        sentences=tuple(sentence_object(document, sentence) for sentence in sentences[first:end]),
    )
