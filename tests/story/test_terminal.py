"""The terminal door as a user meets it: processes, pipes, exit codes, a pseudo-terminal."""

import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from api.schemas import AnswerObject
from tests.story.conftest import PINCITE, ROOT, Pincite, pincite_environment

ANSWERED = "How much has Japan committed itself to invest in the United States?"
UNANSWERED = "What is the boiling point of tungsten?"


def test_help_names_every_verb_and_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['pincite', '--help']\n"
        "from api.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = 'chromadb fastapi uvicorn pydantic numpy onnxruntime torch langchain rich'.split()\n"
        "print('LOADED', [name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert run.stdout.endswith("LOADED []\n")
    for verb in ["ingest", "ask", "search", "show", "status", "remove", "verify", "serve", "eval"]:
        assert f"\n  {verb} " in run.stdout


def test_version(pincite: Pincite) -> None:
    run = pincite("--version")
    assert run.stdout.startswith("pincite ")
    assert run.returncode == 0


def test_an_answer_stands_on_stdout_with_its_sentence_and_nothing_else(
    pincite: Pincite, corpus_index: Path
) -> None:
    run = pincite("ask", ANSWERED, "--index", corpus_index)
    assert (run.returncode, run.stderr) == (0, "")
    assert "$550 billion" in run.stdout.split("\n")[0]
    assert "\n[1] “" in run.stdout
    assert "\x1b" not in run.stdout


def test_an_abstention_exits_3_and_is_marked_as_no_answer(pincite: Pincite, corpus_index: Path) -> None:
    run = pincite("ask", UNANSWERED, "--index", corpus_index)
    assert run.returncode == 3
    assert run.stdout.startswith("No answer: ")
    assert "these are not an answer" in run.stdout


def test_json_is_the_answer_object_on_one_line(pincite: Pincite, corpus_index: Path) -> None:
    run = pincite("ask", ANSWERED, "--index", corpus_index, "--json")
    assert run.stdout.count("\n") == 1
    answer = AnswerObject.model_validate_json(run.stdout)
    assert answer.outcome == "answer"
    for citation in (citation for claim in answer.claims for citation in claim.citations):
        shown = json.loads(pincite("show", citation.document.id, "--index", corpus_index, "--json").stdout)
        assert shown["text"][citation.start : citation.end] == citation.quote


def test_json_is_utf_8_even_where_the_terminal_is_not(pincite: Pincite, corpus_index: Path) -> None:
    run = pincite(
        "ask",
        "Was ist „Größe“ 東京?",
        "--index",
        corpus_index,
        "--json",
        PYTHONIOENCODING="latin-1",
        LC_ALL="C",
    )
    assert json.loads(run.stdout)["question"] == "Was ist „Größe“ 東京?"
    assert "„Größe“ 東京" in run.stdout


def test_a_question_comes_from_standard_input(pincite: Pincite, corpus_index: Path) -> None:
    run = pincite("ask", "-", "--index", corpus_index, "--json", text=f"{ANSWERED}\n")
    assert json.loads(run.stdout)["question"] == ANSWERED


def test_a_question_of_bytes_that_are_no_text_is_asked_all_the_same(
    corpus_index: Path, tmp_path: Path
) -> None:
    run = subprocess.run(
        [*PINCITE, "ask", b"Who signed \xff?", "--index", str(corpus_index), "--json"],
        cwd=tmp_path,
        env=pincite_environment(),
        capture_output=True,
        check=False,
    )
    assert run.returncode in (0, 3)
    assert json.loads(run.stdout)["question"] == "Who signed ??"


def test_trace_shows_how_it_came_about(pincite: Pincite, corpus_index: Path) -> None:
    out = pincite("ask", ANSWERED, "--index", corpus_index, "--trace").stdout
    for told in ("Retrieved", "dense 1", "Shown", "S1 ", "Withheld", "Durations rewrite "):
        assert told in out


def test_filters_confine_what_may_answer(pincite: Pincite, corpus_index: Path) -> None:
    run = pincite("ask", ANSWERED, "--index", corpus_index, "--document", "notes/defense*", "--json")
    retrieved = json.loads(run.stdout)["retrieved"]
    assert retrieved
    assert {item["document"] for item in retrieved} == {"notes/defense-note.txt"}
    run = pincite("ask", ANSWERED, "--index", corpus_index, "--from", "2030-01-01", "--json")
    assert (run.returncode, json.loads(run.stdout)["retrieved"]) == (3, [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask"], "no question"),
        (["ask", " "], "the question is empty"),
        (["ask", "Who?", "--from", "yesterday"], "yesterday"),
        (["ask", "Who?", "--bogus"], "No such option"),
        (["asc", "Who?"], "ask"),
        (["ingest"], "nothing to ingest"),
        (["verify", "nosuch.json"], "nosuch.json cannot be read"),
        (["show", "notes/defense-note.txt", "--sentence", "9999"], "there is no 9999"),
        (["serve", "--port", "70000"], "--port"),
    ],
)
def test_misuse_exits_2_and_says_what_is_wrong(
    pincite: Pincite, corpus_index: Path, arguments: list[str], told: str
) -> None:
    run = pincite(*arguments, PINCITE_INDEX=str(corpus_index))
    assert (run.returncode, run.stdout) == (2, "")
    assert told in run.stderr
    assert "Traceback" not in run.stderr


