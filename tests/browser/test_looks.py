"""Light and dark, wide and narrow, and accessible in each."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, ask

TIMBER = "What share of the timber shipped on the coast does Testhaven handle?"
NARROW = {"viewport": {"width": 390, "height": 760}}


def welcome(page: Page) -> None:
    expect(page.locator("#state")).to_contain_text("7 documents")


def answer(page: Page) -> None:
    ask(page, TIMBER)
    page.get_by_text("How it was found").click()


def preview(page: Page) -> None:
    ask(page, TIMBER)
    expect(
        page.get_by_role("button", name="Copy text")
    ).to_be_visible()  # the answer is drawn anew once it is whole
    page.locator(".mark").first.focus()
    expect(page.get_by_role("tooltip")).to_be_visible()


def source(page: Page) -> None:
    ask(page, TIMBER)
    page.locator(".mark").first.click()
    expect(page.locator(".lit")).to_be_in_viewport()


def abstention(page: Page) -> None:
    ask(page, "What is the boiling point of tungsten?")


def documents(page: Page) -> None:
    page.get_by_role("button", name="Documents", exact=True).click()
    page.get_by_label("Title", exact=True).fill("survey")
    expect(page.get_by_role("button", name="Choose all")).to_be_visible()


def table(page: Page) -> None:
    page.goto(page.url + "d/reference/fact-sheet-tokyo-summit.md#s23")
    expect(page.locator(".lit")).to_be_in_viewport()


View = Callable[[Page], None]
VIEWS = (welcome, answer, preview, source, abstention, documents, table)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_no_view_shuts_anybody_out(open_page: Open, view: View, theme: str, width: int) -> None:
    page = open_page(color_scheme=theme, viewport={"width": width, "height": 760}, reduced_motion="reduce")
    view(page)
    found = Axe().run(page).response["violations"]
    assert [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found
        if each["impact"] in {"serious", "critical"}
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_narrow_screen_the_source_is_a_sheet_that_escape_puts_away(open_page: Open) -> None:
    page = open_page(**NARROW)
    ask(page, TIMBER)
    expect(page.locator("#pane")).to_be_hidden()
    page.locator(".mark").first.click()
    expect(page.locator(".lit")).to_be_in_viewport()
    expect(page.locator(".chat")).to_have_attribute("inert", "")
    page.keyboard.press("Escape")
    expect(page.locator("#pane")).to_be_hidden()
    expect(page.locator(".mark").first).to_be_focused()
    page.get_by_role("button", name="Documents", exact=True).click()
    expect(page.locator(".documents li")).to_have_count(7)
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#pane")).to_be_hidden()


def ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_dark_follows_the_system_until_somebody_chooses(open_page: Open) -> None:
    page = open_page(color_scheme="dark")
    dark = ground(page)
    toggle = page.get_by_role("button", name="Dark colours")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    page.emulate_media(color_scheme="light")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    light = ground(page)
    assert light != dark
    toggle.click()
    assert ground(page) == dark
    page.reload()
    assert ground(page) == dark
    toggle.click()
    assert ground(page) == light


def test_everything_can_be_reached_with_the_keyboard(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(".documents li").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the question")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type(TIMBER)
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".turn")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(".outcome")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("2 statements, 2 sources.")
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.className") == "mark":
            break
    expect(page.get_by_role("tooltip")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".lit")).to_be_focused()
