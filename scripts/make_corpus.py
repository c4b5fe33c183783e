"""Make the PDF and DOCX documents of the corpus from the texts in corpus_sources/.

Usage: python scripts/make_corpus.py   (needs fpdf2 and python-docx; same input, same bytes)
"""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import docx
from docx.document import Document
from fpdf import FPDF

HERE = Path(__file__).resolve().parent
A5 = (148, 210)
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
MARKS = {"### ": "Heading 3", "## ": "Heading 2", "- ": "bullet", "| ": "row"}
HEADINGS = {"Heading 2", "Heading 3"}
WORD_STYLES = {"bullet": "List Bullet", "number": "List Number"} | {name: name for name in HEADINGS}


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a source text: a heading, paragraph, list item or table row."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed source text: its metadata, and its blocks in groups of one kind."""

    title: str
    author: str
    published: datetime
    provenance: str
    target: Path
    groups: tuple[tuple[Block, ...], ...]


def read_block(line: str) -> Block:
    """Tell what kind of block a line is by how it begins."""
    for mark, kind in MARKS.items():
        if line.startswith(mark):
            return Block(kind, line.removeprefix(mark).removesuffix("|").strip())
    return Block("number" if re.match(r"\d+\. ", line) else "paragraph", line)


def read_source(path: Path) -> Source:
    """Parse one source text: each line is a block, and a closing line gives date and provenance."""
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    meta = dict(line.split(": ", 1) for line in front.splitlines())
    day, author, provenance = meta["published"], meta["author"], meta["provenance"]
    closing = f"Published: {day}. Source: {author}. Provenance: {provenance}."
    lines = [line for line in body.splitlines() if line and not line.startswith("|--")]
    blocks = [*map(read_block, lines), Block("paragraph", closing)]
    groups = tuple(tuple(group) for _, group in groupby(blocks, key=attrgetter("kind")))
    published = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Source(meta["title"], author, published, provenance, Path(meta["target"]), groups)


def table_cells(rows: tuple[Block, ...]) -> list[list[str]]:
    """Cut table rows into cells."""
    return [[cell.strip() for cell in row.text.split("|")] for row in rows]


def draw_text(pdf: FPDF, text: str, font: str = "Times", style: str = "", size: int = 12) -> None:
    """Draw one paragraph, left-aligned, and leave some space below it."""
    pdf.set_font(font, style, size)
    pdf.multi_cell(0, size / 2, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)


def draw_group(pdf: FPDF, group: tuple[Block, ...]) -> None:
    """Draw headings, paragraphs or list items, or one table made of rows."""
    if group[0].kind == "row":
        pdf.set_font("Helvetica", size=10)
        rows = table_cells(group)
        widths = (1, *[4] * (len(rows[0]) - 1))
        with pdf.table(rows, text_align="LEFT", col_widths=widths):
            pass
        pdf.ln(3)
        return
    for block in group:
        if block.kind in HEADINGS:
            draw_text(pdf, block.text, "Helvetica", "B", 14)
        else:
            draw_text(pdf, f"- {block.text}" if block.kind == "bullet" else block.text)


def make_pdf(source: Source) -> bytes:
    """Lay a source out on A5 pages."""
    pdf = FPDF(format=A5)
    pdf.set_creation_date(source.published)
    pdf.set_title(source.title)
    pdf.set_author(source.author)
    pdf.set_subject(source.provenance)
    pdf.set_auto_page_break(auto=True, margin=9)
    pdf.add_page()
    draw_text(pdf, source.title, "Helvetica", "B", 16)
    for group in source.groups:
        draw_group(pdf, group)
    return bytes(pdf.output())


def add_group(document: Document, group: tuple[Block, ...]) -> None:
    """Add headings, paragraphs or list items, or one table made of rows."""
    if group[0].kind != "row":
        for block in group:
            numbered = block.kind == "number"
            text = re.sub(r"^\d+\. ", "", block.text) if numbered else block.text
            document.add_paragraph(text, style=WORD_STYLES.get(block.kind))
        return
    rows = table_cells(group)
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text


def make_docx(source: Source) -> bytes:
    """Write a source as a Word document with real headings, lists and tables."""
    document = docx.Document()
    core = document.core_properties
    core.title, core.author, core.last_modified_by = source.title, source.author, source.author
    core.subject, core.comments = source.provenance, ""
    core.created = core.modified = source.published.replace(tzinfo=None)
    document.add_heading(source.title, level=1)
    for group in source.groups:
        add_group(document, group)
    written = io.BytesIO()
    document.save(written)
    return with_fixed_times(written.getvalue())


def with_fixed_times(archive: bytes) -> bytes:
    """Repack a zip archive with one time stamp, so that equal content gives equal bytes."""
    repacked = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(repacked, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, ZIP_EPOCH), old.read(name), zipfile.ZIP_DEFLATED)
    return repacked.getvalue()


def main() -> None:
    """Make every document whose text is in corpus_sources/."""
    for path in sorted((HERE / "corpus_sources").glob("*.md")):
        source = read_source(path)
        make = make_pdf if source.target.suffix == ".pdf" else make_docx
        (HERE.parent / "corpus" / source.target).write_bytes(make(source))
        print(f"made corpus/{source.target}")


if __name__ == "__main__":
    main()
