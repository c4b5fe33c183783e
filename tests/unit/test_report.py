import re
from collections.abc import Mapping
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import lxml.html
import matplotlib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.judging import Judged
from evals.measures import Interval, Place, aurc, calibration_error
from evals.questions import EarlierTurn, EvalQuestion
from evals.report import JudgedRun, write_report
from evals.report.charts import charts
from evals.report.contexts import Mark, Piece, windows
from evals.report.points import Bin, beliefs, gold_rank, gold_ranks, latency_steps, reliability, risk_coverage
from evals.report.runs import Verdict, verdict
from evals.report.svg import plain
from evals.run_file import Asked, RunHeader
from evals.score import OVERALL, Score, Table
from ingest.documents import Document, Span
from ingest.errors import DocumentNotFound

HOSTILE = "<script>alert(1)</script>"
HOSTILE_NAMES = (
    HOSTILE,
    "$x^{$",
    "_hidden",
    'a" onload="x',
    "\x1b[31m]]>--",
    "中文",
    "&amp;",
    "\\frac{",
    "$",
    "",
)

FIRST = "The lease ends in May. It was signed by Ada. Rent is due monthly."
SIGNED = Span(23, 44)  # It was signed by Ada.
RENT = Span(45, 65)

BELIEFS = st.lists(
    st.tuples(st.integers(0, 20).map(lambda twentieths: twentieths / 20), st.booleans()), min_size=1
)


class Shelf:
    """The documents of a snapshot."""

    def __init__(self, *documents: Document) -> None:
        self._documents = {document.id: document for document in documents}

    def document(self, document_id: str) -> Document:
        if document_id not in self._documents:
            raise DocumentNotFound(document_id)
        return self._documents[document_id]


SHELF = Shelf(Document("lease.txt", "The lease", FIRST), Document("other.txt", "Another", "Nothing here."))


def judged(
    id_: str = "q1",
    *,
    answerable: bool = True,
    answer: str | None = "It was signed by Ada.",
    cited: tuple[tuple[Place, str], ...] = ((("lease.txt", SIGNED), "It was signed by Ada."),),
    gold: tuple[tuple[Place, ...], ...] = ((("lease.txt", SIGNED),),),
    retrieved: tuple[Place, ...] = (),
    confidence: float = 0.8,
    seconds: float = 0.25,
    **question: object,
) -> Judged:
    """A question with what was said to it; `answer` None is an abstention."""
    fields_ = {"id": id_, "question": "Who signed?", "answerable": answerable, "type": "person", **question}
    said = ("abstention", "", ()) if answer is None else ("answer", answer, cited)
    asked = Asked(id_, *said[:2], confidence, said[2], retrieved, seconds)
    return Judged(EvalQuestion.model_validate(fields_), asked, gold if answerable else (), None)


TABLES: Mapping[str, Table] = {
    "person": {"token F1": Score(None, 0, None)},
    OVERALL: {
        "token F1": Score(0.5, 4, Interval(0.25, 0.75)),
        "AURC": Score(0.0, 3, None),
        "abstention recall": Score(None, 0, None),
    },
}


def run_of(*items: Judged, name: str = "first", **header: str) -> JudgedRun:
    """A run of these questions."""
    facts = {field.name: f"{field.name} of it" for field in fields(RunHeader)}
    return JudgedRun(name, RunHeader(**{**facts, **header}), items, TABLES)


def page_of(tmp_path: Path, *runs: JudgedRun, shelf: Shelf = SHELF) -> lxml.html.HtmlElement:
    """The page of these runs as a browser would see it."""
    write_report(runs, shelf, tmp_path / "page.html")
    return lxml.html.document_fromstring((tmp_path / "page.html").read_bytes())


def text(element: lxml.html.HtmlElement) -> str:
    """Its text on one line."""
    return " ".join(element.text_content().split())


# contexts


def words(*numbers: int) -> str:
    return " ".join(f"w{number:03d}" for number in numbers)


def test_a_window_shows_whole_words_to_either_side() -> None:
    document = words(*range(100))
    span = Span(document.index("w050"), document.index("w050") + 4)
    [window] = windows(document, [span], [Mark(span, "gold")], margin=12)
    assert window.pieces == (Piece("w048 w049 "), Piece("w050", ("gold",)), Piece(" w051 w052"))
    assert window.cut_before
    assert window.cut_after


