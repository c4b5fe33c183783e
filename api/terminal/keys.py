"""`pincite key`."""

from pathlib import Path

from api.key_stores import open_keys
from api.keys import KeyRing, Scope
from api.layout import block
from api.messages import KeyObject, KeysObject
from api.settings import load_settings
from api.terminal.exits import ANSWERED
from api.terminal.output import note, print_blocks, print_lines, print_object


def create(index: Path | None, name: str, scope: Scope) -> int:
    """Makes a key and prints it, this once.

    Raises:
        KeysUnreadable: if the file of keys is damaged.
        Misuse: if there is one of that name.
    """
    print_lines([_ring(index).create(name, scope)])
    note(f"key {name!r} may {scope}; it is shown this once and kept as a hash")
    return ANSWERED


def show(index: Path | None, *, json: bool) -> int:
    """Prints which keys there are.

    Raises:
        KeysUnreadable: if the file of keys is damaged.
    """
    keys = tuple(
        KeyObject(name=key.name, scope=key.scope, created=key.created) for key in _ring(index).known()
    )
    if json:
        print_object(KeysObject(keys=keys))
    else:
        print_blocks(block(f"{key.name}  {key.scope}  {key.created:%Y-%m-%d}") for key in keys)
    return ANSWERED


def revoke(index: Path | None, name: str) -> int:
    """Takes a key back.

    Raises:
        KeysUnreadable: if the file of keys is damaged.
        Misuse: if there is none of that name.
    """
    _ring(index).revoke(name)
    note(f"revoked {name!r}")
    return ANSWERED


def _ring(index: Path | None) -> KeyRing:
    return open_keys(load_settings({"index": index}))
