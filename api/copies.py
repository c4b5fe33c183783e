"""Everything that is made of documents and kept beside an index, told when a document goes."""

from api.conversation_places import open_place
from api.kept_answers import KeptAnswers
from ingest.copies import AllCopies, Copies
from ingest.embedding.cached import KeptVectors
from ingest.settings import IndexSettings
from qa.draft_cache import DraftCache


def copies_of(settings: IndexSettings) -> Copies:
    """Stored answers, drafts and cached vectors of an index."""
    kinds: list[Copies] = [
        KeptAnswers(open_place(settings)),
        DraftCache(settings.index, most=0),
    ]
    if settings.ingest.vector_cache:
        kinds.append(KeptVectors(settings.ingest.vector_cache))
    return AllCopies(kinds)
