"""Bytes to text, strictly: a wrong guess would be quoted as if it were the source."""

import codecs

from ingest.errors import UnreadableDocument

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OTHER_KINDS = {
    b"%PDF-": "PDF",
    b"PK\x03\x04": "ZIP",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\xd0\xcf\x11\xe0": "old Office",
    b"\x1f\x8b": "gzip",
}
# Tab, line feed, vertical tab, form feed, carriage return and escape occur in honest text.
_CONTROLS = frozenset(map(chr, range(32))) - set("\t\n\v\f\r\x1b") | {"\x7f"}
_MAX_CONTROL_SHARE = 0.02


def decode(data: bytes, declared: str = "") -> str:
    """Decode UTF-8 (with or without a byte-order mark), UTF-16 with one, or a declared encoding.

    Args:
        data: the file.
        declared: an encoding the file itself names (HTML does); tried after UTF-8.

    Raises:
        UnreadableDocument: if the data is binary, or in an encoding nobody told us. Detectors are not
            consulted: see docs/decisions/0004-loading-libraries.md.
    """
    if kind := sniff(data):
        raise UnreadableDocument(f"binary, not text: it looks like a {kind} file")
    text = _decode_marked(data) if data.startswith(_UTF16_MARKS) else _decode_eight_bit(data, declared)
    controls = sum(map(text.count, _CONTROLS))
    if "\x00" in text or controls > _MAX_CONTROL_SHARE * len(text):
        raise UnreadableDocument("binary, not text")
    return text.lstrip("\ufeff")


def sniff(data: bytes) -> str:
    """The name of the binary kind `data` begins like, or ""."""
    return next((kind for magic, kind in _OTHER_KINDS.items() if data.startswith(magic)), "")


def _decode_marked(data: bytes) -> str:
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise UnreadableDocument("damaged UTF-16: save it again as UTF-8") from error


def _decode_eight_bit(data: bytes, declared: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\x00" in data:
            raise UnreadableDocument("binary, not text") from error
        if text := _decode_declared(data, declared):
            return text
        raise UnreadableDocument(
            f"not UTF-8 (byte 0x{data[error.start]:02x} at {error.start:,}):"
            " convert it with `iconv -f WINDOWS-1252 -t UTF-8`, or whatever its encoding is"
        ) from error


def _decode_declared(data: bytes, declared: str) -> str:
    # Browsers read "latin-1" and "ascii" as Windows-1252 (WHATWG Encoding Standard, section 4.2).
    name = declared.strip().lower()
    name = "cp1252" if name in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"} else name
    try:
        # UTF-7 and the like are no encodings of files, and Python's "codecs" such as rot13 are none at all.
        return data.decode(name) if name and codecs.lookup(name).name not in _NOT_TRUSTED else ""
    except (LookupError, UnicodeError, ValueError):
        return ""


_NOT_TRUSTED = frozenset(
    {"utf-7", "utf-8", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"}
)
