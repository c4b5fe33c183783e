"""What can go wrong while answering, one class per different reaction.

::

    QaError                     anything below; a door prints it and exits 1
    ├── BadQuestion             the question cannot be asked: mend it (misuse)
    ├── GeneratorUnavailable    the chat model cannot be opened: mend the settings
    └── GeneratorFailed         the chat model did not answer this time (retryable)

Abstaining is not here: it is an outcome. What goes wrong with the index is an `ingest.errors.IngestError`.
"""

from typing import ClassVar


class QaError(Exception):
    """Base of everything this package raises on purpose."""

    retryable: ClassVar[bool] = False


class BadQuestion(QaError):
    """The question is empty, too long, or not a question at all."""


class GeneratorUnavailable(QaError):
    """The chat model that the settings name cannot be opened."""


class GeneratorFailed(QaError):
    """The chat model was asked and failed."""

    retryable: ClassVar[bool] = True