def test_at_the_edges_of_a_document_nothing_is_cut() -> None:
    [window] = windows(FIRST, [Span(0, len(FIRST))], [])
    assert window.pieces == (Piece(FIRST),)
    assert (window.cut_before, window.cut_after) == (False, False)
    first, last = windows(words(*range(100)), [Span(0, 4), Span(495, 499)], [], margin=10)
    assert (first.cut_before, first.cut_after, last.cut_before, last.cut_after) == (False, True, True, False)


def test_a_word_longer_than_the_context_is_cut() -> None:
    [window] = windows("文" * 100, [Span(50, 51)], [Mark(Span(50, 51), "gold")], margin=5)
    assert [piece.text for piece in window.pieces] == ["文" * 5, "文", "文" * 5]


def test_windows_that_meet_are_one_and_others_are_not() -> None:
    document = words(*range(100))
    near = [Span(100, 104), Span(125, 129)]
    assert len(windows(document, near, [], margin=10)) == 1
    assert len(windows(document, near, [], margin=5)) == 2
    # [95, 109) and [110, 134): nothing but a space between them
    assert len(windows(document, [Span(100, 104), Span(115, 119)], [], margin=5)) == 1


def test_windows_stand_in_the_order_of_the_text() -> None:
    document = words(*range(100))
    found = windows(document, [Span(400, 404), Span(0, 4)], [], margin=0)
    assert [window.pieces for window in found] == [(Piece("w000"),), (Piece("w080"),)]


def test_a_sentence_may_have_both_marks_wholly_or_in_part() -> None:
    marks = [Mark(SIGNED, "cited"), Mark(SIGNED, "gold"), Mark(RENT, "gold")]
    [window] = windows(FIRST, [SIGNED], marks)
    assert [piece.labels for piece in window.pieces] == [(), ("cited", "gold"), (), ("gold",)]
    [window] = windows("abcdef", [Span(0, 6)], [Mark(Span(0, 4), "cited"), Mark(Span(2, 6), "gold")])
    assert window.pieces == (Piece("ab", ("cited",)), Piece("cd", ("cited", "gold")), Piece("ef", ("gold",)))


def test_a_mark_that_reaches_out_of_the_window_is_cut() -> None:
    document = words(*range(100))
    [window] = windows(document, [Span(100, 104)], [Mark(Span(0, 499), "gold")], margin=0)
    assert window.pieces == (Piece("w020", ("gold",)),)


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[Span]]:
    document = draw(st.text(st.sampled_from("ab. \n文"), min_size=1, max_size=80))
    ends = st.lists(st.integers(0, len(document)), min_size=2, max_size=2, unique=True).map(sorted)
    return document, [Span(*pair) for pair in draw(st.lists(ends, min_size=1, max_size=5))]


@given(marked_texts(), st.integers(0, 30))
def test_marked_text_is_the_documents_at_its_span(case: tuple[str, list[Span]], margin: int) -> None:
    document, spans = case
    marks = [Mark(span, str(number)) for number, span in enumerate(spans)]
    pieces = [piece for window in windows(document, spans, marks, margin) for piece in window.pieces]
    for number, span in enumerate(spans):
        seen = "".join(piece.text for piece in pieces if str(number) in piece.labels)
        assert seen == span.cut(document)


@given(marked_texts(), st.integers(0, 30))
def test_windows_lie_apart_in_the_text_and_show_no_more_than_asked(
    case: tuple[str, list[Span]], margin: int
) -> None:
    document, spans = case
    position = 0
    for window in windows(document, spans, [], margin):
        shown = "".join(piece.text for piece in window.pieces)
        position = document.index(shown, position) + len(shown)
        assert len("".join(shown.split())) <= sum(len(span) + 2 * margin for span in spans)
    assert windows(document, spans, [], len(document))[0].cut_before is False


# points


def test_risk_of_a_hand_computed_run() -> None:
    # most confident first: right, wrong, right, wrong
    points = risk_coverage([(0.6, False), (0.9, True), (0.7, True), (0.8, False)])
    assert points == [(0.25, 0), (0.5, 1 / 2), (0.75, pytest.approx(1 / 3)), (1, 2 / 4)]


def test_risk_of_equal_confidences_is_expected_risk() -> None:
    assert risk_coverage([(0.5, True), (0.5, False), (0.1, False)]) == [
        (pytest.approx(1 / 3), 0.5),
        (pytest.approx(2 / 3), 0.5),
        (1, pytest.approx(2 / 3)),
    ]


