import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml

from ingest.documents import Document, Skipped

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(word: WordDocument) -> bytes:
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def with_body(*paragraphs: str) -> bytes:
    """A document whose body is the given XML."""
    word = docx.Document()
    for xml in reversed(paragraphs):
        word.element.body.insert(0, parse_xml(xml.replace(">", f" {W}>", 1)))
    return saved(word)


def test_the_body_is_read_in_its_order(load_one: Callable[..., Document]) -> None:
    word = docx.Document()
    word.add_heading("Harbour", 0)
    word.add_heading("Costs", 1)
    word.add_paragraph("First ").add_run("bold").bold = True
    table = word.add_table(rows=2, cols=3)
    for at, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c{at}"
    table.cell(1, 0).merge(table.cell(1, 1))
    word.add_paragraph("one", style="List Bullet")
    word.add_paragraph("two", style="List Bullet 2")
    word.add_paragraph("eins", style="List Number")
    word.add_paragraph("zwei", style="List Number")
    word.add_paragraph("Last\tline\nbroken")
    document = load_one("a.docx", saved(word))
    assert document.text == (
        "Harbour\n\nCosts\n\nFirst bold\n\nc0 | c1 | c2\nc3 c4 | c5\n\n"
        "- one\n  - two\n1. eins\n2. zwei\n\nLast\tline\nbroken"
    )
    assert [span.cut(document.text) for span in document.headings] == ["Harbour", "Costs"]
    assert document.media_type.endswith("wordprocessingml.document")


def test_core_properties_give_facts(load_one: Callable[..., Document]) -> None:
    word = docx.Document()
    word.add_paragraph("Text.")
    facts = word.core_properties
    facts.title, facts.author = "The  Title", "Port Office"
    facts.created = dt.datetime(2025, 10, 28, 9, tzinfo=dt.UTC)
    document = load_one("a.docx", saved(word))
    assert (document.title, document.source) == ("The Title", "Port Office")
    assert document.published == dt.date(2025, 10, 28)


def test_without_a_title_the_first_heading_and_then_the_file_names_it(
    load_one: Callable[..., Document],
) -> None:
    word = docx.Document()
    word.add_paragraph("Text.")
    document = load_one("my_file.docx", saved(word))
    assert (document.title, document.source, document.published) == ("My file", "", None)
    word.add_heading("Late heading", 2)
    assert load_one("my_file.docx", saved(word)).title == "Late heading"


def test_numbered_paragraphs_follow_their_numbering(load_one: Callable[..., Document]) -> None:
    item = (
        "<w:p><w:pPr><w:numPr><w:ilvl w:val='{}'/><w:numId w:val='{}'/></w:numPr></w:pPr>"
        "<w:r><w:t>{}</w:t></w:r></w:p>"
    )
    word = docx.Document(
        io.BytesIO(
            with_body(
                *[
                    item.format(*each)
                    for each in [
                        (0, 77, "a"),
                        (1, 77, "b"),
                        (1, 77, "c"),
                        (0, 77, "d"),
                        (1, 77, "e"),
                        (0, 0, "f"),
                        (0, 78, "g"),
                    ]
                ]
            )
        )
    )
    numbering = word.part.numbering_part.element
    numbering.append(
        parse_xml(
            f"<w:abstractNum {W} w:abstractNumId='77'>"
            "<w:lvl w:ilvl='0'><w:numFmt w:val='bullet'/></w:lvl></w:abstractNum>"
        )
    )
    numbering.append(parse_xml(f"<w:num {W} w:numId='78'><w:abstractNumId w:val='77'/></w:num>"))
    text = load_one("a.docx", saved(word)).text
    assert text == "1. a\n  1. b\n  2. c\n2. d\n  1. e\n\nf\n\n- g"


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (
            "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>",
            "new",
        ),
        (
            "<w:p><w:moveFrom><w:r><w:t>from</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>to</w:t></w:r></w:moveTo></w:p>",
            "to",
        ),
        (
            "<w:p><w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink><w:r><w:t> text</w:t></w:r></w:p>",
            "link text",
        ),
        ("<w:sdt><w:sdtContent><w:p><w:r><w:t>control</w:t></w:r></w:p></w:sdtContent></w:sdt>", "control"),
        (
            "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>",
            "seen",
        ),
        (
            "<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t></w:r></w:p>",
            "a-b",
        ),
        (
            "<w:p><w:r><w:t>out</w:t><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:r></w:p>",
            "out\n\nbox",
        ),
        (
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>in</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>",
            "a in",
        ),
    ],
)
def test_what_a_reader_sees_is_read(load_one: Callable[..., Document], xml: str, text: str) -> None:
    assert load_one("a.docx", with_body(xml)).text == text


