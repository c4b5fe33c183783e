"""What can go wrong while reading and indexing, one class per different reaction.

::

    IngestError                 anything below; a door prints it and exits 1
    ├── UnreadableDocument      one document cannot be read: skip it, say why, go on
    ├── DocumentNotFound        nobody ingested a document of that id
    ├── IndexMissing            there is no index in the folder yet
    ├── IndexMismatch           the index was built with other settings
    ├── IndexBusy               another process is writing (retryable)
    ├── IndexUnreachable        a server that holds a half of it does not answer (retryable)
    ├── IndexRefused            such a server does not take us: a token, a name, or it is something else
    ├── IndexCorrupt            a half of the index is damaged, lost or not ours: doctor says what to do
    ├── BackupRefused           an archive cannot be restored, or not there: take another, or another folder
    ├── StorageUnavailable      a disk is full or read-only, handles run out: nothing is damaged
    ├── ModelUnavailable        weights are missing, altered, or cannot be loaded
    └── ClusterUnavailable      a Ray cluster cannot be reached, was lost, or has other software (retryable)
"""

from typing import ClassVar

MEND = "run `pincite doctor --repair`"  # what to do about an IndexCorrupt


class IngestError(Exception):
    """Base of everything this package raises on purpose."""

    retryable: ClassVar[bool] = False


class UnreadableDocument(IngestError):
    """One document cannot be read; its reason is fit for the list of skipped files."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DocumentNotFound(IngestError):
    """No live document has the id that was asked for."""


class IndexMissing(IngestError):
    """The index folder holds no index."""


class IndexMismatch(IngestError):
    """The index was built with other settings than those it is opened with."""


class IndexBusy(IngestError):
    """Another process holds the write lock."""

    retryable: ClassVar[bool] = True


class IndexUnreachable(IngestError):
    """A server that holds a half of the index is away, too slow, or failed."""

    retryable: ClassVar[bool] = True


class IndexRefused(IngestError):
    """A server that should hold a half of the index does not let us in, or is not what the settings say."""


class IndexCorrupt(IngestError):
    """A half of the index is damaged, lost, or not of this index."""


class BackupRefused(IngestError):
    """A backup is damaged, not ours, or not to be restored where it was asked to be."""


class StorageUnavailable(IngestError):
    """The machine lets no file be opened or written: its disk is full or read-only, or too many are open."""


class ModelUnavailable(IngestError):
    """Model weights are missing, not the promised ones, or cannot be loaded."""


class ClusterUnavailable(IngestError):
    """A Ray cluster cannot be reached, was lost, or would not do what this process would."""

    retryable: ClassVar[bool] = True
