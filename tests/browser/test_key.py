"""A server that asks for a key: the page passes it on."""

import shutil
from pathlib import Path

from playwright.sync_api import expect

from api.keys import KeyRing
from tests.browser.conftest import Open, ask
from tests.story.test_http import serving


def test_a_server_that_asks_for_a_key_is_given_one(open_page: Open, index: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(index, tmp_path / "index"))
    key = KeyRing(own).create("ann", "read")
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
        page.get_by_role("button", name="Remove").click()
        page.get_by_role("button", name="Remove it for good?").click()
        expect(page.locator("#source")).to_contain_text("may read, not change documents")
        assert key not in page.content()