def rewritten(data: bytes, name: str, change: "dict[bytes, bytes]") -> bytes:
    """The archive with one part's bytes replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            body = old.read(part)
            for before, after in change.items():
                body = body.replace(before, after) if part == name else body
            new.writestr(part, body)
    return out.getvalue()


def plain() -> bytes:
    word = docx.Document()
    word.add_paragraph("MARK")
    return saved(word)


def test_external_entities_are_not_read(
    load_all: Callable[..., list[Document | Skipped]], tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("SECRET")
    head = b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"
    doctype = f"<!DOCTYPE w [<!ENTITY x SYSTEM 'file://{tmp_path}/secret'>]>".encode()
    data = rewritten(plain(), "word/document.xml", {head: head + doctype, b"MARK": b"a &x; b"})
    (outcome,) = load_all("a.docx", data)
    assert isinstance(outcome, Document)
    assert "SECRET" not in outcome.text


def test_nested_entities_are_not_expanded(load_all: Callable[..., list[Document | Skipped]]) -> None:
    head = b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"
    levels = b"".join(b"<!ENTITY e%d '%s'>" % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
    doctype = b"<!DOCTYPE w [<!ENTITY e0 'ha'>" + levels + b"]>"
    data = rewritten(plain(), "word/document.xml", {head: head + doctype, b"MARK": b"a &e11; b"})
    (outcome,) = load_all("a.docx", data)
    assert len(outcome.text) < 1000 if isinstance(outcome, Document) else outcome.reason


def test_bombs_are_refused_before_they_are_unpacked(refusal: Callable[..., str]) -> None:
    out = io.BytesIO(plain())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("word/x.xml", "w") as part:
        for _ in range(201):
            part.write(b" " * 1_000_000)
    assert refusal("a.docx", out.getvalue()) == "unpacks to over 200 MB: not read"


def test_other_archives_are_no_word_documents(refusal: Callable[..., str]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    assert refusal("a.docx", out.getvalue()) == "not a Word document, or a damaged one"
    assert refusal("a.docx", b"text").startswith("not a Word document")
    assert refusal("a.docx", b"\xd0\xcf\x11\xe0" + b"x" * 99).startswith("encrypted, or an old .doc")
    assert refusal("a.docx", plain()[:-200]).startswith("not a Word document")


def test_broken_parts_are_refused(load_all: Callable[..., list[Document | Skipped]]) -> None:
    for part in ("word/document.xml", "word/styles.xml", "docProps/core.xml", "[Content_Types].xml"):
        (outcome,) = load_all("a.docx", rewritten(plain(), part, {b"<": b"<<"}))
        assert not isinstance(outcome, Document)
        assert outcome.reason


def test_footnotes_stand_at_the_end(load_one: Callable[..., Document]) -> None:
    data = plain()
    note = (
        f"<w:footnotes {W}>"
        "<w:footnote w:type='separator'><w:p><w:r><w:t>no</w:t></w:r></w:p></w:footnote>"
        "<w:footnote w:id='2'><w:p><w:r><w:t>The note.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    out = io.BytesIO(
        rewritten(
            data,
            "word/_rels/document.xml.rels",
            {
                b"</Relationships>": b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"'
                b' Target="footnotes.xml"/></Relationships>'
            },
        )
    )
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/footnotes.xml", note)
    assert load_one("a.docx", out.getvalue()).text == "MARK\n\nThe note."


def test_a_document_without_text_is_refused(refusal: Callable[..., str]) -> None:
    assert refusal("a.docx", saved(docx.Document())) == "holds no text"


def test_deep_nesting_does_no_harm(load_all: Callable[..., list[Document | Skipped]]) -> None:
    deep = (
        b"<w:sdt><w:sdtContent>" * 100
        + b"<w:p><w:r><w:t>x</w:t></w:r></w:p>"
        + b"</w:sdtContent></w:sdt>" * 100
    )
    deeper = deep.replace(b"<w:p>", b"<w:ins>" * 3000 + b"<w:p>").replace(
        b"</w:p>", b"</w:p>" + b"</w:ins>" * 3000
    )
    for xml in (deep, deeper):
        data = rewritten(plain(), "word/document.xml", {b"<w:body>": b"<w:body>" + xml})
        (outcome,) = load_all("a.docx", data)
        assert isinstance(outcome, Document) or outcome.reason
