"""Documents added and removed on the page."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, ask
from tests.story.test_http import serving

GATE = "Salma Juma painted the purple gate of Zanzibar in 1931."
ASKED = "Who painted the purple gate of Zanzibar?"
NAME = "<img src=x onerror=alert(1)>.txt"

DROP = """([name, text]) => {
    const files = new DataTransfer();
    files.items.add(new File([text], name));
    const drop = kind => window.dispatchEvent(
        new DragEvent(kind, {dataTransfer: files, bubbles: true, cancelable: true}));
    drop('dragover');
    const told = document.querySelector('#pane').classList.contains('dropping');
    return [told, drop('drop')];
}"""


def choose(page: Page, name: str, content: bytes) -> None:
    page.get_by_label("Files to add").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_a_document_is_added_asked_and_removed(open_page: Open, tmp_path: Path) -> None:
    with serving(tmp_path / "index") as client:
        page = open_page(at=str(client.base_url).rstrip("/"), quiet=False)  # no index yet: a 503 is told
        expect(page.locator("#state")).to_contain_text("There is no index yet")
        expect(page.get_by_text("Drop files here")).to_be_visible()
        choose(page, "gate.txt", GATE.encode())
        expect(page.locator(".adding")).to_contain_text("1 added")
        expect(page.locator(".documents li")).to_have_count(1)
        expect(page.locator("#state")).to_contain_text("1 document · 1 sentence")
        ask(page, ASKED)
        expect(page.locator(".claim")).to_contain_text(GATE)
        page.locator(".mark").click()
        page.get_by_role("button", name="Remove").click()
        assert client.get("/v1/documents/gate.txt").status_code == 200
        page.get_by_role("button", name="Remove it for good?").click()
        expect(page.locator(".documents li")).to_have_count(0)
        assert client.get("/v1/documents/gate.txt").status_code == 404
        for _ in range(2):  # an answer that rested on it is not said again, after a reload neither
            expect(page.locator(".abstention")).to_contain_text("Withdrawn")
            expect(page.locator(".abstention")).to_contain_text("it rested on gate.txt, which was removed")
            expect(page.locator(".claim, .mark, .near")).to_have_count(0)
            assert GATE not in page.evaluate("JSON.stringify(sessionStorage)")
            page.reload()
        sent = []
        page.on("request", lambda request: sent.append(request.post_data or ""))
        ask(page, "What about the gate?")
        assert ASKED in "".join(sent)  # the user's own
        assert "Salma" not in "".join(sent)


def test_a_removal_can_be_thought_better_of(open_page: Open) -> None:
    page = open_page("/d/harbour/ferry.md")
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Copy link").focus()
    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_visible()


def test_a_changed_document_says_what_became_of_a_cited_sentence(open_page: Open, tmp_path: Path) -> None:
    with serving(tmp_path / "index") as client:
        page = open_page(at=str(client.base_url).rstrip("/"), quiet=False)
        choose(page, "gate.txt", GATE.encode())
        expect(page.locator(".documents li")).to_have_count(1)
        ask(page, ASKED)
        choose(page, "gate.txt", f"A line before it. {GATE}".encode())
        expect(page.locator(".adding")).to_contain_text("1 replaced")
        page.locator(".mark").click()
        expect(page.locator("#moved")).to_contain_text("the sentence stands in it still")
        expect(page.locator(".lit")).to_have_text(GATE)
        page.get_by_role("button", name="All documents").click()
        choose(page, "gate.txt", b"The gate fell.")
        expect(page.locator(".adding")).to_contain_text("1 replaced")
        page.locator(".mark").click()
        expect(page.locator("#moved")).to_contain_text("no longer says")
        expect(page.locator(".lit")).to_have_count(0)


def test_files_can_be_dropped_and_what_is_skipped_has_its_reason(open_page: Open, tmp_path: Path) -> None:
    with serving(tmp_path / "index") as client:
        page = open_page(at=str(client.base_url).rstrip("/"), quiet=False)
        expect(page.locator("#state")).to_contain_text("There is no index yet")
        assert page.evaluate(DROP, [NAME, GATE]) == [True, False]
        expect(page.locator(".adding")).to_contain_text("1 added")
        expect(page.locator(".documents .title")).to_have_text(NAME.removesuffix(".txt"))
        page.evaluate(DROP, ["broken.pdf", "%PDF-1.7 nothing"])
        expect(page.locator(".adding li")).to_contain_text("broken.pdf: ")
        page.evaluate(DROP, ["<b>run</b>.exe", "x"])
        expect(page.locator(".adding")).to_contain_text("is of a kind that is not read")
        assert page.locator("img, .adding b").count() == 0
        page.get_by_role("button", name="Dismiss").click()
        expect(page.locator(".adding")).to_be_hidden()
