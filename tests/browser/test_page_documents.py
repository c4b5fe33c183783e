"""The list of documents, choosing which may answer, and links into them."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, ask

TIMBER = "What share of the timber shipped on the coast does Testhaven handle?"


def titles(page: Page) -> list[str]:
    return page.locator(".documents .title").all_inner_texts()


def test_documents_are_found_by_title_source_and_day(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(".documents li")).to_have_count(7)
    expect(page.locator("#scope")).to_have_text("All 7 documents may answer")
    page.get_by_label("Title", exact=True).fill("SURVEY")
    expect(page.locator(".documents li")).to_have_count(2)
    page.get_by_label("From", exact=True).fill("2020-01-01")
    expect(page.locator(".documents li")).to_have_count(1)
    assert titles(page) == ["Harbour survey of 2024"]
    page.get_by_role("button", name="Choose all").click()
    page.get_by_label("Source", exact=True).select_option("Ferry Company")
    assert titles(page) == ["The ferry 🚢 to Testhaven"]


def in_threes(route: Route) -> None:
    url = route.request.url
    route.continue_(url=f"{url}{'&' if '?' in url else '?'}limit=3")


def test_a_list_that_comes_in_parts_is_listed_whole(open_page: Open) -> None:
    page = open_page()
    page.route("**/v1/documents*", in_threes)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.locator(".documents li")).to_have_count(7)
    expect(page.locator("#scope")).to_have_text("All 7 documents may answer")
    assert sum("?after=" in url for url in asked) == 2


def test_only_listed_documents_answer(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("To", exact=True).fill("2019-12-31")
    expect(page.locator("#scope")).to_have_text("Only the 1 listed document may answer")
    ask(page, TIMBER)
    expect(page.locator(".claim")).to_have_count(1)
    expect(page.locator(".claim")).to_contain_text("40%")


def test_only_chosen_documents_answer(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("Choose Harbour survey of 2024").check()
    expect(page.locator("#scope")).to_have_text("Only 1 chosen document may answer")
    ask(page, TIMBER)
    expect(page.locator(".claim")).to_have_count(1)
    expect(page.locator(".claim")).to_contain_text("55%")
    page.get_by_role("button", name="Choose all").click()
    ask(page, TIMBER)
    expect(page.locator(".turn").last.locator(".claim")).to_have_count(2)


def test_nothing_is_asked_where_no_document_matches(open_page: Open) -> None:
    page = open_page()
    page.get_by_label("Title", exact=True).fill("no such title")
    expect(page.locator("#scope")).to_have_text("No document matches: nothing could answer")
    page.get_by_label("Your question").fill(TIMBER)
    page.keyboard.press("Enter")
    expect(page.locator("#announcer")).to_have_text("No document is chosen that could answer.")
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_have_value(TIMBER)


def test_a_deep_link_opens_its_sentence_and_outlives_a_reload(open_page: Open) -> None:
    page = open_page("/d/notes/briefing-note.pdf#s24")
    expect(page).to_have_title(re.compile("^Briefing note: .* · Pincite$"))
    for _ in range(2):
        expect(page.locator(".lit")).to_contain_text("the deal is worth $1.6 billion.")
        expect(page.locator(".lit")).to_be_in_viewport()
        page.reload()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_a_deep_link_holds_whatever_a_name_holds(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("link", name=re.compile("A name full of signs")).click()
    expect(page.locator("#source .id")).to_have_text("strange/100% #1?.txt")
    expect(page).to_have_url(re.compile(r"/d/strange/100%25%20%231%3F\.txt$"))
    page.reload()
    expect(page.locator("#source")).to_contain_text("The signal mast of Testhaven is 31 metres tall.")
    page.get_by_role("button", name="All documents").click()
    expect(page.locator("#library-title")).to_be_focused()
    expect(page).to_have_url(re.compile(r":\d+/$"))


def test_a_link_past_the_end_says_so(open_page: Open) -> None:
    page = open_page("/d/harbour/ferry.md#s999")
    expect(page.locator("#moved")).to_have_text("The document has no sentence 999.")
    expect(page.locator(".lit")).to_have_count(0)


def test_rows_of_a_table_are_rows_and_can_be_lit(open_page: Open) -> None:
    page = open_page("/d/reference/fact-sheet-tokyo-summit.md#s23")
    expect(page.locator("tr.lit td")).to_have_text(["Rare-earth processing", "90% of capacity", "over 80%"])
