"""What is counted of a running server: a real one, over real indexes, whole and damaged."""

import sqlite3
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.conversation_places import FILE_NAME
from qa.drafts import Evidence, Statement, Statements
from qa.generation import ExtractiveGenerator
from tests.fakes import proposed
from tests.story.test_http import QUESTION, serving

Scraped = dict[tuple[str, tuple[str, ...]], float]


def scraped(client: httpx.Client) -> Scraped:
    """Every sample by its name and the values of its labels."""
    response = client.get("/metrics")
    assert response.status_code == 200
    families = text_string_to_metric_families(response.text)
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_what_the_house_holds_is_counted_at_each_scrape(own_index: Path) -> None:
    with serving(own_index) as client:
        before = scraped(client)
        counts = client.get("/healthz").json()["counts"]
        for part in ("documents", "sentences", "passages"):
            assert before[f"pincite_{part}", ()] == counts[part] > 0
        assert before["pincite_index_bytes", ()] > (own_index / "pincite.sqlite3").stat().st_size
        assert before["pincite_conversations", ()] == 0
        client.post("/v1/conversations")
        client.delete("/v1/documents/notes/defense-note.txt")
        after = scraped(client)
        assert after["pincite_conversations", ()] == 1
        assert after["pincite_documents", ()] == counts["documents"] - 1


def test_a_scrape_of_a_server_without_an_index_says_so(tmp_path: Path) -> None:
    with serving(tmp_path / "none") as client:
        told = scraped(client)
    assert told["pincite_readable", ("index",)] == 0
    assert told["pincite_readable", ("conversations",)] == 1
    assert ("pincite_documents", ()) not in told
    assert told["pincite_queued_jobs", ()] == 0


def test_a_scrape_outlives_damaged_files(own_index: Path) -> None:
    with serving(own_index) as client:
        for file in own_index.glob("pincite.sqlite3*"):
            file.write_bytes(b"no database at all, " * 400)
        (own_index / FILE_NAME).write_bytes(b"nor this one, " * 400)
        told = scraped(client)
    assert told["pincite_readable", ("index",)] == 0
    assert told["pincite_readable", ("conversations",)] == 0
    assert ("pincite_conversations", ()) not in told


def test_conversations_of_everybody_are_counted(own_index: Path) -> None:
    with serving(own_index) as client:
        client.post("/v1/conversations")
    with sqlite3.connect(own_index / FILE_NAME) as connection:
        connection.execute("UPDATE conversations SET owner = 'ann'")
    with serving(own_index) as client:
        client.post("/v1/conversations")
        assert scraped(client)["pincite_conversations", ()] == 2


def test_what_is_withheld_is_counted_by_its_reason(
    corpus_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        best = evidence.shown[0]
        carried = Statement(best.sentence.text, (best.handle,))
        return proposed(
            carried, Statement("The moon is made of cheese.", ("S1",)), Statement("So.", ("S99",))
        )

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    with serving(corpus_index) as client:
        before = scraped(client)
        client.post("/v1/chat", json={"question": QUESTION})
        after = scraped(client)
    assert before["pincite_withheld_total", ("unsupported",)] == 0
    assert after["pincite_withheld_total", ("unsupported",)] == 1
    assert after["pincite_withheld_total", ("not_shown",)] == 1
