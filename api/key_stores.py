"""Where API keys are kept: in a file of the index folder, or in the database that holds the index."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from api.errors import KeysUnreadable
from api.keys import ApiKey, KeyRing
from api.settings import Settings
from api.sharing import open_shared
from ingest.storage import storage_failure, storage_told

if TYPE_CHECKING:
    from api.shared import SharedTables

FILE_NAME = "keys.json"
_FILE = TypeAdapter(tuple[ApiKey, ...])


def open_keys(settings: Settings) -> KeyRing:
    """The keys of the index that the settings name.

    Raises:
        IngestError: if they are in a database whose address is none.
    """
    tables = open_shared(settings)
    return KeyRing(KeyTable(tables) if tables else KeyFile(settings.index))


class KeyFile:
    """See `KeyStore`; the file is read anew when it changed.

    Args:
        index: folder of the index.
    """

    def __init__(self, index: Path) -> None:
        self._path = index / FILE_NAME
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[ApiKey, ...] = ()

    def load(self) -> tuple[ApiKey, ...] | None:
        """See `KeyStore.load`."""
        try:
            facts = self._path.stat()
            seen = (facts.st_mtime_ns, facts.st_ino, facts.st_size)
            if seen != self._seen:
                self._keys = _FILE.validate_json(self._path.read_bytes())
                self._seen = seen
        except FileNotFoundError:
            self._seen = None
            return None
        except (OSError, ValidationError) as error:
            unreadable = KeysUnreadable(f"{self._path} cannot be read as keys: mend it or move it away")
            raise storage_failure(error, self._path) or unreadable from error
        return self._keys

    def add(self, key: ApiKey) -> bool:
        """See `KeyStore.add`."""
        with self._changing():
            known = self.load() or ()
            if any(each.name == key.name for each in known):
                return False
            self._write((*known, key))
        return True

    def drop(self, name: str) -> bool:
        """See `KeyStore.drop`."""
        with self._changing():
            known = self.load() or ()
            kept = tuple(key for key in known if key.name != name)
            if len(kept) == len(known):
                return False
            self._write(kept)
        return True

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with storage_told(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock")):
                yield

    def _write(self, keys: tuple[ApiKey, ...]) -> None:
        """Puts a new file in place of the old one, readable for its owner alone at every moment."""
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        shown = json.dumps(_FILE.dump_python(keys, mode="json"), indent=1)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(shown.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)


class KeyTable:
    """See `KeyStore`; asked of the database at each request, so that a key taken back is so everywhere."""

    def __init__(self, tables: "SharedTables") -> None:
        self._tables = tables

    def load(self) -> tuple[ApiKey, ...] | None:
        """See `KeyStore.load`."""
        rows = self._tables.keys()
        if rows is None:
            return None
        try:
            return tuple(
                ApiKey.model_validate(dict(zip(ApiKey.model_fields, row, strict=True))) for row in rows
            )
        except ValidationError as error:
            raise KeysUnreadable("the table api_keys holds what are no keys of ours: mend it") from error

    def add(self, key: ApiKey) -> bool:
        """See `KeyStore.add`."""
        return self._tables.add_key((key.name, key.scope, key.created, key.sha256))

    def drop(self, name: str) -> bool:
        """See `KeyStore.drop`."""
        return self._tables.drop_key(name)
