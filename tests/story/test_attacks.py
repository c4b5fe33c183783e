"""What somebody with bad intentions may send: nothing leaks, nothing falls over, nothing is piled up."""

import io
import json
import re
import socket
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.story.test_http import QUESTION, problem_of, serving
from tests.story.test_uploads import Files, ids, report_of

COMPLETIONS = "/v1/chat/completions"
HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
BOMB = "&a;" * 50
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006"


@pytest.fixture(scope="module")
def client(corpus_index: Path) -> Iterator[httpx.Client]:
    with serving(corpus_index) as client:
        yield client


def raw(client: httpx.Client, sent: bytes) -> bytes:
    """What the server says to bytes that no client would send."""
    told = b""
    # A server that waits for more is left alone soon; one that hangs up before it heard all is right.
    port = client.base_url.port
    with (
        suppress(TimeoutError, BrokenPipeError, ConnectionResetError),
        socket.create_connection(("127.0.0.1", port), timeout=3) as connection,
    ):
        connection.sendall(sent)
        while part := connection.recv(65536):
            told += part
    return told


def get(path: bytes, *headers: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\n%bConnection: close\r\n%b\r\n" % (path, HOST, b"".join(headers))


def post(body: bytes, *headers: bytes) -> bytes:
    return b"POST /v1/search HTTP/1.1\r\n%b%b%b\r\n%b" % (HOST, JSON, b"".join(headers), body)


@pytest.mark.parametrize(
    "sent",
    [
        post(b"{}", b"Content-Length: 2\r\n", b"Content-Length: 30\r\n"),
        post(b"", b"Content-Length: -1\r\n"),
        post(b"hello", b"Content-Length: +5\r\n"),
        post(b"", b"Content-Length: 99999999999999999999999999\r\n"),
        post(b"zz\r\n{}\r\n", b"Transfer-Encoding: chunked\r\n"),
        post(b"", b"Transfer-Encoding: gzip\r\n"),
        get(b"/v1/documents", b"Host: evil.example\r\n"),
        b"GET /v1/documents HTTP/1.1\r\n\r\n",
        get(b"/v1/documents/a\x00b"),
        get(b"/v1/documents", b"X-A: a\x00b\r\n"),
        get(b"/v1/documents/" + b"a" * 5_000_000),
        get(b"/v1/documents", b"X-A: " + b"a" * 5_000_000 + b"\r\n"),
        get(b"/v1/documents", b"X-A: b\r\n" * 500_000),
        b"GET /v1/documents HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 20_000_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n" * 1000,
        b"\xff" * 1000,
    ],
    ids=range(17),
)
def test_what_is_no_request_is_refused_before_it_is_understood(client: httpx.Client, sent: bytes) -> None:
    told = raw(client, sent)
    assert told == b"" or re.match(rb"HTTP/1\.1 4(00|13|31) ", told)
    assert b"Traceback" not in told
    assert client.get("/healthz").status_code == 200


def test_a_length_and_chunks_at_once_are_read_as_one_request(client: httpx.Client) -> None:
    smuggled = b"1\r\n{\r\n0\r\n\r\n" + get(b"/v1/documents/smuggled")
    told = raw(client, post(smuggled, b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"))
    assert told.count(b"HTTP/1.1 ") <= 2  # by chunks, as the standard says, or not at all; never by length
    assert not told.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "path",
    [
        b"/v1/documents/../../../etc/passwd",
        b"/v1/documents/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        b"/v1/documents//etc/passwd",
        b"/v1/documents/a%00b",
        b"/v1/documents/%ff%fe",
        b"/v1/documents/%ed%a0%80",
        b"/v1/documents/" + b"%F0%9F%92%A9" * 2_000,
        b"/v1/jobs/../../keys.json",
        b"/v1/conversations/../../keys.json",
        b"/v1/conversations/..%2f..%2fkeys.json",
        b"/web/../../../../etc/passwd",
        b"/web/%2e%2e/%2e%2e/app.py",
        b"/web/%2e%2e%5capp.py",
        b"/swagger/..%2f..%2f..%2fetc/passwd",
        b"/swagger//etc/passwd",
        b"//v1/documents",
    ],
)
def test_no_path_leads_out(client: httpx.Client, path: bytes) -> None:
    head, _, body = raw(client, get(path)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert b"application/problem+json" in head
    problem = json.loads(body)
    assert problem["status"] == 404
    assert b"root:" not in body
    assert b"site-packages" not in body


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "application/json"),
        (b'{"question": ' + b"9" * 100_000 + b"}", "application/json"),
        (b'{"question": "Who?", "question": 1}', "application/json"),
        (b'{"question": NaN}', "application/json"),
        (b"\x00" * 1000, "application/json"),
        (b'{"question": "Who?"}', "application/xml"),
        (b'{"question": "Who?"}', "text/plain"),
        (b'{"question": "Who?"}', "application/json; charset=utf-32"),
        (b"question=Who?", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"x", "\x00/é"),
    ],
    ids=range(11),
)
def test_a_hostile_body_is_a_problem(client: httpx.Client, content: bytes, kind: str) -> None:
    for path in ("/v1/chat", "/v1/chat/stream", "/v1/search", "/v1/verify", "/v1/documents", COMPLETIONS):
        try:
            response = client.post(path, content=content, headers=[(b"content-type", kind.encode("latin-1"))])
        except httpx.LocalProtocolError:
            return  # no client would send this
        if kind.startswith("application/json;"):
            assert response.status_code in (200, 400, 422)
            continue
        assert response.status_code in (400, 413, 422)
        if path == COMPLETIONS:
            assert response.json()["error"]["type"] == "invalid_request_error"
        else:
            problem_of(response)
        assert "Traceback" not in response.text


