"""A server that asks for a key: the page passes it on."""

import shutil
from pathlib import Path

from playwright.sync_api import expect

from api.key_stores import KeyFile
from api.keys import KeyRing
from tests.browser.conftest import Open, ask
from tests.browser.test_adding import DROP
from tests.story.test_http import serving

SCOPES = ("read", "write")


def test_a_server_that_asks_for_a_key_is_given_one(open_page: Open, index: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(index, tmp_path / "index"))
    key = KeyRing(KeyFile(own)).create("ann", "read")
    with serving(own) as client:
        page = open_page(at=str(client.base_url).rstrip("/"), quiet=False)  # a 401 is told on the console
        dialog = page.get_by_role("dialog", name="This server asks for a key")
        dialog.get_by_label("API key").fill("pincite_wrong")
        page.keyboard.press("Enter")
        expect(dialog).to_contain_text("no key of this server")
        dialog.get_by_label("API key").fill(key)
        dialog.get_by_role("button", name="Use this key").click()
        expect(page.locator(".documents li")).to_have_count(7)
        ask(page, "How much is the Tomahawk deal worth?")
        expect(page.locator(".claim")).to_have_count(1)
        page.reload()
        expect(page.locator(".documents li")).to_have_count(7)
        page.locator(".mark").click()
        expect(page.locator("#source .sentence, #source mark").first).to_be_visible()
        assert key not in page.content()


def test_who_may_only_read_is_not_offered_to_change(open_page: Open, index: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(index, tmp_path / "index"))
    keys = KeyRing(KeyFile(own))
    sent = {scope: {"authorization": f"Bearer {keys.create(scope, scope)}"} for scope in SCOPES}
    with serving(own) as client:
        for scope in SCOPES:
            told = client.get("/v1/access", headers=sent[scope]).json()
            assert told == {"key": scope, "change": scope == "write"}
            address = str(client.base_url).rstrip("/")
            page = open_page("/d/harbour/ferry.md", at=address, extra_http_headers=sent[scope])
            expect(page.locator("#source")).to_contain_text("Aurora")
            shown = 1 if scope == "write" else 0
            expect(page.locator(".documents li")).to_have_count(7)  # what may be done was asked before
            expect(page.get_by_role("button", name="Remove")).to_have_count(shown)
            page.goto(address)
            expect(page.locator(".documents li")).to_have_count(7)
            expect(page.get_by_role("button", name="Add documents")).to_have_count(shown)
            assert page.evaluate(DROP, ["x.txt", "A gate."])[0] is (scope == "write")
            page.close()
