"""The HTTP door as a client meets it: a real server on a loopback port, and every way to be refused."""

import json
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.errors import KeysUnreadable, Refusal
from api.house import House
from api.problems import TABLE
from api.schemas import AnswerObject
from api.settings import ServeSettings, Settings, TelemetrySettings
from api.terminal.serving import uvicorn_options
from evals.run_file import Asked
from ingest.assembly import open_builder
from ingest.errors import IndexBusy, IngestError
from ingest.settings import IndexSettings, IngestSettings, StorageSettings
from qa.assistant import Assistant
from qa.errors import GeneratorFailed, QaError
from qa.settings import GenerationSettings
from tests.servers import running
from tests.story.conftest import Pincite

QUESTION = "How much has Japan committed itself to invest in the United States?"
DOCUMENT = "notes/defense-note.txt"
NOTHING: Mapping[str, object] = MappingProxyType({})
TIRELESS = 1_000_000  # tests ask more often than a client may, on a fast machine at least


@contextmanager
def serving(
    index: Path,
    *,
    ingest: Mapping[str, object] = NOTHING,
    telemetry: Mapping[str, object] = NOTHING,
    storage: Mapping[str, object] = NOTHING,
    generation: GenerationSettings | None = None,
    **serve: object,
) -> Iterator[httpx.Client]:
    """A server over an index, and a client that talks to it."""
    settings = Settings(
        index=index,
        ingest=IngestSettings.model_validate(dict(ingest)),
        telemetry=TelemetrySettings.model_validate(dict(telemetry)),
        storage=StorageSettings.model_validate(dict(storage)),
        generation=generation or GenerationSettings(),
        serve=ServeSettings.model_validate({"requests_per_minute": TIRELESS, **serve}),
    )
    config = uvicorn.Config(create_app(settings), log_config=None, lifespan="on", **uvicorn_options(settings))
    with running(config) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def client(corpus_index: Path) -> Iterator[httpx.Client]:
    with serving(corpus_index) as client:
        yield client


def problem_of(response: httpx.Response) -> dict[str, object]:
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = response.json()
    assert list(problem)[:5] == ["type", "title", "status", "detail", "instance"]
    assert problem["status"] == response.status_code
    assert problem["instance"] == response.request.url.path
    return problem


def ingest(folder: Path, index: Path, **options: bool) -> None:
    open_builder(IndexSettings(index=index)).ingest([str(folder)], watch=lambda _: None, **options)


def test_a_question_is_answered_with_places_in_stored_texts(client: httpx.Client) -> None:
    response = client.post("/v1/chat", json={"question": QUESTION})
    assert response.status_code == 200
    answer = AnswerObject.model_validate_json(response.content)
    assert answer.outcome == "answer"
    for citation in (citation for claim in answer.claims for citation in claim.citations):
        text = client.get(f"/v1/documents/{citation.document.id}").json()["text"]
        assert text[citation.start : citation.end] == citation.quote


def test_http_terminal_and_evaluation_say_the_same(
    client: httpx.Client, pincite: Pincite, corpus_index: Path, tmp_path: Path
) -> None:
    here = client.post("/v1/chat", json={"question": QUESTION})
    there = pincite("ask", QUESTION, "--index", corpus_index, "--json").stdout
    one, other = here.json(), json.loads(there)
    for answer in (one, other):
        answer["trace"].pop("durations")
    assert one == other
    head, _, _ = here.text.partition('"durations"')
    assert there.startswith(head)  # byte by byte, up to the wall times
    (tmp_path / "set.jsonl").write_text(
        json.dumps({"id": "q", "question": QUESTION, "answerable": True}) + "\n"
    )
    run = tmp_path / "run.jsonl"
    pincite("eval", "run", tmp_path / "set.jsonl", "--out", run, "--index", corpus_index)
    kept = Asked.from_json(run.read_text().splitlines()[1])
    cited = [citation for claim in one["claims"] for citation in claim["citations"]]
    assert (kept.outcome, kept.answer, kept.confidence) == (one["outcome"], one["answer"], one["confidence"])
    assert [(document, span.start, span.end, quote) for (document, span), quote in kept.citations] == [
        (each["document"]["id"], each["start"], each["end"], each["quote"]) for each in cited
    ]
    assert [(document, span.start, span.end) for document, span in kept.retrieved] == [
        (each["document"], each["start"], each["end"]) for each in one["trace"]["retrieved"]
    ]


def test_an_abstention_is_no_failure(client: httpx.Client) -> None:
    response = client.post("/v1/chat", json={"question": "What is the boiling point of tungsten?"})
    assert response.status_code == 200
    assert response.json()["outcome"] == "abstention"
    assert response.json()["nearest"]


