"""What can go wrong while reading and indexing, one class per different reaction.

::

    IngestError                 anything below; a door prints it and exits 1
    ├── UnreadableDocument      one document cannot be read: skip it, say why, go on
    ├── DocumentNotFound        nobody ingested a document of that id
    ├── IndexMissing            there is no index in the folder yet
    ├── IndexMismatch           the index was built with other settings
    ├── IndexBusy               another process is writing (retryable)
    ├── IndexCorrupt            the folder holds something that is not our index
    ├── ModelUnavailable        weights are missing, altered, or cannot be loaded
    └── ClusterUnavailable      a Ray cluster cannot be reached, was lost, or has other software (retryable)
"""

from typing import ClassVar


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


class IndexCorrupt(IngestError):
    """What lies in the index folder cannot be read as an index."""


class ModelUnavailable(IngestError):
    """Model weights are missing, not the promised ones, or cannot be loaded."""


class ClusterUnavailable(IngestError):
    """A Ray cluster cannot be reached, was lost, or would not do what this process would."""

    retryable: ClassVar[bool] = True
