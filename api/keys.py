"""API keys: who may ask, and who may change documents.

A key is 256 random bits, so its SHA-256 is as good as the key is long: there is no word list to try, and
a slow hash, which passwords need, would only slow down every request. Keys stand where the index stands,
because they say who may read it.
"""

import datetime as dt
import hashlib
import hmac
import re
import secrets
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from api.errors import Misuse

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


class KeyStore(Protocol):
    """Keeps the keys of one index.

    Raises everywhere:
        KeysUnreadable: if what is there are no keys of ours.
    """

    def load(self) -> tuple[ApiKey, ...] | None:
        """All keys, oldest first; None if there never was one."""

    def add(self, key: ApiKey) -> bool:
        """Adds a key; returns whether its name was free."""

    def drop(self, name: str) -> bool:
        """Takes a key away; returns whether there was one of that name."""


class KeyRing:
    """The keys of one index; a change counts from the next request on."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    def exists(self) -> bool:
        """Whether a key was ever made, even if all were revoked since.

        Raises:
            KeysUnreadable: if what is there are no keys of ours.
        """
        return self._store.load() is not None

    def known(self) -> tuple[ApiKey, ...]:
        """All keys, oldest first.

        Raises:
            KeysUnreadable: if what is there are no keys of ours.
        """
        return self._store.load() or ()

    def find(self, sent: str) -> ApiKey | None:
        """The key that was sent, if it is one of ours.

        Raises:
            KeysUnreadable: if what is there are no keys of ours.
        """
        digest = _digest(sent)
        # All are compared, each in constant time: how long it takes says nothing about any of them.
        found = [key for key in self.known() if hmac.compare_digest(key.sha256, digest)]
        return found[0] if found else None

    def create(self, name: str, scope: Scope) -> str:
        """Makes a key and returns it; it cannot be read again.

        Raises:
            KeysUnreadable: if what is there are no keys of ours.
            Misuse: if there is one of that name, or it is no name.
        """
        if not NAME.fullmatch(name):
            raise Misuse(f"{name!r} is no name for a key: letters, digits and . _ @ - are, up to 64 of them")
        key = PREFIX + secrets.token_urlsafe(BYTES)
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        if not self._store.add(ApiKey(name=name, scope=scope, created=now, sha256=_digest(key))):
            raise Misuse(f"there is a key {name!r} already: revoke it first, or take another name")
        return key

    def revoke(self, name: str) -> None:
        """Takes a key back, from the next request on.

        Raises:
            KeysUnreadable: if what is there are no keys of ours.
            Misuse: if there is none of that name.
        """
        if not self._store.drop(name):
            raise Misuse(f"there is no key {name!r}: `pincite key list` names those there are")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