def test_a_conversation_is_taken_in(client: httpx.Client) -> None:
    messages = [
        {"role": "user", "content": "Who signed in Tokyo?"},
        {"role": "assistant", "content": "Both leaders."},
        {"role": "user", "content": "When did they?"},
    ]
    answer = client.post("/v1/chat", json={"messages": messages}).json()
    assert answer["question"] == "When did they?"
    assert answer["trace"]["query"] == "Who signed in Tokyo, and when?"


def test_filters_confine_what_is_found(client: httpx.Client) -> None:
    body = {"query": "defense", "limit": 3, "filters": {"documents": ["notes/def*"], "from": "2020-01-01"}}
    found = client.post("/v1/search", json=body).json()
    assert found["passages"]
    assert {passage["document"]["id"] for passage in found["passages"]} == {DOCUMENT}
    assert found["expression"] == '"defense"'


def test_a_long_list_of_documents_comes_in_parts(client: httpx.Client) -> None:
    whole = client.get("/v1/documents").json()
    assert whole["next"] is None
    assert whole["total"] == len(whole["documents"]) == 5
    parts, after = [], ""
    while after is not None:
        part = client.get("/v1/documents", params={"after": after, "limit": 2}).json()
        assert part["total"] == 5
        parts.append(part["documents"])
        after = part["next"]
    assert [len(part) for part in parts] == [2, 2, 1]
    assert [document for part in parts for document in part] == whole["documents"]
    ends_with_the_last = client.get("/v1/documents", params={"limit": 5}).json()
    assert ends_with_the_last == whole
    for limit in ("0", "1001", "many"):
        assert client.get("/v1/documents", params={"limit": limit}).status_code == 422


def test_documents_are_listed_and_sent_whole(client: httpx.Client, corpus_folder: Path) -> None:
    listed = client.get("/v1/documents").json()["documents"]
    assert [document["id"] for document in listed] == sorted(document["id"] for document in listed)
    assert len(listed) == 5
    sent = client.get(f"/v1/documents/{DOCUMENT}").json()
    for sentence in sent["sentences"]:
        assert sent["text"][sentence["start"] : sentence["end"]] == sentence["text"]
    assert client.get("/v1/documents/notes%2Fdefense-note.txt").json() == sent


def test_show_prints_the_same_object(client: httpx.Client, pincite: Pincite, corpus_index: Path) -> None:
    printed = pincite("show", DOCUMENT, "--json", "--index", corpus_index).stdout
    assert printed == client.get(f"/v1/documents/{DOCUMENT}").text + "\n"


def test_citations_are_verified(client: httpx.Client) -> None:
    answer = client.post("/v1/chat", json={"question": QUESTION}).json()
    checked = client.post("/v1/verify", json=answer).json()
    assert checked["ok"]
    assert {item["verdict"] for item in checked["citations"]} == {"exact"}
    citation = answer["claims"][0]["citations"][0]
    citation["document"]["id"] = "nosuch"
    checked = client.post("/v1/verify", json={"citations": [citation]}).json()
    assert not checked["ok"]
    assert [item["verdict"] for item in checked["citations"]] == ["gone"]


def test_health_counts_what_there_is(client: httpx.Client) -> None:
    health = client.get("/healthz").json()
    assert health["status"] == "ok"
    assert health["counts"]["documents"] == 5
    assert "all-MiniLM" in health["fingerprint"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("POST", "/v1/chat", {"question": "  "}, 422, "bad-question"),
        ("POST", "/v1/chat", {"question": "x" * 5000}, 422, "bad-question"),
        ("POST", "/v1/search", {"query": "?!"}, 422, "bad-question"),
        ("POST", "/v1/chat", {}, 422, "invalid-request"),
        ("POST", "/v1/chat", {"question": "Who?", "colour": 1}, 422, "invalid-request"),
        ("POST", "/v1/search", {"query": "x", "limit": 0}, 422, "invalid-request"),
        ("POST", "/v1/verify", {"hello": 1}, 422, "invalid-request"),
        ("GET", "/v1/documents/nosuch.txt", None, 404, "document-not-found"),
        ("GET", "/v1/documents/../../etc/passwd", None, 404, None),
        ("GET", "/v1/documents/%2e%2e/%2e%2e/etc/passwd", None, 404, "document-not-found"),
        ("GET", "/v1/documents/", None, 404, "document-not-found"),
        ("GET", "/nosuch", None, 404, None),
        ("GET", "/v1/chat", None, 405, None),
        ("PUT", f"/v1/documents/{DOCUMENT}", None, 405, None),
        ("DELETE", "/v1/documents/nosuch.txt", None, 404, "document-not-found"),
        ("GET", "/redoc", None, 404, None),
    ],
)
def test_every_refusal_is_a_problem(
    client: httpx.Client, method: str, path: str, body: object, status: int, kind: str | None
) -> None:
    response = client.request(method, path, json=body)
    assert response.status_code == status
    assert problem_of(response)["type"] == (f"urn:pincite:problem:{kind}" if kind else "about:blank")


