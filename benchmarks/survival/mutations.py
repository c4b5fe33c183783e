"""Damage to files: bytes, the grammar of a format, parts of a Word archive, objects of a PDF."""

import io
import random
import re
import warnings
import zipfile
import zlib
from collections.abc import Sequence

from benchmarks.survival.grammar import NESTED, TOKENS

LARGEST = 3_000_000  # bytes; what grows beyond is cut off
GROWTH = ((20_000, 200_000, 1_500_000), (80, 17, 3))  # bytes by which a file grows at most, and how often
DEPTHS = ((2, 50, 500, 5_000, 30_000), (30, 30, 25, 12, 3))
RAW = 3  # times in ten that the format of an archive or of objects is not regarded
OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.S)
REFERENCE = re.compile(rb"(\d+) 0 R")
NUMBER = re.compile(rb"-?\d+\.?\d*")
ELEMENT = re.compile(rb"<w:(p|r|tbl|tr|tc|sdt)\b[^>]*>.*?</w:\1>", re.S)
ATTRIBUTE = re.compile(rb'="[^"<>]*"')
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)


def mutate(kind: str, seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    """A seed with one to four things done to it."""
    data = drawn.choice(seeds)
    for _ in range(drawn.choice((1, 1, 1, 2, 3, 4))):
        if kind not in ("docx", "pdf") or drawn.randrange(10) < RAW:
            data = damage(kind, data, seeds, drawn)
        else:
            data = change_part(data, seeds, drawn) if kind == "docx" else change_objects(data, drawn)
        data = data[:LARGEST]
    return data


def damage(kind: str, data: bytes, seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    """Bytes changed without regard to what they are, or tokens of the format put where they do not belong."""
    return drawn.choice((_flip, _cut, _drop, _repeat, _splice, _insert, _insert, _nest, _nest))(
        kind, data, seeds, drawn
    )


def change_part(data: bytes, seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    """A Word archive with something done to one of its parts, or to the archive itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # noqa: BLE001 - what was damaged before is no archive any more, in any of many ways
        return damage("docx", data, seeds, drawn)
    xml = [name for name in parts if name.endswith((".xml", ".rels"))] or list(parts)
    if not xml:
        return data
    name = drawn.choice(["word/document.xml"] * 3 + xml)
    name = name if name in parts else drawn.choice(xml)
    other = drawn.choice(xml)
    match drawn.choice(("elements",) * 12 + ("damage", "damage", "drop", "swap", "rename", "twice", "grow")):
        case "elements":
            parts[name] = _change_elements(parts[name], drawn)
        case "damage":
            parts[name] = damage("docx", parts[name], [parts[other]], drawn)
        case "drop":
            del parts[name]
        case "swap":
            parts[name], parts[other] = parts[other], parts[name]
        case "rename":
            parts[drawn.choice(("../" * 9 + "x.xml", "/etc/passwd", "", "word/\x00.xml", other))] = parts.pop(
                name
            )
        case "grow":
            parts[name] = b" " * drawn.randint(1_000, 5_000_000) + parts[name]
        case "twice":
            return _packed([*parts.items(), (name, parts[other])], drawn)
    return _packed(list(parts.items()), drawn)


def _change_elements(part: bytes, drawn: random.Random) -> bytes:
    """XML that is well-formed still, for the most part, but not what Word would write."""
    found = list(ELEMENT.finditer(part))
    marks = [match.start() for match in re.finditer(rb"<w:", part)][1:]
    if not found or not marks:
        return damage("docx", part, [part], drawn)
    one, other, place = drawn.choice(found), drawn.choice(found), drawn.choice(marks)
    match drawn.choice(("token", "nest", "drop", "move", "repeat", "attribute")):
        case "token":
            return part[:place] + drawn.choice(TOKENS["docx"]) + part[place:]
        case "nest":
            opening, closing = drawn.choice(NESTED["docx"])
            depth = drawn.choices(*DEPTHS)[0]
            return part[:place] + opening * depth + one[0] + closing * depth + part[place:]
        case "drop":
            return part[: one.start()] + part[one.end() :]
        case "move":
            return part[:place] + other[0] + part[place:]
        case "repeat":
            times = drawn.choices(*GROWTH)[0] // len(one[0]) + 1
            return part[: one.start()] + one[0] * drawn.randint(2, times + 2) + part[one.end() :]
    attributes = list(ATTRIBUTE.finditer(part))
    chosen, strange = (
        drawn.choice(attributes),
        (b"", b"-1", b"999999999999", b"x", b"1e9", b"none", b"\xe2\x80\xa8"),
    )
    return part[: chosen.start()] + b'="' + drawn.choice(strange) + b'"' + part[chosen.end() :]


def _packed(parts: Sequence[tuple[str, bytes]], drawn: random.Random) -> bytes:
    out = io.BytesIO()
    method = drawn.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that occurs twice: it is meant
        for name, part in parts:
            archive.writestr(zipfile.ZipInfo(name or "x"), part, method)
    return out.getvalue()


def change_objects(data: bytes, drawn: random.Random) -> bytes:
    """A PDF with something done to its objects; its table of places is right again, or left wrong."""
    objects = {int(number): body for number, body in OBJECT.findall(data)}
    if not objects:
        return damage("pdf", data, [data], drawn)
    numbers = list(objects)
    number, other = drawn.choice(numbers), drawn.choice(numbers)
    body = _unpacked(objects[number]) if drawn.random() < 0.6 else objects[number]
    match drawn.choice(
        ("damage",) * 5 + ("refer",) * 3 + ("numbers",) * 3 + ("swap", "drop", "deep", "pages")
    ):
        case "damage":
            body = damage("pdf", body, [objects[other]], drawn)
        case "refer":
            body = REFERENCE.sub(lambda _: b"%d 0 R" % drawn.choice((*numbers, 0, 999_999)), body)
        case "numbers":
            body = _change_number(body, drawn)
        case "swap":
            body, objects[other] = objects[other], body
        case "drop":
            body = b" null "
        case "deep":
            body = body.replace(b"<<", b"<</Deep " + b"[" * drawn.choices(*DEPTHS)[0], 1)
        case "pages":
            body = body.replace(b"/Kids", b"/Kids[" + b"%d 0 R " % number * drawn.randint(1, 5000) + b"]/K")
    objects[number] = body
    return _assembled(objects, data, drawn)


def _unpacked(body: bytes) -> bytes:
    """An object with its stream inflated, so that what is done to it is done to what it says."""
    found = STREAM.search(body)
    if not found or b"/FlateDecode" not in body:
        return body
    try:
        content = zlib.decompress(found[1])
    except zlib.error:
        return body
    head = re.sub(rb"/Filter\s*\[?\s*/FlateDecode\s*\]?", b"", body[: found.start()])
    head = re.sub(rb"/Length\s+\d+(\s+0\s+R)?", b"/Length %d" % len(content), head)
    return head + b"stream\n" + content + b"\nendstream\n"


def _change_number(body: bytes, drawn: random.Random) -> bytes:
    found = list(NUMBER.finditer(body))
    if not found:
        return body
    chosen = drawn.choice(found)
    strange = (b"0", b"-1", b"1e9", b"999999999", b"4294967296", b"-0.0000001", b"65535", b"x")
    return body[: chosen.start()] + drawn.choice(strange) + body[chosen.end() :]


def _assembled(objects: dict[int, bytes], data: bytes, drawn: random.Random) -> bytes:
    trailer = data[data.rfind(b"trailer") :] if b"trailer" in data else b"trailer<</Root 1 0 R>>"
    trailer = trailer.partition(b"startxref")[0]
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj" % number + body + b"endobj\n"
    size = max(objects) + 1 if max(objects) < 100_000 else 1
    if drawn.random() < 0.2:  # whoever reads it must look for the objects
        return out + trailer + b"startxref\n%d\n%%%%EOF" % drawn.randint(0, len(out))
    table = b"".join(
        b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
        for number in range(size)
    )
    return out + b"xref\n0 %d\n" % size + table + trailer + b"startxref\n%d\n%%%%EOF" % len(out)


def _flip(_: str, data: bytes, _seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(drawn.choice((1, 1, 4, 16, 256)) if data else 0):
        # Seldom what text never holds: nearly every text with such a byte is refused for it.
        byte = drawn.choice((drawn.randrange(256), *(drawn.randrange(32, 127) for _ in range(5))))
        changed[drawn.randrange(len(changed))] = byte
    return bytes(changed)


def _cut(_: str, data: bytes, _seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    place = drawn.randint(0, len(data))
    return drawn.choice((data[:place], data[:place], data[place:]))


def _drop(_: str, data: bytes, _seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    start, end = sorted((drawn.randint(0, len(data)), drawn.randint(0, len(data))))
    return data[:start] + data[end:]


def _repeat(_: str, data: bytes, _seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    start, end = sorted((drawn.randint(0, len(data)), drawn.randint(0, len(data))))
    block = data[start : min(end, start + drawn.choice((8, 64, 4096, 100_000)))]
    times = drawn.choices(*GROWTH)[0] // max(1, len(block))
    return data[:start] + block * drawn.randint(2, times + 2) + data[start:]


def _splice(_: str, data: bytes, seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    other = drawn.choice(seeds)
    return data[: drawn.randint(0, len(data))] + other[drawn.randint(0, len(other)) :]


def _insert(kind: str, data: bytes, _seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    for _ in range(drawn.choice((1, 1, 3, 20))):
        place = drawn.randint(0, len(data))
        data = data[:place] + drawn.choice(TOKENS[kind]) + data[place:]
    return data


def _nest(kind: str, data: bytes, _seeds: Sequence[bytes], drawn: random.Random) -> bytes:
    opening, closing = drawn.choice(NESTED[kind])
    depth = drawn.choices(*DEPTHS)[0]
    place = drawn.randint(0, len(data))
    inner = data[place : place + drawn.randint(0, 200)]
    return data[:place] + opening * depth + inner + closing * depth + data[place:]
