"""The page in a real Chromium, over a real server and a small real index."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ingest.assembly import open_builder
from ingest.settings import IndexSettings
from tests.story.test_http import serving

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 30_000  # milliseconds that a slow machine may take; a healthy run needs none of them

Open = Callable[..., Page]

HOSTILE = '<img src=x onerror=alert(1)> & <b>"bold"</b>'
DOCUMENTS = {
    "harbour/survey-2019.md": """\
---
title: Harbour survey of 2019
source: Port Office
date: 2019-05-02
---
# Harbour survey

Testhaven handles 40% of all timber shipped on the coast. The pilots board ships at the outer buoy.
""",
    "harbour/survey-2024.md": """\
---
title: Harbour survey of 2024
source: Port Office
date: 2024-03-01
---
# Harbour survey

Testhaven handles 55% of all timber shipped on the coast. The pilots board ships at the breakwater.
""",
    "harbour/ferry.md": """\
---
title: The ferry 🚢 to Testhaven
source: Ferry Company
date: 2023-07-09
---
# The ferry

The 🚢🚢 ferry Aurora 𝐀 to Testhaven carries 240 passengers. It leaves at noon.
""",
    "strange/<img src=x onerror=alert(2)>.txt": f"""\
{HOSTILE} notes
Published: 2022-02-02
Source: <script>alert(3)</script>

The lighthouse keeper of Testhaven is named <script>alert(4)</script> Ada Stone. {HOSTILE} is what he paints.
""",
    "strange/100% #1?.txt": "A name full of signs\n\nThe signal mast of Testhaven is 31 metres tall.\n",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The page comes last: Playwright leaves its event loop running, and nobody else can run one after it."""
    items.sort(key=lambda item: Path(__file__).parent in item.path.parents)


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents that differ, that attack, that count in surrogates; and a PDF with pages."""
    folder = tmp_path_factory.mktemp("documents")
    for name, text in DOCUMENTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("notes/briefing-note.pdf", "reference/fact-sheet-tokyo-summit.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "corpus" / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def index(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of `documents`. Not to be changed."""
    index = tmp_path_factory.mktemp("indexes") / "page"
    report = open_builder(IndexSettings(index=index)).ingest([str(documents)], watch=lambda _: None)
    assert report.skipped == ()
    return index


@pytest.fixture(scope="session")
def site(index: Path) -> Iterator[str]:
    """The address of a running server, without a slash at its end."""
    with serving(index) as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium that is installed already: none is ever downloaded."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        absent = "no Chromium: install Debian's package `chromium`, or another of " + ", ".join(NAMES)
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(absent)  # CI, which nobody watches
        pytest.skip(absent)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Open]:
    """Opens a page of the site; nothing may be complained of, executed or sent elsewhere meanwhile."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    requests: list[str] = []

    def open_page(path: str = "/", at: str = site, quiet: bool = True, **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: requests.append(request.url))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        if quiet:
            page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
            page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(at + path)
        return page

    expect.set_options(timeout=PATIENCE)
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("http://127.0.0.1:", "blob:", "data:"))] == []


def ask(page: Page, question: str) -> None:
    """Asks, and waits until the answer is complete."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".turn").last.locator(".outcome")).to_be_visible()
