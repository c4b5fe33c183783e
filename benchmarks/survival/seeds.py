"""Whole files of every format, from which damaged ones are made: the sample corpus, and what it lacks."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import docx
from fpdf import FPDF

from benchmarks.survival.recording import ROOT

FORMATS = ("txt", "md", "html", "jsonl", "docx", "pdf")


def seeds_of(kind: str) -> Sequence[bytes]:
    """Files of a format, in an order that does not change."""
    found = [path.read_bytes() for path in sorted((ROOT / "corpus").rglob(f"*.{kind}"))]
    own = {"jsonl": _records, "docx": _word, "pdf": _page, "txt": _encoded, "html": _plain_page, "md": _notes}
    return (*found, *own[kind]())


def _text() -> str:
    return next(iter(sorted((ROOT / "corpus").rglob("*.txt")))).read_text(encoding="utf-8")


def _records() -> Sequence[bytes]:
    lines = [
        {
            "_id": f"r{n}",
            "title": "Title",
            "text": text,
            "metadata": {"published": "2025-10-28", "source": "S"},
        }
        for n, text in enumerate(_text().split("\n\n"))
        if text.strip()
    ]
    return (
        "\n".join(map(json.dumps, lines)).encode(),
        json.dumps(lines[0], ensure_ascii=False).encode() + b"\n",
    )


def _word() -> Sequence[bytes]:
    word = docx.Document()
    word.add_heading("A heading", 1)
    word.add_paragraph("A point.", style="List Bullet")
    word.add_paragraph("A number.", style="List Number")
    table = word.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(1, 1)).text = "merged"
    table.cell(2, 2).add_table(2, 2).cell(0, 0).text = "inner"
    word.add_paragraph("The end.")
    out = io.BytesIO()
    word.save(out)
    return (out.getvalue(),)


def _page() -> Sequence[bytes]:
    files = []
    for compressed in (True, False):
        maker = FPDF(unit="pt", format="A4")
        maker.set_compression(compressed)
        for number in range(3):
            maker.add_page()
            maker.set_font("Helvetica", size=18)
            maker.text(60, 60, f"Heading {number}")
            maker.set_font("Times", size=11)
            for at, line in enumerate(_text().split("\n")[number * 20 : number * 20 + 20]):
                maker.text(60, 100 + 14 * at, line[:90].encode("latin-1", "replace").decode("latin-1"))
        maker.set_title("A title")
        files.append(bytes(maker.output()))
    return files


def _encoded() -> Sequence[bytes]:
    return (_text().encode("utf-16"), b"\xef\xbb\xbf" + _text().replace("\n", "\r\n").encode())


def _plain_page() -> Sequence[bytes]:
    return (
        b"<p>One sentence. Another one.<table><tr><th>a<td>b</table><ul><li>x<li>y</ul><pre>  code\n</pre>",
    )


def _notes() -> Sequence[bytes]:
    return (
        b"---\ntitle: T\ndate: 2025-10-28\nsource: S\n---\n# H\n\n- a\n  - b\n\n1. c\n\n"
        b"| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote [link](http://x) ![i](y) `code` **b** *i*\n"
        b"\n```\ncode\n```\n"
        b"\nUnder\n=====\n\n<div>raw</div>\n",
    )


def write_seed(folder: Path, kind: str, data: bytes, name: str) -> Path:
    """A file to be loaded."""
    path = folder / f"{name}.{kind}"
    path.write_bytes(data)
    return path
