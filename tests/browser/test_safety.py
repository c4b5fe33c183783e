"""Nothing that documents, their names or a reader say becomes markup; nothing is loaded from elsewhere."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOSTILE, Open, ask

STRANGE = "strange/<img src=x onerror=alert(2)>.txt"
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def assert_inert(page: Page) -> None:
    """No element came from text: the page has the scripts it was written with, and no image at all."""
    assert page.locator("img, iframe, object, embed, [onerror], [style*=url]").count() == 0
    assert page.locator("script").count() == 2
    assert page.locator("body script").count() == 0


def test_hostile_titles_names_and_sentences_are_shown_as_text(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(".documents")).to_contain_text(HOSTILE)
    expect(page.locator(".documents")).to_contain_text("<script>alert(3)</script>")
    ask(page, "Who is the lighthouse keeper of Testhaven?")
    expect(page.locator(".claim").first).to_contain_text("<script>alert(4)</script> Ada Stone")
    page.locator(".mark").first.focus()
    expect(page.get_by_role("tooltip")).to_contain_text(HOSTILE)
    assert_inert(page)
    page.keyboard.press("Enter")
    expect(page.locator(".lit")).to_contain_text("<script>alert(4)</script>")
    expect(page.locator("#source")).to_contain_text(STRANGE)
    assert_inert(page)


def test_a_hostile_question_is_shown_as_text(open_page: Open) -> None:
    page = open_page()
    question = "Is <img src=x onerror=alert(5)> <script>alert(6)</script> the pilot?"
    ask(page, question)
    expect(page.locator(".turn h2")).to_have_text(question)
    page.reload()
    expect(page.locator(".turn h2")).to_have_text(question)
    assert_inert(page)


def test_a_hostile_link_is_shown_as_text(open_page: Open) -> None:
    page = open_page(
        "/d/%3Cimg%20src=x%20onerror=alert(7)%3E#s1", quiet=False
    )  # a 404 is told on the console
    expect(page.locator("#source").get_by_role("alert")).to_contain_text("No such document")
    expect(page.locator("#source-title")).to_have_text("<img src=x onerror=alert(7)>")
    assert_inert(page)


def test_what_is_taken_away_holds_no_markup(open_page: Open) -> None:
    page = open_page()
    ask(page, "Who is the lighthouse keeper of Testhaven?")
    page.get_by_role("button", name="Copy Markdown").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('[^1]: “'))")
    text = page.evaluate("navigator.clipboard.readText()")
    assert "\\<script\\>alert(4)" in text
    assert "/d/strange/%3Cimg%20src%3Dx%20onerror%3Dalert(2)%3E.txt#s" in text
    assert "<script" not in text.replace("\\<", "")
    assert "<img" not in text.replace("\\<", "")


def test_the_policy_forbids_turning_a_string_into_markup(open_page: Open) -> None:
    page = open_page(quiet=False)
    attempt = (
        "() => { try { document.body.innerHTML = '<i>x</i>'; return 'done' } catch (e) { return e.name } }"
    )
    assert page.evaluate(attempt) == "TypeError"
    expect(page.get_by_role("heading", name="Ask your documents.")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/", "/d/harbour/ferry.md", "/web/scripts/app.js", "/v1/documents", "/nowhere"]
)
def test_every_response_says_what_a_browser_may_do(site: str, path: str) -> None:
    headers = httpx.get(site + path).headers
    assert set(headers["content-security-policy"].split("; ")) >= POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_files_have_their_types_and_are_asked_about_again(site: str) -> None:
    for path, kind in {
        "/": "text/html",
        "/web/scripts/app.js": "text/javascript",
        "/web/styles/base.css": "text/css",
        "/web/fonts/source-sans-3-latin-wght-normal.woff2": "font/woff2",
    }.items():
        sent = httpx.get(site + path)
        assert sent.headers["content-type"].startswith(kind)
        assert sent.headers["cache-control"] == "no-cache"
        assert httpx.get(site + path, headers={"If-None-Match": sent.headers["etag"]}).status_code in {
            200,
            304,
        }
    assert httpx.get(site + "/web/../page.py").status_code == 404
    assert httpx.get(site + "/web/%2e%2e/page.py").status_code == 404


def test_the_page_can_be_asked_about_without_fetching_it(site: str) -> None:
    assert httpx.head(site + "/").status_code == 200
    assert httpx.head(site + "/d/harbour/ferry.md").status_code == 200


def test_the_page_of_the_interface_still_works(open_page: Open) -> None:
    page = open_page("/docs")
    expect(page.get_by_text("/v1/chat/stream")).to_be_visible()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_of_another_site_changes_nothing(site: str, sent: dict[str, str], status: int) -> None:
    answered = httpx.post(site + "/v1/documents", files={"files": ("run.exe", b"x")}, headers=sent)
    assert answered.status_code == status
    assert answered.headers["content-type"] == "application/problem+json"