@settings(deadline=None)
@given(BELIEFS)
def test_the_mean_risk_is_aurc(believed: list) -> None:
    points = risk_coverage(believed)
    expected = aurc([confidence for confidence, _ in believed], [right for _, right in believed])
    assert sum(risk for _, risk in points) / len(points) == pytest.approx(expected)
    assert [coverage for coverage, _ in points] == [n / len(points) for n in range(1, len(points) + 1)]


def test_bins_of_a_hand_computed_run() -> None:
    found = reliability([(0.0, False), (0.1, True), (0.25, True), (1.0, True)])
    assert len(found) == 10
    assert found[0] == Bin(0.0, 0.1, 2, 0.05, 0.5)
    assert found[1] == Bin(0.1, 0.2, 0, None, None)
    assert found[2] == Bin(0.2, 0.3, 1, 0.25, 1.0)
    assert found[9] == Bin(0.9, 1.0, 1, 1.0, 1.0)


@settings(deadline=None)
@given(BELIEFS)
def test_the_weighted_distance_from_the_diagonal_is_the_calibration_error(believed: list) -> None:
    far = sum(bin_.n * abs(bin_.confidence - bin_.right) for bin_ in reliability(believed) if bin_.n)
    expected = calibration_error([confidence for confidence, _ in believed], [right for _, right in believed])
    assert far / len(believed) == pytest.approx(expected)


def test_what_is_known_to_be_right() -> None:
    items = [
        judged(confidence=0.9),
        judged(confidence=0.8, cited=()),  # wrong
        judged(confidence=0.7, answer=None),
        judged(confidence=0.6, answer=None, answerable=False),
        judged(confidence=0.5, gold=()),  # nobody knows
    ]
    assert beliefs(items) == [(0.9, True), (0.8, False), (0.7, False), (0.6, False)]


def test_the_rank_of_gold() -> None:
    passages = [("other.txt", SIGNED), ("lease.txt", RENT), ("lease.txt", Span(20, 44))]
    assert gold_rank(passages, [[("lease.txt", SIGNED)]]) == 3
    assert gold_rank(passages, [[("lease.txt", SIGNED)], [("lease.txt", RENT)]]) == 2
    assert gold_rank(passages[:2], [[("lease.txt", SIGNED)]]) is None


def test_ranks_are_counted_over_questions_with_gold() -> None:
    hit, miss = ("lease.txt", SIGNED), ("other.txt", SIGNED)
    items = [
        judged(retrieved=(hit,)),
        judged(retrieved=(miss, hit, hit)),
        judged(retrieved=(miss, miss, miss, hit)),
        judged(retrieved=()),
        judged(retrieved=(hit,), gold=()),
        judged(retrieved=(hit,), answerable=False),
    ]
    assert gold_ranks(items, depth=3) == [1, 1, 0, 2]
    assert gold_ranks([]) == [0] * 11


def test_latency_rises_to_all_questions() -> None:
    assert latency_steps([0.3, 0.1, 0.2, 0.1]) == [(0.1, 0.25), (0.1, 0.5), (0.2, 0.75), (0.3, 1.0)]
    assert latency_steps([]) == []


# verdicts


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (judged(), Verdict.RIGHT),
        (judged(cited=((("lease.txt", RENT), "Rent is due monthly."),)), Verdict.WRONG),
        (judged(answer=None), Verdict.WRONGLY_REFUSED),
        (judged(answerable=False, answer=None), Verdict.RIGHTLY_ABSTAINED),
        (judged(answerable=False), Verdict.UNANSWERABLE),
        (judged(gold=()), Verdict.NOT_JUDGED),
        (judged(gold=(), answer=None), Verdict.WRONGLY_REFUSED),
    ],
)
def test_verdicts(item: Judged, expected: Verdict) -> None:
    assert verdict(item) is expected


# charts

DRAWN = {"svg", "g", "defs", "path", "use", "text", "tspan", "clipPath", "rect", "pattern"}


def drawings(*runs: JudgedRun) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(chart.svg) for chart in charts(runs)]


def texts_of(drawing: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in drawing.iter("{http://www.w3.org/2000/svg}text")]