def test_what_is_wrong_with_a_request_is_told_field_by_field(client: httpx.Client) -> None:
    body = {"query": "x", "limit": 1000, "filters": {"from": "yesterday"}}
    problem = problem_of(client.post("/v1/search", json=body))
    assert isinstance(problem["errors"], list)
    assert [error["place"] for error in problem["errors"]] == ["body.limit", "body.filters.from"]


@pytest.mark.parametrize(
    "content", [b"{", b"", b"null", b"[]", b'{"question": "\\ud800"}', b'{"question": "\xff"}', b"[" * 50_000]
)
def test_a_malformed_body_is_a_problem(client: httpx.Client, content: bytes) -> None:
    response = client.post("/v1/chat", content=content, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    problem_of(response)


def test_a_body_that_is_not_sent_as_json_is_refused(client: httpx.Client) -> None:
    # A page elsewhere may send text/plain without asking first; JSON it may not.
    response = client.post(
        "/v1/chat", content=json.dumps({"question": QUESTION}), headers={"content-type": "text/plain"}
    )
    assert response.status_code == 422


def test_a_body_too_large_is_refused_whether_it_says_so_or_not(corpus_index: Path) -> None:
    with serving(corpus_index, max_body_kb=1) as client:
        body = json.dumps({"question": "x" * 2000}).encode()
        headers = {"content-type": "application/json"}
        announced = client.post("/v1/chat", content=body, headers=headers)
        chunked = client.post("/v1/chat", content=iter([body[:900], body[900:]]), headers=headers)
        for response in (announced, chunked):
            assert response.status_code == 413
            assert problem_of(response)["detail"] == "a body may have 1,000 bytes at most"


def test_another_host_name_is_not_answered(client: httpx.Client, corpus_index: Path) -> None:
    response = client.get("/v1/documents", headers={"host": "evil.example"})
    assert response.status_code == 421
    problem_of(response)
    for host in ("localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"):
        assert client.get("/healthz", headers={"host": host}).status_code == 200
    with serving(corpus_index, allowed_hosts=["pincite.example"]) as proxied:
        assert proxied.get("/healthz", headers={"host": "pincite.example"}).status_code == 200


def test_other_origins_are_given_nothing(client: httpx.Client) -> None:
    response = client.get("/v1/documents", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in response.headers
    preflight = client.options("/v1/chat", headers={"origin": "x", "access-control-request-method": "POST"})
    assert preflight.status_code == 405


def test_without_an_index_it_says_what_to_do_and_then_works_without_a_restart(
    tmp_path: Path, corpus_folder: Path
) -> None:
    with serving(tmp_path / "index") as client:
        for method, path, body in (
            ("POST", "/v1/chat", {"question": QUESTION}),
            ("POST", "/v1/search", {"query": "x"}),
            ("GET", "/v1/documents", None),
            ("GET", "/healthz", None),
        ):
            response = client.request(method, path, json=body)
            assert response.status_code == 503
            assert "pincite ingest" in str(problem_of(response)["detail"])
        ingest(corpus_folder, tmp_path / "index")
        assert client.post("/v1/chat", json={"question": QUESTION}).json()["outcome"] == "answer"


def test_what_another_process_ingests_or_removes_counts_from_the_next_question_on(
    own_index: Path, tmp_path: Path, pincite: Pincite
) -> None:
    asked = {"question": "Who painted the purple gate of Zanzibar?"}
    (tmp_path / "here" / "gate.txt").write_text("Salma Juma painted the purple gate of Zanzibar in 1931.")
    with serving(own_index) as client:
        assert client.post("/v1/chat", json=asked).json()["outcome"] == "abstention"
        assert pincite("ingest", "gate.txt", "--index", own_index).returncode == 0
        assert "Salma Juma" in client.post("/v1/chat", json=asked).json()["answer"]
        assert pincite("remove", "gate.txt", "--index", own_index).returncode == 0
        assert client.post("/v1/chat", json=asked).json()["outcome"] == "abstention"
        assert client.get("/v1/documents/gate.txt").status_code == 404


def test_an_index_rebuilt_by_another_process_is_the_one_that_is_asked(
    own_index: Path, tmp_path: Path, pincite: Pincite
) -> None:
    (tmp_path / "here" / "gate.txt").write_text("Salma Juma painted the purple gate of Zanzibar in 1931.")
    with serving(own_index) as client:
        client.post("/v1/chat", json={"question": QUESTION})
        assert pincite("ingest", "--rebuild", "gate.txt", "--index", own_index).returncode == 0
        found = client.post("/v1/search", json={"query": "purple gate"}).json()["passages"]
        assert [passage["document"]["id"] for passage in found] == ["gate.txt"]
        assert found[0]["dense"]["rank"] == 1


def test_an_index_rebuilt_with_other_settings_is_a_problem_that_says_so(
    own_index: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Alpha is first.")
    with serving(own_index) as client:
        assert client.post("/v1/search", json={"query": "alpha"}).status_code == 200
        other = IngestSettings(passage_tokens=64)
        open_builder(IndexSettings(index=own_index, ingest=other)).ingest(
            [str(file)], watch=lambda _: None, rebuild=True
        )
        response = client.post("/v1/search", json={"query": "alpha"})
        assert response.status_code == 503
        assert problem_of(response)["type"] == "urn:pincite:problem:index-mismatch"


def test_a_folder_that_is_no_index_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "pincite.sqlite3").write_bytes(b"no database at all" * 100)
    with serving(tmp_path) as client:
        assert problem_of(client.get("/healthz"))["type"] == "urn:pincite:problem:index-corrupt"


def failing(error: Exception) -> object:
    def ask(self: Assistant, question: object) -> None:
        raise error

    return ask


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (IndexBusy("secret /path"), 503, "5"),
        (QaError("secret /path"), 500, None),
    ],
)
def test_what_fails_behind_the_door_has_its_row_in_the_table(
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    retry: str | None,
) -> None:
    monkeypatch.setattr(Assistant, "ask", failing(error))
    response = client.post("/v1/chat", json={"question": QUESTION})
    assert response.status_code == status
    assert problem_of(response)["type"] != "about:blank"
    assert "secret" not in response.text  # whoever asks need not know the folders of this machine
    assert "secret /path" in caplog.text
    assert response.headers.get("retry-after") == retry