def test_null_bytes_and_marks_in_a_question_do_no_harm(client: httpx.Client) -> None:
    for mark in ("\x00", "\u202e", "\ufeff", "\x1b[2J", "' OR 1=1 --", '" NEAR("', "*", "a AND NOT b"):
        response = client.post("/v1/search", json={"query": f"defense {mark} {QUESTION}"})
        assert response.status_code == 200, response.text


def word(document: str, **parts: bytes) -> bytes:
    """A Word file around some XML."""
    kinds = (
        f'<Types xmlns="{RELATIONS}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    links = (
        f'<Relationships xmlns="{RELATIONS}/relationships"><Relationship Id="r1" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        ' Target="word/document.xml"/></Relationships>'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", kinds)
        archive.writestr("_rels/.rels", links)
        archive.writestr("word/document.xml", document)
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def paragraphs(text: str, entities: str = "") -> str:
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    return f'<?xml version="1.0"?>{entities}<w:document xmlns:w="{WORD}">{body}</w:document>'


def lying_zip() -> bytes:
    """A Word file whose directory says that 5 MB of text are 300 bytes."""
    document = paragraphs("x" * 5_000_000)
    real, told = (size.to_bytes(4, "little") for size in (len(document), 300))
    return word(document).replace(real, told)


def hostile_files(secret: Path) -> Files:
    nested = "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 50}">' for n in range(8))
    million = f'<!DOCTYPE x [<!ENTITY a "lolz lolz lolz">{nested}]>'
    outside = f'<!DOCTYPE x [<!ENTITY out SYSTEM "file://{secret}">]>'
    page = "<html><body><script>alert(1)</script><p>The polyglot is a page, too.</p></body></html>"
    pdf = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    )
    trailer = b"trailer<</Root 1 0 R>>\n%%EOF"
    contents = {
        "bomb.docx": word(paragraphs("x"), big=b"\0" * 300_000_000),
        "lying.docx": lying_zip(),
        "million.docx": word(paragraphs("&i;", million)),
        "outside.docx": word(paragraphs("Out: &out;", outside)),
        "deep.docx": word(paragraphs("<w:r>" * 50_000 + "</w:r>" * 50_000)),
        "million.html": f"{million}<p>&i;</p>".encode(),
        "outside.html": f'<iframe src="file://{secret}"></iframe><p>Out.</p>'.encode(),
        "polyglot.pdf": page.encode() + pdf + trailer,
        "polyglot.html": pdf + page.encode() + trailer,
        "zip.pdf": word(paragraphs("x")),
        "page.docx": page.encode(),
        "null.txt": b"\x00" * 1000,
        "binary.txt": bytes(range(256)) * 100,
        "deep.jsonl": b'{"_id": "d", "text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "long.jsonl": json.dumps({"_id": "x" * 100_000, "text": "Long."}).encode(),
        "path.jsonl": json.dumps({"_id": "../../etc/passwd", "text": "A path is a name here."}).encode(),
    }
    return [("files", item) for item in contents.items()]


def test_hostile_files_are_read_or_named_and_the_server_goes_on(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("The secret is out.")
    with serving(tmp_path / "index") as client:
        report = report_of(client, client.post("/v1/documents", files=hostile_files(secret)))
        skipped = {item["place"]: item["reason"] for item in report["skipped"]}
        assert {
            "bomb.docx",
            "lying.docx",
            "zip.pdf",
            "page.docx",
            "deep.jsonl line 1",
            "long.jsonl line 1",
        } <= set(skipped)
        told = json.dumps(report)
        for name in ids(client):
            told += client.get(f"/v1/documents/{name}").text
        assert "secret is out" not in told
        assert str(tmp_path) not in told
        assert "alert(1)" not in told
        assert "Traceback" not in told
        assert len(told) < 1_000_000  # nothing was expanded
        assert client.get("/healthz").status_code == 200
        assert client.delete("/v1/documents/../../etc/passwd").status_code in (204, 404)
