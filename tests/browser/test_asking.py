"""Asking on the page: claims, marks, sources, abstentions, disagreement, stopping, taking away."""

import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ingest.errors import IndexBusy
from qa.drafts import Evidence, Statement, Statements
from qa.entailment import Entailment
from qa.generation import ExtractiveGenerator
from tests.browser.conftest import Open, ask
from tests.fakes import proposed
from tests.story.test_http import serving

TOMAHAWK = "How much is the Tomahawk deal worth?"
TIMBER = "What share of the timber shipped on the coast does Testhaven handle?"
SECONDS = 60  # to wait for another thread, which a healthy run never needs


def test_a_mark_leads_from_a_claim_to_its_lit_sentence(open_page: Open) -> None:
    page = open_page()
    ask(page, TOMAHAWK)
    claim = page.locator(".claim")
    expect(claim).to_contain_text("the deal is worth $1.6 billion.")
    expect(claim.locator("mark")).to_have_text("$1.6 billion")
    expect(claim).to_contain_text("verbatim")
    expect(page.locator(".confidence")).to_have_text(re.compile(r"Confidence \d+ %"))
    claim.get_by_role("link", name=re.compile(r"^Source 1: Briefing note.*page 2$")).click()
    lit = page.locator(".lit")
    expect(lit).to_have_text("Japan will get some 400 Tomahawk missiles; the deal is worth $1.6 billion.")
    expect(lit).to_be_in_viewport()
    expect(lit).to_be_focused()
    expect(page.locator(".beside")).to_have_count(2)
    expect(page.locator("#source .page")).to_have_text(["Page 1", "Page 2", "Page 3"])
    expect(page).to_have_url(re.compile(r"/d/notes/briefing-note\.pdf#s24$"))
    page.go_back()
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()
    expect(claim).to_be_visible()


def test_a_mark_is_previewed_by_keyboard_and_escape_puts_it_away(open_page: Open) -> None:
    page = open_page()
    ask(page, TOMAHAWK)
    preview = page.get_by_role("tooltip")
    expect(preview).to_be_hidden()
    page.locator(".mark").focus()
    for text in ("the deal is worth $1.6 billion.”", "Briefing note", "28 October 2025", "page 2"):
        expect(preview).to_contain_text(text)
    expect(page.locator(".mark")).to_have_attribute("aria-describedby", "preview")
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator(".lit")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".mark")).to_be_focused()


def test_a_preview_can_be_pointed_at(open_page: Open) -> None:
    page = open_page()
    ask(page, TOMAHAWK)
    page.locator(".mark").hover()
    page.get_by_role("tooltip").hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    page.get_by_label("Your question").hover()
    expect(page.get_by_role("tooltip")).to_be_hidden()


def test_the_short_answer_is_marked_behind_characters_of_two_units(open_page: Open) -> None:
    page = open_page()
    ask(page, "How many passengers does the ferry Aurora carry?")
    expect(page.locator(".claim mark").first).to_have_text(re.compile("^240"))


def test_a_part_of_a_question_without_an_answer_is_named_below_the_answer(open_page: Open) -> None:
    page = open_page()
    ask(page, "How many passengers does the ferry Aurora carry, and what is the boiling point of tungsten?")
    expect(page.locator(".claim")).to_have_count(1)
    expect(page.locator(".unanswered")).to_have_text("No answer to: what is the boiling point of tungsten?")


def test_an_abstention_gives_its_reason_and_what_is_near_but_no_answer(open_page: Open) -> None:
    page = open_page()
    ask(page, "What is the boiling point of tungsten?")
    told = page.locator(".abstention")
    expect(told.get_by_role("heading", name="No answer", exact=True)).to_be_visible()
    expect(told).to_contain_text("These documents are not about this.")
    expect(told).to_contain_text("which are not an answer")
    expect(page.locator(".claim")).to_have_count(0)
    told.get_by_role("link").first.click()
    expect(page.locator(".lit")).to_be_in_viewport()


def test_a_disagreement_shows_both_sides_the_newest_first(open_page: Open) -> None:
    page = open_page()
    ask(page, TIMBER)
    sides = page.locator(".disagreement li")
    expect(sides).to_have_count(2)
    expect(sides.nth(0)).to_contain_text("55%")
    expect(sides.nth(0)).to_contain_text("1 March 2024")
    expect(sides.nth(1)).to_contain_text("40%")
    expect(sides.nth(1)).to_contain_text("2 May 2019")
    sides.nth(1).get_by_role("link").click()
    expect(page.locator(".lit")).to_contain_text("Testhaven handles 40%")


def test_a_follow_up_is_asked_with_what_was_said_before(open_page: Open) -> None:
    page = open_page()
    ask(page, "How many passengers does the ferry Aurora carry?")
    ask(page, "When does it leave?")
    turn = page.locator(".turn").last
    turn.get_by_text("How it was found").click()
    expect(turn.locator(".trace")).to_contain_text("When does the ferry Aurora leave?")
    page.reload()
    expect(page.locator(".turn")).to_have_count(2)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="Ask your documents.")).to_be_visible()


