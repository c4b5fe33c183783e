"""The address of a PostgreSQL database: what libpq is told, and what everybody may read of it."""

import os
import socket
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from ingest.errors import IngestError

DEFAULTS = {
    "client_encoding": "utf8",
    "connect_timeout": "10",
    # A server that is gone without a word is noticed within a minute.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
NO_ADDRESS = (
    "storage.book is no address of a PostgreSQL database, such as postgresql://user:password@host/database;"
    " a sign in a password that is no letter and no digit is written by its number, such as %40 for @"
)


def options_of(address: SecretStr) -> dict[str, Any]:
    """What libpq is to be told; what it says of a wrong address may repeat a password, and is not passed on.

    Raises:
        IngestError: if that is no address.
    """
    try:
        options = conninfo_to_dict(address.get_secret_value())
    except psycopg.ProgrammingError:
        raise IngestError(NO_ADDRESS) from None
    # The rest of a password with a sign that ends it: it must not be told as a place.
    if any("@" in str(options.get(name, "")) for name in ("host", "port", "dbname")):
        raise IngestError(NO_ADDRESS)
    mine = {"application_name": f"pincite {socket.gethostname()[:40]} {os.getpid()}"}
    return {**DEFAULTS, **mine, **options}


def place_of(options: dict[str, Any]) -> str:
    """Says which database that is, without any secret."""
    host, port = options.get("host"), options.get("port")
    at = f" at {host}{f':{port}' if port else ''}" if host else ""
    return f"database {options['dbname']!r}{at}" if "dbname" in options else f"the default database{at}"
