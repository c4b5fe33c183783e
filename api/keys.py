"""API keys: who may ask, and who may change documents.

A key is 256 random bits, so its SHA-256 is as good as the key is long: there is no word list to try, and
a slow hash, which passwords need, would only slow down every request. The file stands in the index folder,
because it says who may read that index, and nothing else is written to.
"""

import datetime as dt
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from api.errors import KeysUnreadable, Misuse
from ingest.storage import storage_failure, storage_told

FILE_NAME = "keys.json"
PREFIX = "pincite_"  # so that whoever scans for secrets knows one when they see it
BYTES = 32
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")

Scope = Literal["read", "write"]


class ApiKey(BaseModel):
    """A key as it is stored: what it was hashed to, never the key itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    scope: Scope = Field(description="`write` may do all that `read` may.")
    created: dt.datetime
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


_FILE = TypeAdapter(tuple[ApiKey, ...])


class KeyRing:
    """The keys of one index; a change in the file counts from the next request on.

    Args:
        index: folder of the index.
    """

    def __init__(self, index: Path) -> None:
        self._path = index / FILE_NAME
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[ApiKey, ...] = ()

    def exists(self) -> bool:
        """Whether a key was ever made, even if all were revoked since."""
        return self._path.exists()

    def known(self) -> tuple[ApiKey, ...]:
        """All keys, oldest first.

        Raises:
            KeysUnreadable: if the file is not one of ours.
        """
        try:
            facts = self._path.stat()
            seen = (facts.st_mtime_ns, facts.st_ino, facts.st_size)
            if seen != self._seen:
                self._keys = _FILE.validate_json(self._path.read_bytes())
                self._seen = seen
        except FileNotFoundError:
            self._seen, self._keys = None, ()
        except (OSError, ValidationError) as error:
            unreadable = KeysUnreadable(f"{self._path} cannot be read as keys: mend it or move it away")
            raise storage_failure(error, self._path) or unreadable from error
        return self._keys

    def find(self, sent: str) -> ApiKey | None:
        """The key that was sent, if it is one of ours.

        Raises:
            KeysUnreadable: if the file is not one of ours.
        """
        digest = _digest(sent)
        # All are compared, each in constant time: how long it takes says nothing about any of them.
        found = [key for key in self.known() if hmac.compare_digest(key.sha256, digest)]
        return found[0] if found else None

    def create(self, name: str, scope: Scope) -> str:
        """Makes a key and returns it; it cannot be read again.

        Raises:
            KeysUnreadable: if the file is not one of ours.
            Misuse: if there is one of that name, or it is no name.
        """
        if not NAME.fullmatch(name):
            raise Misuse(f"{name!r} is no name for a key: letters, digits and . _ @ - are, up to 64 of them")
        key = PREFIX + secrets.token_urlsafe(BYTES)
        with self._changing():
            if any(each.name == name for each in self.known()):
                raise Misuse(f"there is a key {name!r} already: revoke it first, or take another name")
            now = dt.datetime.now(dt.UTC).replace(microsecond=0)
            made = ApiKey(name=name, scope=scope, created=now, sha256=_digest(key))
            self._write((*self.known(), made))
        return key

    def revoke(self, name: str) -> None:
        """Takes a key back, from the next request on.

        Raises:
            KeysUnreadable: if the file is not one of ours.
            Misuse: if there is none of that name.
        """
        with self._changing():
            kept = tuple(key for key in self.known() if key.name != name)
            if len(kept) == len(self.known()):
                raise Misuse(f"there is no key {name!r}: `pincite key list` names those there are")
            self._write(kept)

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


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