def test_the_unexpected_is_logged_and_not_told(
    corpus_index: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Assistant, "ask", failing(RuntimeError("secret /path")))
    with serving(corpus_index) as client:
        response = client.post("/v1/chat", json={"question": QUESTION})
    assert response.status_code == 500
    assert "secret" not in response.text
    assert problem_of(response)["type"] == "about:blank"
    assert "secret /path" in caplog.text


def test_the_table_knows_every_error_that_is_raised_on_purpose() -> None:
    def below(base: type[Exception]) -> set[type[Exception]]:
        return {base}.union(*(below(each) for each in base.__subclasses__()))

    inside = {"UnreadableDocument"}  # caught where files are read
    # Of `pincite ingest --ray` and `pincite restore` alone.
    inside |= {"ClusterUnavailable", "BackupRefused"}
    inside |= {each.__name__ for each in below(GeneratorFailed)}  # told in a notice, with the offline answer
    known = below(IngestError) | below(QaError) | below(Refusal) | {KeysUnreadable}
    assert {row.error for row in TABLE} == {each for each in known if each.__name__ not in inside}


def test_many_ask_at_once(client: httpx.Client) -> None:
    told: list[str] = []

    def ask() -> None:
        answer = client.post("/v1/chat", json={"question": QUESTION}).json()
        answer["trace"].pop("durations")
        told.append(json.dumps(answer))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    assert len(set(told)) == 1


def test_an_index_whose_folder_is_taken_away_is_missing_again(own_index: Path) -> None:
    with serving(own_index) as client:
        assert client.get("/healthz").status_code == 200
        shutil.rmtree(own_index)
        assert client.post("/v1/chat", json={"question": QUESTION}).status_code == 503


def test_the_assistant_is_opened_once(corpus_index: Path) -> None:
    house = House(Settings(index=corpus_index))
    assert house.assistant() is house.assistant()


def test_the_page_of_the_interface_needs_nobody_else(client: httpx.Client) -> None:
    page = client.get("/docs").text
    linked = [httpx.URL(link) for link in re.findall(r'(?:src|href)="([^"]+)"', page)]
    assert len(linked) >= 3
    for link in linked:
        assert link.host in ("", client.base_url.host)
        assert client.get(link).status_code == 200
    assert "'/openapi.json'" in page
    assert '"validatorUrl": null' in page
