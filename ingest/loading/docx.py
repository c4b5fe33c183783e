"""Word documents: body text in document order; headings by style, lists and tables as lines."""

import datetime as dt
import io
import zipfile

import docx
from docx.document import Document as WordDocument
from docx.opc.coreprops import CoreProperties

from ingest.documents import Span, normalise_text
from ingest.errors import UnreadableDocument
from ingest.loading.content import Content, join_blocks, one_line
from ingest.loading.docx_blocks import render_body

_MAX_UNPACKED_BYTES = 200_000_000
_MAX_PARTS = 10_000
# What python-docx's own template says; documents made with it often leave it standing.
_TEMPLATE_AUTHOR, _TEMPLATE_DAY = "python-docx", dt.date(2013, 12, 23)
_OLE = b"\xd0\xcf\x11\xe0"


def read(data: bytes) -> Content:
    """Read the body, footnotes last. The title is the core properties', or else the first heading.

    Raises:
        UnreadableDocument: if it is encrypted, damaged, of another kind, or unpacks to over 200 MB.
    """
    word = _open(data)
    try:
        text, headings = join_blocks(render_body(word))
        return _with_facts(word.core_properties, text, headings)
    except Exception as error:
        # Broad on purpose: the XML is anybody's; what python-docx does not expect fails with any error.
        raise UnreadableDocument(
            f"damaged: Word's parts do not fit together ({type(error).__name__})"
        ) from error


def _with_facts(facts: CoreProperties, text: str, headings: tuple[Span, ...]) -> Content:
    title, author = one_line(normalise_text(facts.title)), one_line(normalise_text(facts.author))
    days = (facts.created, facts.modified)
    return Content(
        text=text,
        title=title or (headings[0].cut(text) if headings else ""),
        source="" if author == _TEMPLATE_AUTHOR else author,
        published=next((day.date() for day in days if day and day.date() != _TEMPLATE_DAY), None),
        headings=headings,
    )


def _open(data: bytes) -> WordDocument:
    if data.startswith(_OLE):
        raise UnreadableDocument(
            "encrypted, or an old .doc: save it as .docx without a password and ingest again"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_unpacked(archive)
        return docx.Document(io.BytesIO(data))
    except UnreadableDocument:
        raise
    except zipfile.BadZipFile as error:
        raise UnreadableDocument("not a Word document: no ZIP archive, or a damaged one") from error
    except Exception as error:  # broad, as in `read`
        raise UnreadableDocument("not a Word document, or a damaged one") from error


def _check_unpacked(archive: zipfile.ZipFile) -> None:
    """Refuse a bomb before unpacking anything. zipfile reads no further than the sizes it checks."""
    parts = archive.infolist()
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED_BYTES:
        raise UnreadableDocument(f"unpacks to over {_MAX_UNPACKED_BYTES // 1_000_000} MB: not read")
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableDocument("encrypted: remove the password and ingest again")