def test_an_answer_can_be_stopped(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    drafted = ExtractiveGenerator.draft

    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        assert go_on.wait(SECONDS)
        return drafted(self, question, evidence)

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    page = open_page()
    try:
        page.get_by_label("Your question").fill(TOMAHAWK)
        page.get_by_role("button", name="Ask").click()
        expect(page.locator(".turn")).to_contain_text("passages")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".turn")).to_contain_text("Stopped before the answer was complete.")
        expect(page.get_by_role("button", name="Ask")).to_be_visible()
    finally:
        go_on.set()
    expect(page.locator(".claim")).to_have_count(0)
    ask(page, TOMAHAWK)
    expect(page.locator(".claim")).to_have_count(1)


def test_what_is_withheld_is_counted_with_its_reason(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        carried = Statement(evidence.shown[0].sentence.text, (evidence.shown[0].handle,))
        return proposed(carried, Statement("The moon is a cheese.", ("S1",)), Statement("So.", ("S99",)))

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    page = open_page()
    ask(page, TOMAHAWK)
    page.get_by_text("2 statements withheld").click()
    expect(page.locator(".withheld li").first).to_contain_text("The moon is a cheese.")
    expect(page.locator(".withheld li").first).to_contain_text("not in the source: moon, cheese")
    expect(page.locator(".withheld li").last).to_contain_text("cites a sentence that was not shown")


def test_a_claim_says_how_far_its_sources_carry_it_and_what_they_lack(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        best = evidence.shown[0]
        texts = (
            best.sentence.text,
            "Japan will get some 400 Tomahawk missiles.",
            "Japan will get some 400 Tomahawk missiles of <b>Raytheon</b>.",
        )
        return proposed(*(Statement(text, (best.handle,)) for text in texts))

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    monkeypatch.setattr(Entailment, "probability", lambda *asked: 0.9)  # the page is tested here
    page = open_page()
    ask(page, TOMAHAWK)
    marks = page.locator(".claim .support")
    lacking = "partly supported; not in the source: Raytheon"
    expect(marks).to_have_text(["verbatim", "supported", lacking])
    expect(page.locator(".claim .flagged")).to_have_count(1)
    expect(page.locator(".claim .flagged")).to_have_accessible_description(
        "The source carries it only in part"
    )
    expect(page.locator("#announcer")).to_contain_text(lacking)
    page.get_by_role("button", name="Copy text").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert f"[1] ({lacking})" in page.evaluate("navigator.clipboard.readText()")


def test_what_fails_on_the_way_is_told_and_can_be_tried_again(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        raise IndexBusy("no luck")

    page = open_page()
    with monkeypatch.context() as failing:
        failing.setattr(ExtractiveGenerator, "draft", draft)
        page.get_by_label("Your question").fill(TOMAHAWK)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("The index is being written")
        expect(page.get_by_role("button", name="Export")).to_be_hidden()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".claim")).to_have_count(1)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_answers_are_copied_with_footnotes(open_page: Open) -> None:
    page = open_page()
    ask(page, TOMAHAWK)
    page.get_by_role("button", name="Copy text").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == (
        "Japan will get some 400 Tomahawk missiles; the deal is worth $1.6 billion. [1]\n\n"
        "[1] “Japan will get some 400 Tomahawk missiles; the deal is worth $1.6 billion.” "
        "Briefing note: the U.S.-Japan agreements of October 28, 2025 — "
        "Pincite sample corpus · 28 October 2025 · page 2 (notes/briefing-note.pdf)\n"
    )
    page.get_by_role("button", name="Copy Markdown").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('[^1]: “'))")


def test_a_conversation_is_exported_as_markdown(open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    ask(page, TOMAHAWK)
    ask(page, TIMBER)
    ask(page, "What is the boiling point of tungsten?")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export").click()
    assert downloading.value.suggested_filename == "conversation.md"
    downloading.value.save_as(tmp_path / "conversation.md")
    text = (tmp_path / "conversation.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE)[0] == TOMAHAWK
    assert re.findall(r"^\[\^(\d+)\]: ", text, re.MULTILINE) == ["1", "2", "3"]
    assert "No answer. These documents are not about this." in text
    assert "/d/notes/briefing-note.pdf#s24>" in text


def test_without_an_index_the_page_says_what_to_run(open_page: Open, tmp_path: Path) -> None:
    with serving(tmp_path / "nothing") as client:
        page = open_page(at=str(client.base_url).rstrip("/"), quiet=False)  # a 503 is told on the console
        expect(page.locator("#state")).to_contain_text("There is no index yet")
        expect(page.locator("#state code")).to_have_text("pincite ingest PATH…")
        page.get_by_label("Your question").fill("Is anybody there?")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("There is no index yet")


def test_a_server_that_is_gone_is_told_and_can_be_tried_again(open_page: Open, index: Path) -> None:
    with serving(index) as client:
        page = open_page(at=str(client.base_url).rstrip("/"), quiet=False)
        expect(page.locator(".documents li").first).to_be_visible()
        page.context.set_offline(True)
        page.get_by_label("Your question").fill(TOMAHAWK)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
        page.context.set_offline(False)
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(".claim")).to_have_count(1)
        expect(page.locator(".turn")).to_have_count(1)
