"""What is behind the HTTP door: one assistant, opened when it first can be, and again when it must be."""

import threading

from api.conversation_places import open_place
from api.conversations import Conversations
from api.settings import Settings
from ingest.assembly import open_store
from ingest.fingerprint import META
from ingest.storage import check_standing, storage_told
from ingest.store import EVERYTHING, Store
from qa.assembly import open_assistant
from qa.assistant import Assistant, Watch, unwatched


class House:
    """Keeps the assistant of a running server.

    There may be no index yet, or another process may rebuild it with other settings: the assistant is
    opened at the first question that finds an index, and again when the index is not the one it was
    opened for.

    Args:
        settings: which index, and how it is asked.
        watch: told of every outcome.
        stopping: set when the server was told to stop.
    """

    def __init__(
        self, settings: Settings, watch: Watch = unwatched, stopping: threading.Event | None = None
    ) -> None:
        self._settings = settings
        self._watch = watch
        self._lock = threading.Lock()
        self._assistant: Assistant | None = None
        self._opened_for: str | None = None
        self.stopping = stopping or threading.Event()
        with storage_told(settings.index):
            settings.index.mkdir(parents=True, exist_ok=True)  # now, and never again: see check_standing
        self.store: Store = open_store(settings)
        self.conversations = Conversations(open_place(settings), settings.conversations)

    def assistant(self) -> Assistant:
        """The assistant for the index as it is now.

        Raises:
            IngestError: if the index cannot be used.
            QaError: if the chat model cannot be opened.
        """
        check_standing(self._settings.index)
        with self._lock:
            with self.store.reading() as live:
                fingerprint = live.meta(META)
            if self._assistant is None or fingerprint != self._opened_for:
                self._assistant = open_assistant(self._settings, self._watch)
                self._opened_for = fingerprint
            return self._assistant

    def check_ready(self) -> None:
        """Makes sure that a question can be answered, loading what is not loaded yet.

        Raises:
            As `assistant`.
        """
        assistant = self.assistant()
        with self.store.reading() as live:
            assistant.retriever.retrieve(live, "ready", EVERYTHING, 1)
        assistant.reader.prepare()
        assistant.second_reader.prepare()

    def close(self) -> None:
        """Lets go of the assistant and its models: FastAPI caches the routes, and with them this house."""
        with self._lock:
            self._assistant = self._opened_for = None
