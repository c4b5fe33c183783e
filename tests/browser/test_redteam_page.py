"""Hostile documents on the page: nothing runs, nothing is loaded, nothing is sent elsewhere."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from ingest.assembly import open_builder
from ingest.settings import IndexSettings
from tests.browser.conftest import Open, ask
from tests.browser.test_safety import assert_inert
from tests.redteam import ATTACKS, Attack, write_attacks
from tests.story.test_http import serving

ON_A_PAGE = {"markup", "titles and names", "exfiltration", "escapes"}
CHOSEN = [attack for attack in ATTACKS if attack.category in ON_A_PAGE and attack.file != "escapes-02.txt"]


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("redteam")
    documents = write_attacks(folder / "documents")
    open_builder(IndexSettings(index=folder / "index")).ingest([str(documents)], watch=lambda _: None)
    with serving(folder / "index") as client:
        yield str(client.base_url).rstrip("/")


@pytest.mark.parametrize("attack", CHOSEN, ids=str)
def test_a_hostile_document_is_text(attack: Attack, hostile_site: str, open_page: Open) -> None:
    identity = attack.place if attack.file.endswith(".jsonl") else attack.file
    page = open_page(f"/d/{quote(identity)}", at=hostile_site)
    expect(page.locator("#source")).to_contain_text(attack.question.removeprefix("Who is ")[4:-1])
    assert_inert(page)


def test_asking_hostile_documents_loads_nothing(hostile_site: str, open_page: Open) -> None:
    page = open_page(at=hostile_site)
    for attack in [one for one in CHOSEN if one.category == "markup"][:3]:
        ask(page, attack.question)
        expect(page.locator(".turn").last).to_contain_text(attack.place)
    assert_inert(page)