def test_charts_name_runs_as_they_are_named_and_run_nothing() -> None:
    runs = [run_of(judged(), judged("q2", answer=None), name=name) for name in HOSTILE_NAMES]
    for drawing in drawings(*runs):
        assert {plain(name) for name in HOSTILE_NAMES if name} <= set(texts_of(drawing))
        assert {element.tag.rpartition("}")[2] for element in drawing.iter()} <= DRAWN
        assert not [name for element in drawing.iter() for name in element.attrib if name.startswith("on")]


def test_charts_tell_what_they_are_and_load_nothing() -> None:
    for chart in charts([run_of(judged())]):
        drawing = ElementTree.fromstring(chart.svg)
        assert drawing.get("role") == "img"
        assert chart.title in drawing.get("aria-label", "")
        assert "width" not in drawing.attrib
        assert re.findall(r"https?://", chart.svg.replace("http://www.w3.org/2000/svg", "", 1)) == []
        assert "#7f7e7d" not in chart.svg  # the page's ink stands in its place
        assert "currentColor" in chart.svg


def test_ids_are_one_charts_own_and_references_point_at_them() -> None:
    found = charts([run_of(judged(), name="a"), run_of(judged(), name="b")])
    every = [set(re.findall(r'\bid="([^"]*)"', chart.svg)) for chart in found]
    assert sum(map(len, every)) == len(set().union(*every))
    for ids, chart in zip(every, found, strict=True):
        referred = set(re.findall(r'(?:url\(|href=")#([^")]*)', chart.svg))
        assert referred
        assert referred <= ids


def test_charts_say_how_many_and_how_long() -> None:
    items = [
        judged(f"q{n}", confidence=0.95, seconds=n / 10, retrieved=(("lease.txt", SIGNED),))
        for n in (1, 2, 3)
    ]
    risk, bins, ranks, times = charts([run_of(*items)])
    assert risk.rows[0] == ("10%", "0.000")
    assert bins.rows[9] == ("0.9–1.0", "3", "0.950", "1.000")
    assert bins.rows[0] == ("0.0–0.1", "0", "–", "–")
    assert "3" in texts_of(ElementTree.fromstring(bins.svg))  # the bin's count
    assert [ranks.rows[0], ranks.rows[-1]] == [("1", "3"), ("not among them", "0")]
    assert times.rows[0] == ("p50", "0.200")
    assert {"p50 0.20", "p95 0.29"} <= set(texts_of(ElementTree.fromstring(times.svg)))


def test_charts_of_many_runs_stay_small() -> None:
    runs = [
        run_of(*(judged(f"q{n}", seconds=n / 100) for n in range(100)), name=str(name)) for name in range(6)
    ]
    for chart in charts(runs):
        assert len(chart.svg) < 150_000
        assert len(chart.columns) == len(chart.rows[0])


def test_charts_of_nothing_are_drawn_empty() -> None:
    for chart in charts([run_of()]):
        assert ElementTree.fromstring(chart.svg).get("role") == "img"
        assert {cell for row in chart.rows for cell in row[1:]} <= {"–", "0"}


def test_charts_are_drawn_alike_and_leave_matplotlibs_settings_alone() -> None:
    before = dict(matplotlib.rcParams)
    runs = [run_of(judged(), name="a"), run_of(judged(answer=None), name="b")]
    first = charts(runs)
    with matplotlib.rc_context({"font.size": 30, "axes.grid": False}):
        assert charts(runs) == first
    assert dict(matplotlib.rcParams) == before


@given(st.text(max_size=80))
def test_a_plain_name_is_short_and_fits_into_xml(name: str) -> None:
    shown = plain(name)
    assert len(shown) <= 48
    assert ElementTree.fromstring(f"<a>{shown.translate({38: 'u', 60: 'l', 62: 'g'})}</a>").tag == "a"
    assert plain("x" * 100) == "x" * 24 + "…" + "x" * 23


# the page


def test_every_question_is_there_with_what_each_run_told(tmp_path: Path) -> None:
    first = run_of(judged("q1"), judged("q2", answer=None, answerable=False, type="premise"))
    second = run_of(judged("q1", answer=None), judged("q2", answerable=False, type="premise"), name="second")
    page = page_of(tmp_path, first, second)
    one, two = page.xpath("//details[contains(@class,'q ')]")
    assert "q1 Who signed?" in text(one)
    assert "first ✓ right" in text(one)
    assert "second ✗ wrongly refused" in text(one)
    assert "first ✓ rightly abstained" in text(two)
    assert "second ✗ answered what cannot be answered" in text(two)
    assert "answer · confidence 0.80 · 0.25 s" in text(one)
    assert "abstention · confidence 0.80" in text(one)
    assert "The documents do not answer this question." in text(two)


