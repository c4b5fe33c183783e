"""Nothing is sent anywhere: real commands in a network of their own, every packet of which is read."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.story.alone import NOT_PERMITTED
from tests.story.conftest import CHOSEN, ROOT, pincite_environment

ALONE = ROOT / "tests" / "story" / "alone.py"
QUESTION = "How much is the Tomahawk deal worth?"
ASKING = f"""
import json, time, urllib.request
asked = urllib.request.Request(
    "http://127.0.0.1:8123/v1/chat", json.dumps({{"question": "{QUESTION}"}}).encode(),
    {{"Content-Type": "application/json"}},
)
for _ in range(600):
    try:
        answer = json.load(urllib.request.urlopen(asked))
        break
    except OSError:
        time.sleep(0.1)
assert "$1.6 billion" in answer["answer"], answer
"""
COMMANDS = """
set -e
pincite() { "$PYTHON" -c "from api.cli import main; main()" "$@"; }
pincite ingest documents --json
pincite search "$QUESTION" --json
pincite eval run questions.jsonl --out run.jsonl
"$PYTHON" -c "from api.cli import main; main()" serve --port 8123 &
server=$!
"$PYTHON" -c "$ASKING"
kill -TERM $server
wait $server || true  # it ends by the signal it got
pincite ask "$QUESTION"
"""


def alone(
    folder: Path, *command: str, **variables: str
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """What became of a command, and where it tried to send something."""
    report = folder / "sent.txt"
    run = subprocess.run(
        [sys.executable, str(ALONE), str(report), *command],
        cwd=folder,
        env=pincite_environment(PYTHON=sys.executable, **variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if run.returncode == NOT_PERMITTED:
        pytest.skip("the system does not permit a network of one's own (unshare): run as root")
    return run, report.read_text().splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_whoever_tries_is_noticed(tmp_path: Path) -> None:
    tries = """
import os, socket
for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as tried:
            if os.fork() == 0:
                tried.connect_ex((address, 443))
                tried.close() if kind == socket.SOCK_STREAM else tried.send(b"text")
                os._exit(0)
            os.wait()
with socket.socket() as ours:
    ours.connect_ex(("127.0.0.1", 443))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as names:
    names.sendto(b"who?", ("127.0.0.53", 53))
"""
    run, sent = alone(tmp_path, sys.executable, "-c", tries)
    assert run.returncode == 0, run.stderr
    assert sent == [
        "192.0.2.1 protocol 6 port 443",
        "192.0.2.1 protocol 17 port 443",
        "2001:db8::1 protocol 6 port 443",
        "2001:db8::1 protocol 17 port 443",
        "127.0.0.53 protocol 17 port 53",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_ingesting_searching_measuring_serving_and_asking_send_nothing(
    tmp_path: Path, corpus_folder: Path
) -> None:
    shutil.copytree(corpus_folder, tmp_path / "documents")
    lines = (ROOT / "evals" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [line for line in lines if set(re.findall(r"[a-z]+/[a-z-]+\.[a-z]+", line)) <= {*CHOSEN}][:3]
    (tmp_path / "questions.jsonl").write_text("\n".join(questions), encoding="utf-8")
    # Not even where nobody told the libraries to stay offline.
    online = {name: "" for name in os.environ if name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")}
    home = tmp_path / "home"
    online |= {"HOME": str(home), "QUESTION": QUESTION, "ASKING": ASKING}
    home.mkdir()
    run, sent = alone(tmp_path, "sh", "-c", COMMANDS, **online)
    assert run.returncode == 0, run.stderr
    assert "the deal is worth $1.6 billion" in run.stdout
    assert len((tmp_path / "run.jsonl").read_text().splitlines()) >= len(questions)
    assert sent == []
    assert list(home.rglob("*")) == []  # what could not be sent was not put by, either
