"""Check that the corpus is in its own words: no run of eight is shared with the references.

Usage: python scripts/check_corpus.py REFERENCE...   (needs pypdf and python-docx)

Words are compared case-folded, twice: with punctuation dropped ("U.S.-Japan" is one word) and with
punctuation read as space (it is three). Each document must also have between 150 and 900 words.
Exits with 1 if anything is found, with 2 when called without references.
"""

import re
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import docx
from docx.table import Table
from pypdf import PdfReader

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
RUN = 8
FEWEST, MOST = 150, 900
UNSEEN = {"script", "style"}
Run = tuple[str, ...]


class VisibleText(HTMLParser):
    """Collects what a reader of a web page sees, its title and navigation included."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        super().__init__()
        self.parts: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember where unseen text begins; let the values of <meta> count as text."""
        if tag in UNSEEN:
            self.inside.append(tag)
        if tag == "meta":
            self.parts.extend(value for name, value in attrs if name == "content" and value)

    def handle_endtag(self, tag: str) -> None:
        """Remember where unseen text ends."""
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data: str) -> None:
        """Keep text unless it is unseen."""
        if not self.inside:
            self.parts.append(data)


def read_text(path: Path) -> str:
    """Read Markdown and plain text as they are."""
    return path.read_text(encoding="utf-8")


def read_html(path: Path) -> str:
    """Read the visible text of a web page."""
    parser = VisibleText()
    parser.feed(read_text(path))
    return " ".join(parser.parts)


def read_pdf(path: Path) -> str:
    """Read all pages of a PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def read_docx(path: Path) -> str:
    """Read paragraphs and table rows of a Word document, in their order."""
    return "\n".join(docx_lines(path))


def docx_lines(path: Path) -> Iterator[str]:
    """Yield one line for each paragraph and each table row."""
    for block in docx.Document(str(path)).iter_inner_content():
        if isinstance(block, Table):
            yield from (" ".join(cell.text for cell in row.cells) for row in block.rows)
        else:
            yield block.text


READERS: dict[str, Callable[[Path], str]] = {
    ".md": read_text,
    ".txt": read_text,
    ".html": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}


def words(text: str, instead: str) -> list[str]:
    """Split into case-folded words, with `instead` put in the place of punctuation."""
    bare = re.sub(r"[^\w\s]|_", instead, text.casefold())
    return bare.split()


def runs(text: str, instead: str) -> set[Run]:
    """All runs of eight words in a text."""
    found = words(text, instead)
    return {tuple(found[at : at + RUN]) for at in range(len(found) - RUN + 1)}


def shared_runs(text: str, references: list[str]) -> set[Run]:
    """The runs that a text shares with any reference, under either reading of punctuation."""
    return {
        run for ref in references for instead in ("", " ") for run in runs(text, instead) & runs(ref, instead)
    }


def body_words(path: Path, text: str) -> int:
    """Count the words of a document, front matter left out."""
    if path.suffix == ".md" and text.startswith("---\n"):
        text = text.split("---\n", 2)[2]
    return sum(1 for word in text.split() if re.search(r"\w", word))


def faults(path: Path, text: str, references: list[str]) -> Iterator[str]:
    """Yield what is wrong with a document; the README has no length to keep."""
    count = body_words(path, text)
    print(f"{count:4d} words  {path.relative_to(CORPUS)}")
    if path.name != "README.md" and not FEWEST <= count <= MOST:
        yield f"{path.name}: {count} words, not between {FEWEST} and {MOST}"
    for run in sorted(shared_runs(text, references)):
        yield f"{path.name}: shared run: {' '.join(run)}"


def main(arguments: list[str]) -> int:
    """Check every document and report; the result is the exit status."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    references = [read_text(Path(argument)) for argument in arguments]
    paths = sorted(path for path in CORPUS.rglob("*") if path.suffix in READERS)
    found = [fault for path in paths for fault in faults(path, READERS[path.suffix](path), references)]
    print("\n".join(found) or f"clean: {len(paths)} files, no shared run of {RUN} words")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
