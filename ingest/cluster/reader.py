"""Keeping a cluster busy: files and documents are sent ahead, and come back in order.

Two rounds. A file's bytes go out and its documents come back; those that will have to be split and
embedded (the store is asked) go out again, several together. What waits is bounded in both rounds, by
number and by size, so memory is, however large the folder.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from ingest.cluster.groups import Group
from ingest.cluster.work import Failed, Load
from ingest.cluster.workers import Piece, Workers
from ingest.documents import Document, Skipped
from ingest.errors import UnreadableDocument
from ingest.loading.files import read_within
from ingest.readers import Examined, Fresh, Item, Needs, Readied
from ingest.store import PreparedDocument

GROUPS_PER_CORE = 4  # sent, or back and waiting to be stored
FILES_PER_CORE = 4
BYTES_AHEAD = 100_000_000  # of files that were sent, or are back and wait


@dataclass(slots=True, eq=False)
class Slot:
    """An item of a file; a document has the group it went out with, if it did, and its number in it."""

    item: Document | Skipped
    group: Group | None = None
    number: int = 0


@dataclass(slots=True, eq=False)
class FileAhead:
    """A file that was taken in ahead.

    Attributes:
        size: in bytes, as sent.
        piece: the order to load it, as long as that is under way.
        unsorted: its items, for which nobody was asked yet whether they are needed.
        slots: those for which somebody was.
    """

    file: Examined
    size: int = 0
    piece: Piece | None = None
    unsorted: deque[Document | Skipped] = field(default_factory=deque)
    slots: deque[Slot] = field(default_factory=deque)

    def arrive(self) -> bool:
        """Whether the file was read, and its items are here."""
        if self.piece is None:
            return True
        result = self.piece.result
        if result is None:
            return False
        if isinstance(result, Failed):
            result = [Skipped(self.file.place, result.reason)]
        self.unsorted.extend(cast("list[Document | Skipped]", result))
        self.piece = None
        return True

    def is_sorted(self) -> bool:
        """Whether its slots are all there will be."""
        return self.piece is None and not self.unsorted


class ClusterReader:
    """Reads files with the workers of a cluster; one `read` at a time.

    Args:
        workers: connected.
        max_bytes: a larger file is refused unread.
    """

    def __init__(self, workers: Workers, max_bytes: int) -> None:
        self._workers = workers
        self._max_bytes = max_bytes

    def read(self, files: Iterable[Examined], needs: Needs) -> Iterator[tuple[Examined, Iterator[Item]]]:
        """See `ingest.reading.FileReader.read`."""
        ahead = _Ahead(self._workers, iter(files), needs, self._max_bytes)
        while file := ahead.next_file():
            yield file.file, ahead.items(file)


class _Ahead:
    """What is under way, from the file at hand to the last one that was sent."""

    def __init__(self, workers: Workers, source: Iterator[Examined], needs: Needs, max_bytes: int) -> None:
        self._workers = workers
        self._source: Iterator[Examined] | None = source
        self._needs = needs
        self._max_bytes = max_bytes
        self._files: deque[FileAhead] = deque()
        self._groups: list[Group] = []  # of which not every document was handed on
        self._open: Group | None = None  # the one that still grows
        self._failed: dict[str, str] = {}  # reason by version of a text no worker could prepare
        self._at_hand: FileAhead | None = None
        self._is_stale = True  # something came, or went: see whether more can be sent

    def next_file(self) -> FileAhead | None:
        """The file after the one before, which must have been gone through."""
        if self._at_hand:
            self._files.popleft()
            self._is_stale = True
        self._until(lambda: True)
        self._at_hand = self._files[0] if self._files else None
        return self._at_hand

    def items(self, file: FileAhead) -> Iterator[Item]:
        """Everything the file at hand holds, each item as soon as it is ready."""
        while True:
            self._until(lambda: bool(file.slots) or file.is_sorted())
            if not file.slots:
                return
            slot = file.slots.popleft()
            yield self._ready(slot, file.file.place)

    def _until(self, is_so: Callable[[], bool]) -> None:
        while True:
            if self._is_stale:
                self._fill()
            if is_so():
                return
            self._workers.wait()
            self._is_stale = True

    def _fill(self) -> None:
        """Sends what can be sent."""
        self._is_stale = False
        self._workers.look()
        while self._source and self._has_room_for_files():
            self._take(self._source)
        for file in self._files:
            if not (file.arrive() and self._sort(file)):
                break  # documents keep their order
        for group in self._groups:
            group.take_apart(self._workers)
        if self._open and (self._open.is_full() or self._workers.pending() < max(1, self._workers.cores)):
            self._close()

    def _has_room_for_files(self) -> bool:
        room = FILES_PER_CORE * max(1, self._workers.cores)
        return len(self._files) < room and sum(file.size for file in self._files) < BYTES_AHEAD

    def _take(self, source: Iterator[Examined]) -> None:
        examined = next(source, None)
        if examined is None:
            self._source = None
            return
        file = FileAhead(examined)
        self._files.append(file)
        if examined.is_to_be_read:
            try:
                data = read_within(examined.found.path, self._max_bytes)
            except UnreadableDocument as problem:  # it was readable when it was examined
                file.unsorted.append(Skipped(examined.place, problem.reason))
                return
            file.size = len(data)
            file.piece = self._workers.start(Load(examined.found.path.name, examined.place, data))

    def _sort(self, file: FileAhead) -> bool:
        """Gives items of a file their slots, as far as there is room for groups; whether all have one."""
        while file.unsorted and len(self._groups) < GROUPS_PER_CORE * max(1, self._workers.cores):
            file.slots.append(self._slot(file.unsorted.popleft()))
        return not file.unsorted

    def _slot(self, item: Document | Skipped) -> Slot:
        if isinstance(item, Skipped) or not self._is_to_be_prepared(item):
            return Slot(item)
        if self._open is None:
            self._open = Group()
            self._groups.append(self._open)
        slot = Slot(item, self._open, self._open.add(item))
        if self._open.is_full():
            self._close()
        return slot

    def _is_to_be_prepared(self, document: Document) -> bool:
        version = document.version
        if version in self._failed or any(group.holds(version) for group in self._groups):
            return False
        return self._needs(document)

    def _close(self) -> None:
        if self._open:
            self._open.send(self._workers)
            self._open = None

    def _ready(self, slot: Slot, place: str) -> Item:
        document = slot.item
        if isinstance(document, Skipped):
            return document
        fresh = self._fresh(document, slot.group, slot.number) if slot.group else None
        # Nor is a text prepared by who stores it, if no worker could prepare it for another file.
        if reason := self._failed.get(document.version):
            which = "" if document.id == place else f"{document.id!r}: "
            return Skipped(place, which + reason)
        return Readied(document, fresh)

    def _fresh(self, document: Document, group: Group, number: int) -> Fresh | None:
        self._until(lambda: group.outcome(number) is not None)
        made = group.outcome(number)
        group.waiting -= 1
        if not group.waiting:
            self._groups.remove(group)
            self._is_stale = True
        if made is None or isinstance(made, Failed):
            self._failed[document.version] = made.reason if made else ""
            return None
        return Fresh(PreparedDocument(document, made.sentences, made.passages), made.vectors)