def test_bad_settings_exit_2_in_one_line(pincite: Pincite) -> None:
    run = pincite("status", PINCITE_QA_MIN_CONFIDENCE="2")
    assert run.returncode == 2
    assert run.stderr.startswith("pincite: PINCITE_QA_MIN_CONFIDENCE: ")
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", [["ask", "Who?"], ["search", "x"], ["show", "x"], ["status"]])
def test_without_an_index_every_verb_fails_with_the_next_step(pincite: Pincite, verb: list[str]) -> None:
    run = pincite(*verb)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "pincite: no index in .pincite: run `pincite ingest PATH…` first\n"


def test_ingest_reports_on_stdout_and_skips_on_stderr(pincite: Pincite, tmp_path: Path) -> None:
    folder = tmp_path / "here" / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text("Alpha is first.")
    (folder / "b.xyz").write_text("?")
    run = pincite("ingest")  # the folder it finds by itself
    assert run.returncode == 0
    assert run.stdout.startswith("1 added, 0 replaced, 0 unchanged, 0 removed, 1 skipped\n")
    assert run.stderr == "pincite: skipped b.xyz: no reader for .xyz\n"
    again = json.loads(pincite("ingest", "corpus", "--json").stdout)
    assert (again["added"], again["unchanged"], again["skipped"][0]["place"]) == (0, 1, "b.xyz")


def test_an_ingest_that_leaves_nothing_fails(pincite: Pincite) -> None:
    run = pincite("ingest", "nosuch")
    assert run.returncode == 1
    assert "skipped nosuch: no such file or folder" in run.stderr