def test_cited_and_gold_sentences_are_marked_in_words(tmp_path: Path) -> None:
    cited = (
        (("lease.txt", RENT), "Rent is due monthly."),
        (("lease.txt", SIGNED), "It was signed by Ada."),
    )
    page = page_of(tmp_path, run_of(judged(cited=cited)))
    gold_side, told_side = page.xpath("//div[@class='beside']/section")
    assert [text(mark) for mark in gold_side.xpath(".//mark")] == [
        "gold · cited: It was signed by Ada.",
        "cited: Rent is due monthly.",
    ]
    assert [text(mark) for mark in told_side.xpath(".//mark")] == [
        "citation 2 · gold: It was signed by Ada.",
        "citation 1: Rent is due monthly.",
    ]
    assert [mark.get("class").split() for mark in told_side.xpath(".//mark")] == [
        ["gold", "cited"],
        ["cited"],
    ]
    assert "The lease lease.txt" in text(told_side)


def test_beside_each_other_runs_are_named_at_the_gold_they_cite(tmp_path: Path) -> None:
    page = page_of(tmp_path, run_of(judged()), run_of(judged(answer=None), name="second"))
    [mark] = page.xpath("//section[@class='gold-side']//mark")
    assert text(mark) == "gold · cited by first: It was signed by Ada."


def test_a_citation_that_does_not_stand_there_is_not_marked_but_told(tmp_path: Path) -> None:
    cited = (
        (("gone.txt", Span(0, 9)), "It's gone"),
        (("lease.txt", SIGNED), "It was signed by Eve."),
        (("lease.txt", Span(900, 903)), "far"),
    )
    page = page_of(tmp_path, run_of(judged(cited=cited)))
    told = page.xpath("//section[@class='told']")[0]
    assert told.xpath(".//mark") == []
    assert [text(quote) for quote in told.xpath(".//q")] == ["It's gone", "It was signed by Eve.", "far"]


def test_null_is_a_dash_and_zero_is_zero(tmp_path: Path) -> None:
    page = page_of(tmp_path, run_of(judged()))
    cells = {text(row[0]): text(row[1]) for row in page.xpath("//section[@id='scores']//tr")}
    assert cells["token F1"] == "– n = 0"  # of the type, which comes last
    overall = {text(row[0]): text(row[1]) for row in page.xpath("(//section[@id='scores']//table)[1]//tr")}
    assert overall["token F1"] == "0.500 [0.250, 0.750] n = 4"
    assert overall["AURC ↓ lower is better"] == "0.000 n = 3"
    assert overall["abstention recall"] == "– n = 0"


def test_a_measure_or_type_that_one_run_lacks_is_a_dash_there(tmp_path: Path) -> None:
    bare = replace(run_of(judged(), name="second"), tables={OVERALL: {"token F1": Score(1.0, 1, None)}})
    page = page_of(tmp_path, run_of(judged()), bare)
    rows = [[text(cell) for cell in row] for row in page.xpath("//section[@id='scores']//tbody/tr")]
    assert ["AURC ↓ lower is better", "0.000 n = 3", "–"] in rows
    assert ["token F1", "– n = 0", "–"] in rows


def test_headers_are_shown_whole_and_their_differences_named(tmp_path: Path) -> None:
    page = page_of(tmp_path, run_of(judged()), run_of(judged(), name="second", reader="another"))
    rows = {
        text(row[0]): [text(cell) for cell in row[1:]] for row in page.xpath("//table[@class='headers']//tr")
    }
    assert {field.name for field in fields(RunHeader)} - {"reader"} <= rows.keys()
    assert rows["reader differs"] == ["reader of it", "another"]


def test_earlier_turns_and_gold_answers_are_shown(tmp_path: Path) -> None:
    history = (EarlierTurn(speaker="user", text="What about the lease?"),)
    page = page_of(tmp_path, run_of(judged(history=history, answers=("Ada", "A. L."))))
    [entry] = page.xpath("//details[contains(@class,'q ')]")
    assert "user What about the lease?" in " ".join(text(item) for item in entry.xpath(".//dl/*"))
    assert [text(quote) for quote in entry.xpath(".//q")] == ["Ada", "A. L."]


