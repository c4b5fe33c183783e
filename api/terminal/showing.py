"""`pincite show` and `pincite status`."""

from difflib import get_close_matches
from pathlib import Path

from api.errors import Misuse
from api.listing import document_blocks, status_blocks
from api.messages import DocumentObject
from api.settings import load_settings
from api.terminal.exits import ANSWERED
from api.terminal.output import print_blocks, print_object
from api.views import document_object, status_object
from ingest.assembly import open_store
from ingest.errors import DocumentNotFound
from ingest.store import Snapshot

COMPARED = 10_000  # ids, of which each costs a fraction of a millisecond


def show(index: Path | None, document_id: str, sentence: int | None, *, json: bool) -> int:
    """Prints one document.

    Raises:
        DocumentNotFound: naming the nearest ids.
        IngestError: if the index cannot be used.
        Misuse: if the document has no such sentence.
    """
    settings = load_settings({"index": index})
    with open_store(settings).reading() as live:
        shown = _find(live, document_id)
    if sentence is not None and sentence >= len(shown.sentences):
        raise Misuse(f"{document_id} has sentences 0 to {len(shown.sentences) - 1}, there is no {sentence}")
    if json:
        print_object(shown)
    else:
        print_blocks(document_blocks(shown, sentence))
    return ANSWERED


def status(index: Path | None, *, documents: bool, json: bool) -> int:
    """Prints what the index holds.

    Raises:
        IngestError: if the index cannot be used.
    """
    settings = load_settings({"index": index})
    with open_store(settings).reading() as live:
        found = status_object(live, settings.index, listing=documents)
    if json:
        print_object(found)
    else:
        print_blocks(status_blocks(found))
    return ANSWERED


def _find(live: Snapshot, document_id: str) -> DocumentObject:
    try:
        return document_object(live, document_id)
    except DocumentNotFound as error:
        ids = [summary.id for summary in live.summaries(limit=COMPARED)]
        if near := get_close_matches(document_id, ids, n=3):
            raise DocumentNotFound(f"no document {document_id!r}; the nearest: {', '.join(near)}") from error
        raise
