"""What an index was built with; vectors and spans of different fingerprints do not mix."""

import json
from dataclasses import asdict, dataclass, fields

from ingest.embedding import Embedder
from ingest.errors import IndexMismatch
from ingest.settings import IngestSettings
from ingest.store import Snapshot

SENTENCES = "sentences-1"  # counts up whenever the splitter cuts differently
META = "fingerprint"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The settings that decide what stands in an index.

    Attributes:
        embedder: model, digest of its weights, route.
        passage_tokens: budget of a passage.
        sentences: edition of the sentence splitter.
    """

    embedder: str
    passage_tokens: int
    sentences: str = SENTENCES

    def to_json(self) -> str:
        """One line of JSON, keys sorted."""
        return json.dumps(asdict(self), sort_keys=True)


def fingerprint_of(embedder: Embedder, settings: IngestSettings) -> Fingerprint:
    """The fingerprint an index gets if it is built now."""
    return Fingerprint(embedder.fingerprint, min(settings.passage_tokens, embedder.max_tokens))


def check_fingerprint(live: Snapshot, asked: Fingerprint) -> None:
    """Makes sure that an index can be used with these settings; a new one can.

    Raises:
        IndexMismatch: naming what differs and what to do.
    """
    stored = live.meta(META)
    if stored is None or stored == asked.to_json():
        return
    built = json.loads(stored)
    differing = [
        f"{name} {built.get(name)!r}, settings ask for {value!r}"
        for name, value in ((item.name, getattr(asked, item.name)) for item in fields(asked))
        if built.get(name) != value
    ]
    raise IndexMismatch(
        f"the index was built with {'; '.join(differing)}:"
        " set them back, or run `pincite ingest --rebuild PATH…`"
    )
