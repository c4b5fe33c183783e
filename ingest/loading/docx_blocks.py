"""The elements of a Word document to blocks, straight from its XML.

python-docx opens the package and resolves styles; its own walk leaves out tracked insertions,
content controls and text boxes, which a reader sees.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml import etree

from ingest.loading.content import Block, one_line

_TRANSPARENT = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml", "w:smartTag")))
_NOT_SHOWN = frozenset(map(qn, ("w:del", "w:moveFrom", "w:pPr", "w:rPr", "w:sdtPr"))) | {
    # The copy of a drawing for old versions of Word: the same text again.
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}
_CHARACTERS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_W_TEXT, _W_BOX, _W_P, _W_TBL, _W_R = map(qn, ("w:t", "w:txbxContent", "w:p", "w:tbl", "w:r"))
_LIST_GROUP = -1  # neighbouring list items are one list; tables are numbered from 1
_HEADING_STYLE = re.compile(r"heading \d|title", re.I)
_LIST_STYLE = re.compile(r"list (bullet|number)(?: (\d))?", re.I)


def render_body(word: WordDocument) -> Iterator[Block]:
    """The blocks of a document's body, then of its footnotes."""
    render = _Renderer(
        styles={style.style_id: style.name or "" for style in word.styles},
        bullets=_bullet_levels(word),
    )
    yield from render.blocks(word.element.body)
    for relation in word.part.rels.values():
        if relation.reltype == RELATIONSHIP_TYPE.FOOTNOTES and not relation.is_external:
            yield from _footnotes(render, relation.target_part.blob)


def _footnotes(render: "_Renderer", xml: bytes) -> Iterator[Block]:
    for note in parse_xml(xml):
        if note.get(qn("w:type")) in (None, "normal"):  # the others are the lines drawn above the notes
            yield from render.blocks(note)


@dataclass(slots=True)
class _Renderer:
    """Names of styles, kinds of lists, and how far each numbered list has counted."""

    styles: dict[str, str]
    bullets: set[tuple[str, int]]
    tables: int = 0
    counts: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    def blocks(self, parent: etree._Element) -> Iterator[Block]:
        """The blocks of a body, note or text box. A stack, not recursion: parts nest without end."""
        stack = list(reversed(parent))
        while stack:
            element = stack.pop()
            if element.tag == _W_P:
                yield self._paragraph(element)
                stack += reversed(_boxes(element))
            elif element.tag == _W_TBL:
                self.tables += 1
                yield from _rows(element, self.tables)
            elif element.tag in _TRANSPARENT or element.tag == _W_BOX:
                stack += reversed(element)

    def _paragraph(self, element: etree._Element) -> Block:
        text = _text(element).strip()
        style = self.styles.get(_value(element, "w:pPr/w:pStyle"), "")
        if not text or _HEADING_STYLE.fullmatch(style):
            return Block(text, heading=True)
        mark = self._mark(element, style)
        return Block(mark + text, group=_LIST_GROUP if mark else 0)

    def _mark(self, element: etree._Element, style: str) -> str:
        """What stands before a list item; "" for other paragraphs."""
        named = _LIST_STYLE.fullmatch(style)
        number = _value(element, "w:pPr/w:numPr/w:numId")
        if number == "0" or not (number or named):  # 0 takes a paragraph out of its style's list
            return ""
        level = _value(element, "w:pPr/w:numPr/w:ilvl") or (
            str(int(named[2]) - 1) if named and named[2] else "0"
        )
        depth = int(level) if level.isdigit() else 0
        bullet = (number, depth) in self.bullets if number else bool(named and named[1].lower() == "bullet")
        if bullet:
            return "  " * depth + "- "
        return "  " * depth + f"{self._count(number or style, depth)}. "

    def _count(self, number: str, depth: int) -> int:
        for key in [key for key in self.counts if key[0] == number and key[1] > depth]:
            del self.counts[key]  # inner lists start again under the next item
        self.counts[number, depth] += 1
        return self.counts[number, depth]


def _text(paragraph: etree._Element) -> str:
    """What is shown of a paragraph, text boxes apart."""
    pieces: list[str] = []
    stack = [paragraph]
    while stack:
        element = stack.pop()
        if element.tag == _W_TEXT:
            pieces.append(element.text or "")
        elif element.tag in _CHARACTERS:
            pieces.append(_CHARACTERS[element.tag])
        elif element.tag not in _NOT_SHOWN and element.tag != _W_BOX and not _is_hidden(element):
            stack += reversed(element)
    return "".join(pieces)


def _boxes(paragraph: etree._Element) -> list[etree._Element]:
    outer = paragraph.iter(_W_BOX)
    return [box for box in outer if not any(_skips(each, paragraph) for each in box.iterancestors())]


def _skips(ancestor: etree._Element, paragraph: etree._Element) -> bool:
    inside = ancestor is not paragraph and paragraph in ancestor.iterancestors()
    return inside and (ancestor.tag in _NOT_SHOWN or ancestor.tag == _W_BOX)


def _is_hidden(element: etree._Element) -> bool:
    if element.tag != _W_R:
        return False
    vanish = element.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
    return vanish is not None and vanish.get(qn("w:val")) not in ("0", "false", "off")


def _rows(table: etree._Element, group: int) -> Iterator[Block]:
    """A line for each row; merged cells once, nested tables inside their cell."""
    for row in table.iter(qn("w:tr")):
        if next(row.iterancestors(_W_TBL)) is table:
            cells = [
                one_line(" ".join(map(_text, cell.iter(_W_P))))
                for cell in row.iter(qn("w:tc"))
                if next(cell.iterancestors(_W_TBL)) is table
            ]
            yield Block(" | ".join(cells) if any(cells) else "", group=group)


def _value(element: etree._Element, path: str) -> str:
    found = element.find("/".join(map(qn, path.split("/"))))
    return "" if found is None else found.get(qn("w:val")) or ""


def _bullet_levels(word: WordDocument) -> set[tuple[str, int]]:
    """The (list, level) pairs that are drawn with bullets rather than numbers."""
    try:
        numbering = word.part.numbering_part.element
    except (KeyError, NotImplementedError):  # a document without lists has no such part
        return set()
    kinds = {
        abstract.get(qn("w:abstractNumId")): {
            int(level.get(qn("w:ilvl"), "0"))
            for level in abstract.iter(qn("w:lvl"))
            if _value(level, "w:numFmt") in ("bullet", "none")
        }
        for abstract in numbering.iter(qn("w:abstractNum"))
    }
    return {
        (number.get(qn("w:numId")) or "", level)
        for number in numbering.iter(qn("w:num"))
        for level in kinds.get(_value(number, "w:abstractNumId"), ())
    }
