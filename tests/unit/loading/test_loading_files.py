import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.documents import Document, Skipped
from ingest.loading import SUFFIXES, load
from ingest.loading.content import parse_day, readable


def refuse(path: Path) -> str:
    (skipped,) = load(path, "x", max_bytes=1000)
    assert isinstance(skipped, Skipped)
    return skipped.reason


def test_importing_the_package_imports_no_format_library() -> None:
    code = (
        "import sys, ingest.loading;"
        "print([m for m in ('lxml','pypdf','docx','markdown_it','yaml','pydantic') if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


def test_suffixes_are_lower_case_and_cannot_be_changed() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in SUFFIXES)
    with pytest.raises(TypeError):
        SUFFIXES[".exe"] = "x"  # type: ignore[index]


def test_suffix_case_does_not_matter(load_one: Callable[..., Document]) -> None:
    assert load_one("NOTE.TXT", "Some text.").media_type == "text/plain"


def test_unknown_suffixes_are_refused_with_the_known_ones(refusal: Callable[..., str]) -> None:
    reason = refusal("sheet.xlsx", b"x")
    assert "'.xlsx'" in reason
    assert ".docx" in reason
    assert "without a suffix" in refusal("README", b"x")


def test_a_file_over_the_limit_is_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    path.touch()
    os.truncate(path, 210_000_000)
    (skipped,) = load(path, "big.txt", max_bytes=50_000_000)
    assert str(skipped) == (
        "big.txt: 210 MB is over the limit of 50 MB: split it or raise PINCITE_INGEST_MAX_FILE_MB"
    )
    assert refuse(path).startswith("210 MB is over the limit of 0.001 MB")


def test_a_file_of_exactly_the_limit_is_read(load_all: Callable[..., list[Document | Skipped]]) -> None:
    assert isinstance(load_all("a.txt", "x" * 100, 100)[0], Document)
    assert isinstance(load_all("a.txt", "x" * 101, 100)[0], Skipped)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_empty_files_are_called_empty(refusal: Callable[..., str], suffix: str) -> None:
    assert refusal("a" + suffix, b"") == "empty"


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".jsonl"])
def test_blank_files_hold_no_text(load_all: Callable[..., list[Document | Skipped]], suffix: str) -> None:
    (skipped,) = load_all("a" + suffix, b" \n\t\n ")
    assert isinstance(skipped, Skipped)
    assert skipped.reason == "holds no text"


def test_folders_pipes_and_missing_files_are_explained_without_hanging(tmp_path: Path) -> None:
    folder, pipe, missing, link = (tmp_path / name for name in ("d.txt", "p.txt", "m.txt", "l.txt"))
    folder.mkdir()
    os.mkfifo(pipe)
    link.symlink_to(missing)
    assert refuse(folder) == "a folder, not a file"
    assert refuse(pipe) == "not a regular file (a pipe, socket or device)"
    assert refuse(missing) == "not found"
    assert refuse(link) == "link to a file that is not there"


def test_a_link_in_a_circle_is_explained(tmp_path: Path) -> None:
    loop = tmp_path / "l.txt"
    loop.symlink_to(loop)
    assert refuse(loop).startswith("cannot be read: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_permission_denied_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("x")
    path.chmod(0)
    assert refuse(path).startswith("permission denied")


def test_permission_errors_are_explained_for_the_superuser_too(tmp_path: Path) -> None:
    # A name inside a file is refused by the system whoever asks.
    (tmp_path / "file").write_text("x")
    assert refuse(tmp_path / "file" / "x.txt").startswith("cannot be read: ")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-10-28", dt.date(2025, 10, 28)),
        ("2025-10-28T23:30:00-05:00", dt.date(2025, 10, 28)),
        (" 28 October 2025", dt.date(2025, 10, 28)),
        ("Oct 28, 2025", dt.date(2025, 10, 28)),
        ("28.10.2025", dt.date(2025, 10, 28)),
        ("03/04/2025", None),
        ("2025-02-30", None),
        ("2025-10-281", None),
        ("0000-00-00", None),
        ("soon", None),
        ("", None),
    ],
)
def test_days_are_read_only_where_they_are_sure(text: str, day: dt.date | None) -> None:
    assert parse_day(text) == day


def test_file_names_become_readable_titles() -> None:
    assert readable("annual_report-2025") == "Annual report 2025"
    assert readable("___") == "___"
