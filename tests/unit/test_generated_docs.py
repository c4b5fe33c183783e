import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SENT = {"application/json", "text/event-stream"}
REFUSED = {"application/problem+json"}
SCRIPT = ROOT / "scripts" / "make_docs.py"


def test_generated_pages_and_the_openapi_snapshot_are_what_the_code_says() -> None:
    run = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, encoding="utf-8", check=False
    )
    assert (run.stdout, run.stderr, run.returncode) == ("", "", 0)


def test_every_route_is_described_and_every_refusal_is_a_problem() -> None:
    schema = json.loads((ROOT / "tests/data/openapi.json").read_text(encoding="utf-8"))
    for path in schema["paths"].values():
        for operation in path.values():
            assert operation["description"]
            for status, response in operation["responses"].items():
                kinds = SENT if status.startswith("2") else REFUSED
                assert set(response.get("content", ())) <= kinds
