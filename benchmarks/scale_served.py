"""Engines beyond files, for the benchmark of size: a schema and a collection for each index."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg

SERVED = "served"  # folder in the work folder
SETTINGS = "pincite.toml"


@dataclass(frozen=True, slots=True)
class Engines:
    """Addresses of a PostgreSQL database and of a Chroma server."""

    book: str
    vectors: str

    @classmethod
    def of(cls, book: str | None, vectors: str | None) -> "Engines | None":
        """Both, or none."""
        if bool(book) != bool(vectors):
            raise SystemExit("--book and --vectors go together")
        return cls(book, vectors) if book and vectors else None

    def prepare(self, place: Path) -> None:
        """Makes the schema of one size, and settings that name it, unless they are there."""
        schema = f"scale_{place.name}"
        with psycopg.connect(self.book, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())
        options = urlencode({"options": f"-csearch_path={schema}"})
        address = f"{self.book}{'&' if '?' in self.book else '?'}{options}"
        lines = (f'book = "{address}"', f'vectors = "{self.vectors}"', f'vectors_collection = "{schema}"')
        (place / SETTINGS).write_text("\n".join(("[storage]", *lines)) + "\n", encoding="utf-8")