def test_prune_and_rebuild_and_remove(pincite: Pincite, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text(f"Document {name} says {name}.")
    pincite("ingest", folder)
    (folder / "a.txt").unlink()
    assert json.loads(pincite("ingest", folder, "--prune", "--json").stdout)["removed"] == 1
    assert pincite("remove", "b.txt").returncode == 0
    listed = json.loads(pincite("status", "--documents", "--json").stdout)
    assert [document["id"] for document in listed["documents"]] == ["c.txt"]
    assert listed["counts"]["documents"] == 1
    assert pincite("remove", "b.txt").returncode == 1
    assert json.loads(pincite("ingest", folder, "--rebuild", "--json").stdout)["added"] == 2


def test_search_explains_itself(pincite: Pincite, corpus_index: Path) -> None:
    out = pincite("search", "rare earths", "--limit", "2", "--explain", "--index", corpus_index).stdout
    assert out.startswith('Lexical query "rare" OR "earths"\n')
    assert "dense 1 (" in out
    found = json.loads(
        pincite("search", "rare earths", "--limit", "2", "--json", "--index", corpus_index).stdout
    )
    assert len(found["passages"]) == 2


def test_show_numbers_sentences_and_marks_one(pincite: Pincite, corpus_index: Path) -> None:
    lines = pincite(
        "show", "notes/defense-note.txt", "--sentence", "2", "--index", corpus_index
    ).stdout.split("\n")
    assert sum(line.startswith(">") for line in lines) == 1
    assert next(line for line in lines if line.startswith(">")).split()[1] == "2"


def test_show_suggests_the_nearest_ids(pincite: Pincite, corpus_index: Path) -> None:
    run = pincite("show", "notes/defence-note.txt", "--index", corpus_index)
    assert run.returncode == 1
    assert "the nearest: notes/defense-note.txt" in run.stderr


def test_a_saved_answer_is_verified_before_and_after_the_document_changes(
    pincite: Pincite, own_index: Path, corpus_folder: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "answer.json"
    saved.write_text(pincite("ask", ANSWERED, "--index", own_index, "--json").stdout, encoding="utf-8")
    cited = json.loads(saved.read_text("utf-8"))["claims"][0]["citations"][0]["document"]["id"]
    before = pincite("verify", saved, "--index", own_index)
    assert before.returncode == 0
    assert before.stdout.startswith("exact ")
    pincite("remove", cited, "--index", own_index)
    after = pincite("verify", "-", "--index", own_index, text=saved.read_text("utf-8"))
    assert after.returncode == 1
    assert f"gone  {cited}" in after.stdout


def test_arrays_and_lines_of_answers_are_verified_whole(pincite: Pincite, corpus_index: Path) -> None:
    one = pincite("ask", ANSWERED, "--index", corpus_index, "--json").stdout
    count = len([c for claim in json.loads(one)["claims"] for c in claim["citations"]])
    for text in (f"[{one},{one}]", one + one):
        run = pincite("verify", "-", "--json", "--index", corpus_index, text=text)
        assert len(json.loads(run.stdout)["citations"]) == 2 * count
    assert pincite("verify", "-", "--index", corpus_index, text="{]").returncode == 2
    assert pincite("verify", "-", "--index", corpus_index, text='{"a": 1}').returncode == 2


def test_a_reader_that_goes_away_is_no_error(corpus_index: Path, tmp_path: Path) -> None:
    command = [*PINCITE, "show", "notes/briefing-note.pdf", "--index", str(corpus_index)]
    with subprocess.Popen(
        command, cwd=tmp_path, env=pincite_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(60)


def test_documents_cannot_command_the_terminal(pincite: Pincite, tmp_path: Path) -> None:
    evil = tmp_path / "evil.txt"
    evil.write_text("The colour of the sky \x1b[31m is blue \x9b2J as everybody knows.\n", encoding="utf-8")
    pincite("ingest", evil)
    for verb in (["ask", "What is the colour of the sky?"], ["show", "evil.txt"], ["search", "sky"]):
        out = pincite(*verb).stdout
        assert "colour" in out
        assert "\x1b" not in out
        assert "\x9b" not in out


class Terminal:
    """A `pincite` process on a pseudo-terminal."""

    def __init__(self, arguments: list[str], cwd: Path, **variables: str) -> None:
        ours, theirs = pty.openpty()
        environment = pincite_environment(COLUMNS="60", TERM="xterm", **variables)
        self.process = subprocess.Popen(
            [*PINCITE, *arguments],
            cwd=cwd,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job ignores it
        )
        os.close(theirs)
        self._fd = ours
        self._looked = 0
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def read_until(self, text: str) -> None:
        """Reads on until the text comes, after where it was last looked for."""
        while (found := self.seen.find(text, self._looked)) < 0:
            self.seen += self._read()
        self._looked = found + len(text)

    def interrupt(self) -> None:
        """Ctrl-C; again if the first came after the prompt was written and before input was waited for.

        Python's input() does not see a signal in that moment, which only a machine is quick enough to hit.
        """
        for _ in range(3):
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
                return

    def end(self) -> int:
        try:
            while chunk := self._read():
                self.seen += chunk
        except TimeoutError:
            raise
        except OSError:  # Linux says so when the other side has gone
            pass
        os.close(self._fd)
        return self.process.wait(60)

    def _read(self) -> str:
        if not select.select([self._fd], [], [], 60)[0]:
            self.process.kill()
            self.process.wait(60)
            raise TimeoutError(f"nothing more after {self.seen!r}")
        return os.read(self._fd, 4096).decode("utf-8", "replace")


def test_on_a_terminal_it_keeps_asking_and_remembers(corpus_index: Path, tmp_path: Path) -> None:
    terminal = Terminal(["ask", "--trace", "--index", str(corpus_index)], tmp_path)
    terminal.read_until("? ")
    terminal.type("Who is Karoline Leavitt?\n")
    terminal.read_until("Index ")
    terminal.read_until("? ")
    terminal.type("Did she name the Quad?\n")
    terminal.read_until("Index ")
    terminal.read_until("? ")
    terminal.type("\x04")
    assert terminal.end() == 0
    assert "Searched for Did Karoline Leavitt name the Quad?" in " ".join(terminal.seen.split())


def test_on_a_terminal_lines_fit_it(corpus_index: Path, tmp_path: Path) -> None:
    terminal = Terminal(["ask", ANSWERED, "--index", str(corpus_index)], tmp_path)
    assert terminal.end() == 0
    assert max(len(line) for line in terminal.seen.split("\r\n")) <= 60


def test_ctrl_c_ends_it_quietly(corpus_index: Path, tmp_path: Path) -> None:
    terminal = Terminal(["ask", "--index", str(corpus_index)], tmp_path)
    terminal.read_until("? ")
    terminal.interrupt()
    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen


def test_nothing_is_written_but_the_index(pincite: Pincite, tmp_path: Path, own_index: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    shutil.copy(ROOT / "corpus" / "notes/defense-note.txt", tmp_path / "here" / "x.txt")
    pincite("ingest", "x.txt", "--index", own_index)
    pincite("ask", ANSWERED, "--index", own_index)
    new = set(tmp_path.rglob("*")) - set(before)
    assert [path for path in new if own_index not in path.parents] == [tmp_path / "here" / "x.txt"]


def test_serve_answers_until_interrupted_and_keeps_stdout_clean(corpus_index: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*PINCITE, "serve", "--port", str(port), "--index", str(corpus_index)]
    with subprocess.Popen(
        command, cwd=tmp_path, env=pincite_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        health = httpx.HTTPTransport(retries=8).handle_request(
            httpx.Request("GET", f"http://127.0.0.1:{port}/healthz")
        )
        assert health.status_code == 200
        health.close()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, b"")  # it was asked to stop, and did
    assert b"Traceback" not in err
    assert b'"route": "/healthz", "status": 200' in err