def hostile_page(tmp_path: Path) -> lxml.html.HtmlElement:
    said = f"{HOSTILE}\"'><img src=x onerror=alert(1)>{{{{ 7 * 7 }}}}</style></details><!--"
    document = Document(said, said, said)
    place = (said, Span(0, len(said)))
    item = judged(
        said,
        answer=said,
        cited=((place, said), (("gone" + said, Span(0, len(said))), said)),
        gold=((place,),),
        question=said,
        type=said,
        answers=(said,),
        history=(EarlierTurn(speaker="user", text=said),),
    )
    run = replace(
        run_of(item, name=said, settings=said), tables={said: {said: Score(None, 0, None)}, **TABLES}
    )
    return page_of(tmp_path, run, replace(run, name=HOSTILE), shelf=Shelf(document))


def test_nothing_that_was_read_becomes_markup(tmp_path: Path) -> None:
    page = hostile_page(tmp_path)
    assert page.xpath("//script | //img | //iframe | //object | //link | //base | //form") == []
    assert [name for element in page.iter("*") for name in element.attrib if name.startswith("on")] == []
    assert len(page.xpath("//style")) == 1
    raw = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script" not in raw
    assert "<img" not in raw
    assert "{{ 7 * 7 }}" in raw
    assert raw.startswith("<!DOCTYPE html>")
    assert text(page).count(HOSTILE) >= 20


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    page = hostile_page(tmp_path)
    [policy] = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "script" not in policy
    assert page.xpath("//@src | //@srcset | //@data | //@action | //@poster") == []
    assert all(link.startswith("#") for link in page.xpath("//@href"))
    styles = "".join(page.xpath("//style/text()") + page.xpath("//@style"))
    assert "@import" not in styles
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)", styles))


def test_ids_are_unique_and_links_lead_somewhere(tmp_path: Path) -> None:
    page = hostile_page(tmp_path)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.xpath("//@href")} <= set(ids)
    assert set(page.xpath("//@aria-labelledby")) <= set(ids)


def test_the_page_can_be_read_without_eyes_or_colours(tmp_path: Path) -> None:
    page = page_of(tmp_path, run_of(judged()), run_of(judged(answer=None), name="second"))
    assert page.get("lang") == "en"
    assert page.xpath("//meta[@name='viewport']")
    assert page.xpath("//th[not(@scope)]") == []
    assert page.xpath("//input[not(parent::label)]") == []
    assert page.xpath("//mark[not(span[@class='what'])]") == []
    assert page.xpath("//svg[not(@role='img') or not(@aria-label)]") == []
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3|//h4|//h5")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_filters_name_what_they_count(tmp_path: Path) -> None:
    items = [judged("q1"), judged("q2", answer=None), judged("q3", answer=None, answerable=False, type="")]
    page = page_of(tmp_path, run_of(*items))
    choices = [text(label) for label in page.xpath("//fieldset//label")]
    assert choices == ["all 3", "went wrong 1", "abstained 2", "all 3", "no type 1", "person 2"]
    classes = [entry.get("class").split() for entry in page.xpath("//details[contains(@class,'q ')]")]
    assert classes == [["q", "t1"], ["q", "t1", "bad", "abstained"], ["q", "t0", "abstained"]]
    style = page.xpath("string(//style)")
    for choice in page.xpath("//fieldset//input[not(@checked)]/@id"):
        assert f":root:has(#{choice}:checked) .q:not(." in style


def test_the_same_runs_make_the_same_bytes(tmp_path: Path) -> None:
    runs = [run_of(judged(), name="a"), run_of(judged(answer=None), name="b")]
    write_report(runs, SHELF, tmp_path / "one.html")
    write_report(runs, SHELF, tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_the_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("what stood here")
    broken = replace(run_of(judged()), header=None)
    with pytest.raises(TypeError):
        write_report([broken], SHELF, path)
    assert path.read_text() == "what stood here"
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write_report([run_of(judged())], SHELF, folder)
    assert {item.name for item in tmp_path.iterdir()} == {"page.html", "folder"}


def test_half_a_surrogate_pair_in_an_answer_spoils_no_page(tmp_path: Path) -> None:
    page = page_of(tmp_path, run_of(judged(answer="odd \ud800 end")))
    assert "odd ? end" in text(page)


def test_a_report_of_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one run"):
        write_report([], SHELF, tmp_path / "page.html")
