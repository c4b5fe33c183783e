"""What can go wrong while answering, one class per different reaction.

::

    QaError                     anything below; a door prints it and exits 1
    ├── BadQuestion             the question cannot be asked: mend it (misuse)
    ├── GeneratorUnavailable    the chat model cannot be opened: mend the settings
    └── GeneratorFailed         the chat model did not answer: the offline answer is given, with a notice
        ├── GeneratorBusy       … this time: ask again (retryable)
        ├── EvidenceTooLong     … because it was shown too much: show less
        └── SchemaRefused       … because its provider takes no schema: ask for plain lines

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
    """The chat model was asked and failed. The message holds nothing of what its provider wrote."""


class GeneratorBusy(GeneratorFailed):
    """The chat model failed in a way that may pass.

    Attributes:
        wait: seconds that its provider asked to wait, if it did.
    """

    retryable: ClassVar[bool] = True

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class EvidenceTooLong(GeneratorFailed):
    """What was sent is longer than the model's context."""


class SchemaRefused(GeneratorFailed):
    """The provider does not take the schema that was sent along."""
