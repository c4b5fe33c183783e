"""`pincite search`."""

from pathlib import Path

from api.listing import search_blocks
from api.settings import load_settings
from api.terminal.exits import ANSWERED
from api.terminal.output import print_blocks, print_object
from api.views import search_object
from ingest.assembly import open_store
from ingest.documents import normalise_text
from ingest.store import Filters
from qa.assembly import open_retriever
from qa.conversation import check_question
from qa.questions import Question


def search(index: Path | None, query: str, filters: Filters, limit: int, *, explain: bool, json: bool) -> int:
    """Finds passages.

    Raises:
        BadQuestion: if the query holds no word.
        IngestError: if the index cannot be used.
    """
    settings = load_settings({"index": index})
    query = normalise_text(query)
    check_question(Question(query))
    retriever = open_retriever(settings)
    with open_store(settings).reading() as live:
        result = search_object(live, retriever, query, filters, limit)
    if json:
        print_object(result)
    else:
        print_blocks(search_blocks(result, explain=explain))
    return ANSWERED
