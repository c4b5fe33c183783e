"""What the machine under an index may do: a disk that is full or read-only, handles that run out.

Nothing is damaged then. Whoever took it for damage would move away, or rebuild, an index that is whole.
"""

import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ingest.errors import StorageUnavailable

PRIMARY = 0xFF  # SQLite's finer codes hold the plain one in their lowest byte
LEAST_ROOM = 1_000_000  # bytes: with less, whatever fails for a reason nobody tells fails for want of room
LEAST_HANDLES = 16  # files: with fewer to be had, whatever fails unexplained fails for want of them
NO_ROOM = "make room on that disk, and do it again"
NO_WRITING = "make the folder readable and writable for this user, and do it again"
NO_HANDLES = "allow this process more open files (`ulimit -n`), and do it again"
NOT_OPENED = "look whether its disk is full, read-only or failing, and do it again"

# By SQLite's primary code: what is said of it, and what to do.
_BY_CODE = {
    sqlite3.SQLITE_FULL: ("there is no room left", NO_ROOM),
    sqlite3.SQLITE_READONLY: ("it cannot be written", NO_WRITING),
    sqlite3.SQLITE_PERM: ("this user may not", NO_WRITING),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", NOT_OPENED),
    sqlite3.SQLITE_IOERR: ("its disk does not do what it is told", NOT_OPENED),
}
_BY_ERRNO = {
    errno.ENOSPC: _BY_CODE[sqlite3.SQLITE_FULL],
    errno.EDQUOT: _BY_CODE[sqlite3.SQLITE_FULL],
    errno.EFBIG: _BY_CODE[sqlite3.SQLITE_FULL],
    errno.EROFS: _BY_CODE[sqlite3.SQLITE_READONLY],
    errno.EACCES: _BY_CODE[sqlite3.SQLITE_PERM],
    errno.EPERM: _BY_CODE[sqlite3.SQLITE_PERM],
    errno.EMFILE: ("too many files are open", NO_HANDLES),
    errno.ENFILE: ("too many files are open", NO_HANDLES),
    errno.EIO: _BY_CODE[sqlite3.SQLITE_IOERR],
}
# Libraries in Rust tell it as "(code: 13) database or disk is full", "(os error 28)", "Os { code: 24".
_TOLD_CODE = re.compile(r"\(code: (\d+)\)")
_TOLD_ERRNO = re.compile(r"\(os error (\d+)\)|Os \{ code: (\d+)")


def storage_failure(error: BaseException, what: object) -> StorageUnavailable | None:
    """What is to be said of an error, if the machine is to blame for it and not the file.

    Args:
        error: of SQLite's, of the operating system's, or of a library that tells of either in words.
        what: the file or folder that was to be read or written.
    """
    found = _of(error)
    if found is None:
        return None
    if found == _BY_CODE[sqlite3.SQLITE_CANTOPEN] and not _has_handles():
        found = _BY_ERRNO[errno.EMFILE]
    said, advice = found
    return StorageUnavailable(f"{what}: {said} ({error}): {advice}")


def check_standing(folder: Path) -> None:
    """Makes sure that a folder is still there: one made anew would stand in the way of its coming back.

    Raises:
        StorageUnavailable: if it is gone.
    """
    if not folder.is_dir():
        raise StorageUnavailable(f"{folder} is gone: put it back where it was, and do it again")


def want_of(error: Exception, folder: Path) -> StorageUnavailable | None:
    """What is to be said of an error that does not say why, if handles or room ran out where it happened.

    Asked before anything that is open is let go of.
    """
    if not _has_handles():
        said, advice = _BY_ERRNO[errno.EMFILE]
    elif _is_full(folder):
        said, advice = _BY_CODE[sqlite3.SQLITE_FULL]
    else:
        return None
    return StorageUnavailable(f"{folder}: {said} ({error}): {advice}")


def _has_handles() -> bool:
    """Whether this process may open a few more files."""
    with ExitStack() as held:
        try:
            for _ in range(LEAST_HANDLES):
                held.enter_context(Path(os.devnull).open("rb"))
        except OSError:
            return False
    return True


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < LEAST_ROOM
    except OSError:
        return False


@contextmanager
def storage_told(what: object) -> Iterator[None]:
    """Whoever meets a full disk and the like inside is told so.

    Raises:
        StorageUnavailable: in place of the error of SQLite's or the operating system's.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if failure := storage_failure(error, what):
            raise failure from error
        raise


def is_locked(error: BaseException) -> bool:
    """Whether somebody else holds a database, and all there is to do is to wait."""
    code = _code_of(error)
    return code is not None and code & PRIMARY in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _of(error: BaseException) -> tuple[str, str] | None:
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0)
    if (code := _code_of(error)) is not None:
        return _BY_CODE.get(code & PRIMARY)
    numbered = _TOLD_ERRNO.search(str(error))
    return _BY_ERRNO.get(int(numbered[1] or numbered[2])) if numbered else None


def _code_of(error: BaseException) -> int | None:
    """SQLite's code of an error, if it has one or tells one in words."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None and (told := _TOLD_CODE.search(str(error))):
        code = int(told[1])
    return code
