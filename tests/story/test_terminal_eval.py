"""`pincite eval` as a user meets it: each verb in a process of its own, over the real index and models."""

import json
from pathlib import Path

import pytest
from lxml import html

from tests.story.conftest import Pincite

TROOPS = "How many U.S. troops are in Japan?"
WINNER = "Who won the 2024 World Series?"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Two questions, one of which nothing answers."""
    rows = [
        {"id": "troops", "question": TROOPS, "answerable": True, "type": "number", "answers": ["50,000"]}
        | {"relevant": ["notes/defense-note.txt"], "evidence": []},
        {"id": "winner", "question": WINNER, "answerable": False, "type": "unanswerable"},
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def run(pincite: Pincite, corpus_index: Path, questions: Path) -> Path:
    """A run of them."""
    path = questions.with_name("run.jsonl")
    done = pincite("eval", "run", questions, "--out", path, "--index", corpus_index)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "asked 2 of 2" in done.stderr
    return path


def test_a_run_is_gone_on_with_and_says_what_it_was_made_of(
    pincite: Pincite, corpus_index: Path, questions: Path, run: Path
) -> None:
    again = pincite("eval", "run", questions, "--out", run, "--index", corpus_index)
    assert "asked 0 of 2" in again.stderr
    header, *answers = (json.loads(line) for line in run.read_text().splitlines())
    assert header["run"]["generator"] == "extractive-3"
    assert header["run"]["source"] == str(questions)
    assert [answer["outcome"] for answer in answers] == ["answer", "abstention"]
    assert answers[1]["nearest"]  # what confidence is about


def test_scores_are_printed_and_written(pincite: Pincite, corpus_index: Path, run: Path) -> None:
    out = run.with_name("scores.json")
    done = pincite("eval", "score", run, "--index", corpus_index, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "citation exactness         1.000" in done.stdout
    assert "–" in done.stdout  # what does not apply is no 0
    written = json.loads(out.read_text())
    assert list(written) == ["number", "unanswerable", "all"]
    assert written["all"]["abstention recall"] == {"value": 1.0, "n": 1, "interval": None}
    assert written["all"]["first citation right"] == {"value": None, "n": 0, "interval": None}
    printed = pincite("eval", "score", run, "--index", corpus_index, "--json").stdout
    assert json.loads(printed) == written


def test_a_split_is_scored_alone(pincite: Pincite, corpus_index: Path, run: Path) -> None:
    sizes = {}
    for split in ("all", "development", "test"):
        done = pincite("eval", "score", run, "--index", corpus_index, "--split", split, "--json")
        sizes[split] = json.loads(done.stdout)["all"]["seconds p50"]["n"]
    assert sizes["development"] + sizes["test"] == sizes["all"] == 2


def test_a_baseline_that_is_not_kept_fails_and_says_why(
    pincite: Pincite, corpus_index: Path, run: Path
) -> None:
    baseline = run.with_name("baseline.json")
    score = ("eval", "score", run, "--index", corpus_index, "--baseline", baseline)
    baseline.write_text('{"promises": {"contains gold": {"value": 1.0, "tolerance": 0.0}}}')
    assert pincite(*score).returncode == 0
    baseline.write_text('{"promises": {"contains gold": {"value": 1.5, "tolerance": 0.1}}}')
    broken = pincite(*score)
    assert broken.returncode == 1
    assert "contains gold is 1.000, promised 1.500 ± 0.100" in broken.stderr
    assert "citation exactness" in broken.stdout  # the tables come all the same


def test_two_runs_are_compared_and_flipped_questions_shown_with_both_answers(
    pincite: Pincite, corpus_index: Path, questions: Path, run: Path
) -> None:
    timid = questions.with_name("timid.jsonl")
    asked = pincite(
        "eval", "run", questions, "--out", timid, "--index", corpus_index, PINCITE_QA_MIN_CONFIDENCE="1"
    )
    assert asked.returncode == 0, asked.stderr
    done = pincite("eval", "compare", run, timid, "--index", corpus_index)
    assert done.returncode == 0, done.stderr
    (refusals,) = [line for line in done.stdout.splitlines() if line.startswith("false refusals")]
    assert refusals.split()[2:5] == ["0.000", "1.000", "+1.000"]
    assert "questions flipped: 1" in done.stdout
    assert "before right: " in done.stdout
    assert "after  wrong: (abstained)" in done.stdout
    printed = json.loads(pincite("eval", "compare", run, timid, "--index", corpus_index, "--json").stdout)
    (flip,) = printed["flipped"]
    assert (flip["id"], flip["before"]["verdict"], flip["after"]["answer"]) == ("troops", "right", None)
    assert printed["measures"]["false refusals"]["difference"]["mean"] == 1.0


def test_a_report_is_one_page_about_all_runs(pincite: Pincite, corpus_index: Path, run: Path) -> None:
    page = run.with_name("report.html")
    done = pincite("eval", "report", run, run, "--html", page, "--index", corpus_index)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    document = html.document_fromstring(page.read_bytes())
    text = document.text_content()
    assert TROOPS in text
    assert WINNER in text
    assert len(document.findall(".//svg")) == 4
    assert not document.xpath("//script | //link | //img")


def test_runs_of_different_questions_are_not_held_against_each_other(
    pincite: Pincite, corpus_index: Path, questions: Path, run: Path
) -> None:
    others = questions.with_name("others.jsonl")
    others.write_text(questions.read_text().splitlines()[1] + "\n")
    other = questions.with_name("other.jsonl")
    pincite("eval", "run", others, "--out", other, "--index", corpus_index)
    compared = pincite("eval", "compare", run, other, "--index", corpus_index)
    reported = pincite("eval", "report", run, other, "--html", "x.html", "--index", corpus_index)
    for refused in (compared, reported):
        assert refused.returncode == 1
        assert "asked different questions" in refused.stderr


def test_a_question_about_documents_that_are_not_indexed_is_refused_before_anything_is_asked(
    pincite: Pincite, corpus_index: Path, tmp_path: Path
) -> None:
    row = {"id": "q9", "question": "Who?", "answerable": True}
    row["evidence"] = [[{"document": "elsewhere.txt", "quote": "Nobody."}]]  # type: ignore[assignment]
    (tmp_path / "set.jsonl").write_text(json.dumps(row) + "\n")
    out = tmp_path / "run.jsonl"
    refused = pincite("eval", "run", tmp_path / "set.jsonl", "--out", out, "--index", corpus_index)
    assert refused.returncode == 1
    assert "question q9: its document 'elsewhere.txt' is not indexed" in refused.stderr
    assert not out.exists()


@pytest.mark.parametrize("verb", [("score",), ("compare", "run.jsonl"), ("report", "--html", "x.html")])
def test_what_is_no_run_is_named(
    pincite: Pincite, corpus_index: Path, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    (tmp_path / "here" / "run.jsonl").write_text("hello\n")
    refused = pincite("eval", *verb, "run.jsonl", "--index", corpus_index)
    assert refused.returncode == 1
    assert "run.jsonl is no run file" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_set_of_another_form_is_refused(pincite: Pincite, tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text("[]")
    refused = pincite("eval", "import", "squad", tmp_path / "set.json", "--out", tmp_path / "out")
    assert refused.returncode == 1
    assert "not of the form squad" in refused.stderr
    assert not (tmp_path / "out").exists()
