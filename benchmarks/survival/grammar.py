"""What readers of each format take for something: what may be nested, and tokens for where they do not belong."""

# ruff: noqa: E501 - tables

from collections.abc import Sequence

# Opening and closing, of what may be nested or must be closed; and tokens that readers take for something.
NESTED: dict[str, Sequence[tuple[bytes, bytes]]] = {
    "txt": ((b"(", b")"), (b'"', b'"'), (b"\t", b""), (b". ", b"")),
    "md": (
        (b"> ", b""), (b"- ", b"\n"), (b"[", b"](x)"), (b"**", b"**"), (b"`", b"`"), (b"![", b"]"), (b"  ", b"\n- x\n"),
        (b"<div>", b"</div>"), (b"|", b"|\n"), (b"# ", b"\n"), (b"*a ", b""), (b"_", b"_ "), (b"<!--", b"-->"), (b"~~~\n", b""),
    ),
    "html": (
        (b"<div>", b"</div>"), (b"<table><tr><td>", b"</td></tr></table>"), (b"<ul><li>", b"</li></ul>"),
        (b"<b>", b""), (b"<p>", b""), (b"<article>", b"</article>"), (b"<a href=x>", b""), (b"<svg>", b""),
        (b"<!--", b"-->"), (b"<pre>", b"</pre>"), (b"<select><option>", b""), (b"<template>", b"</template>"),
    ),
    "jsonl": ((b"[", b"]"), (b'{"a":', b"}"), (b'{"_id":"x","text":"y","metadata":', b"}"), (b'"', b'"'), (b"1", b"")),
    "docx": (
        (b"<w:ins>", b"</w:ins>"), (b"<w:sdt><w:sdtContent>", b"</w:sdtContent></w:sdt>"), (b"<w:p>", b"</w:p>"),
        (b"<w:tbl><w:tr><w:tc>", b"</w:tc></w:tr></w:tbl>"), (b"<w:r>", b"</w:r>"), (b"<w:smartTag>", b"</w:smartTag>"),
        (b"<w:r><w:txbxContent><w:p>", b"</w:p></w:txbxContent></w:r>"),
    ),
    "pdf": ((b"[", b"]"), (b"<<", b">>"), (b"(", b")"), (b"q ", b" Q"), (b"<</A ", b">>"), (b"BT ", b" ET")),
}  # fmt: skip
TOKENS: dict[str, Sequence[bytes]] = {
    "txt": (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\x0c", b"\xed\xa0\x80", b"\xf4\x8f\xbf\xbf", b"\xe2\x80\xa8", b"...", b"?!"),
    "md": (b"---\n", b"---\ntitle: &a [*a]\n---\n", b"\n===\n", b"\n|-|-|\n", b"&#0;", b"&#xD800;", b"[^1]", b"[^1]: ", b"\n    ", b"```", b"$$", b"date: 0000-99-99\n", b"<script>"),
    "html": (b"&#0;", b"&#xD800;", b"&#x110000;", b"<meta charset=utf-7>", b"<meta charset=rot13>", b"<base href=file:///etc/passwd>", b"<title>", b"<br>" * 50, b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<script>", b"</html>", b"</body>", b"<plaintext>", b"\x00", b"<h1>", b"<time datetime=9999999-99>"),
    "jsonl": (b"\\ud800", b"\\u0000", b"1e999", b"NaN", b"-Infinity", b"\n", b"null", b'"_id":', b'"text":', b"\xff", b'"\\', b"9" * 5000, b'"metadata":{"published":"9999-99-99"},', b"\xef\xbb\xbf"),
    "docx": (b"<w:br/>", b'<w:gridSpan w:val="999999999"/>', b'<w:numPr><w:ilvl w:val="-1"/><w:numId w:val="999999"/></w:numPr>', b'<w:vMerge w:val="continue"/>', b"&#0;", b"&#xD800;", b'<w:footnoteReference w:id="x"/>', b'<w:pStyle w:val="Heading99999999999"/>', b"<w:tr/>", b"<w:tc/>", b"<w:tbl/>", b'<!DOCTYPE x [<!ENTITY a "b">]>', b'<w:ilvl w:val="9999999999999"/>', b'<w:start w:val="1e9"/>', b'<w:numFmt w:val="lowerRoman"/>'),
    "pdf": (b"endobj", b"endstream", b"stream\n", b"/Kids[2 0 R]", b"/Parent 3 0 R", b"/Length 99999999", b"/Length -1", b"/Filter[/FlateDecode/FlateDecode]", b"/Filter/LZWDecode", b"/Filter/ASCII85Decode", b"/Filter/RunLengthDecode", b"/Filter/JBIG2Decode", b"/DecodeParms<</Predictor 15/Columns 999999999>>", b"/Count 999999999", b"null", b"1e99", b"-99999999999999999999", b"/Encrypt 1 0 R", b"/Rotate 45", b"/UserUnit 1e30", b"/Encoding/UniGB-UCS2-H", b"/ToUnicode 1 0 R", b"/Type/ObjStm/N 99999999/First 0", b"/Prev 0", b"startxref\n0\n%%EOF", b" Tj", b" Do", b"/F1 1e30 Tf", b"1e30 0 0 1e30 0 0 cm", b"/Title(\xfe\xff\xd8\x00)", b"/CreationDate(D:99999999999999)"),
}  # fmt: skip
