"""Finding the files to read: paths, folders and globs become a sorted list of files."""

import fnmatch
import glob
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.documents import Skipped

IGNORE_FILE = ".pinciteignore"


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read.

    Attributes:
        path: absolute.
        root: absolute path of the folder its document's id is relative to.
    """

    path: Path
    root: Path

    @property
    def place(self) -> str:
        """Path relative to the root, with `/`; undecodable bytes of a name are replaced."""
        relative = self.path.relative_to(self.root).as_posix()
        return os.fsencode(relative).decode("utf-8", "replace")


def discover(
    arguments: Sequence[str], is_readable: Callable[[Path], bool], excluded: Path
) -> tuple[tuple[Found, ...], tuple[Skipped, ...]]:
    """Files named by the arguments, each once, and what was passed over.

    Files given by name are always tried. In folders hidden files, those an ignore file names
    and the index folder are passed over in silence; files nobody can read are skipped by name.

    Args:
        arguments: files, folders, or glob patterns.
        is_readable: whether a file's kind can be read.
        excluded: the index folder.
    """
    found: dict[Path, Found] = {}
    index = _absolute(str(excluded))
    skipped: list[Skipped] = []
    for argument in arguments:
        targets = _expand(argument)
        if not targets:
            skipped.append(Skipped(argument, "no such file or folder"))
        for target, root in targets:
            if not target.is_dir():
                found.setdefault(target, Found(target, root))
                continue
            for path in _walk(target, index):
                file = Found(path, root)
                if is_readable(path):
                    found.setdefault(path, file)
                else:
                    skipped.append(
                        Skipped(file.place, f"no reader for {path.suffix or 'files without suffix'}")
                    )
    return tuple(found.values()), tuple(skipped)


def roots_of(arguments: Iterable[str]) -> tuple[Path, ...]:
    """Absolute paths under which the arguments look for files."""
    return tuple(
        _fixed_part(argument) if _is_pattern(argument) else _absolute(argument) for argument in arguments
    )


def _expand(argument: str) -> list[tuple[Path, Path]]:
    """Existing paths for one argument, each with the folder ids are relative to."""
    path = _absolute(argument)
    if path.is_dir():
        return [(path, path)]
    if os.path.lexists(path):
        return [(path, path.parent)]
    if not _is_pattern(argument):
        return []
    root = _fixed_part(argument)
    matches = glob.glob(argument, recursive=True)  # noqa: PTH207 - Path.glob refuses absolute patterns
    return [(_absolute(match), root) for match in sorted(matches)]


def _absolute(argument: str) -> Path:
    return Path(os.path.abspath(argument))  # noqa: PTH100 - resolve() would follow links


def _is_pattern(argument: str) -> bool:
    return not os.path.lexists(argument) and glob.has_magic(argument)


def _fixed_part(pattern: str) -> Path:
    """The folder above the first part with a wildcard."""
    parts = Path(pattern).parts
    wild = next((number for number, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return _absolute(str(Path(*parts[:wild]))) if wild else Path.cwd()


def _walk(folder: Path, excluded: Path) -> Iterator[Path]:
    """Files below a folder in sorted order; links to folders are not entered."""
    patterns = _ignore_patterns(folder)
    for current, folders, files in os.walk(folder):
        here = Path(current)
        folders[:] = sorted(
            name for name in folders if not _passed_over(here / name, folder, patterns, excluded)
        )
        for name in sorted(files):
            if not _passed_over(here / name, folder, patterns, excluded):
                yield here / name


def _passed_over(path: Path, root: Path, patterns: Sequence[str], excluded: Path) -> bool:
    relative = path.relative_to(root).as_posix()
    return (
        path.name.startswith(".")
        or path == excluded
        or any(
            fnmatch.fnmatch(relative, pattern) or fnmatch.fnmatch(path.name, pattern) for pattern in patterns
        )
    )


def _ignore_patterns(folder: Path) -> list[str]:
    """Lines of the folder's ignore file, one shell pattern each; `#` starts a comment."""
    file = folder / IGNORE_FILE
    if not file.is_file():
        return []
    lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    return [line.strip().rstrip("/") for line in lines if line.strip() and not line.startswith("#")]
