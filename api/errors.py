"""What a door itself can find wrong; what goes wrong behind it is an `IngestError` or a `QaError`.

::

    Misuse                  the command or its settings cannot be followed: mend them (exit 2)
    ├── BadSettings         a setting is unknown, malformed or out of bounds
    └── KeysUnreadable      the file of API keys is damaged: nobody gets in by it

    Refusal                 a request is understood and not done; HTTP tells it as a problem
    ├── UploadRefused       files of these names or kinds are not taken: leave them out
    ├── UploadTooLarge      a file is larger than any that is read: split it
    ├── DocumentShared      the document's file holds others, too: upload the file without it
    ├── JobNotFound         there is no such job, or it is long done
    ├── ServerGone          another server had begun with it and was killed: begin again
    ├── UploadsElsewhere    the folder of uploads is not the one that other servers use: mend the setting
    ├── QueueFull           enough uploads are waiting already (retryable)
    ├── ConversationNotFound    whoever asks has none of that id, or no longer
    ├── ConversationFull        it has as many turns as it may: start another
    ├── ConversationsUnreadable the file is damaged: doctor says what to do
    ├── ServerStopping      it was told to stop: ask another, or later
    └── ModelNotFound       a client of OpenAI's protocol asks for another model
"""

from collections.abc import Sequence
from typing import ClassVar


class Misuse(Exception):
    """What was asked for cannot be done as it was put."""


class BadSettings(Misuse):
    """A flag, an environment variable or `pincite.toml` sets something that cannot be."""


class KeysUnreadable(Misuse):
    """The file of API keys cannot be read."""


class Refusal(Exception):
    """A request that is understood and not done.

    Attributes:
        places: what is wrong, each as place and message; empty where the error's own text says it all.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, places: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.places = tuple(places)


class UploadRefused(Refusal):
    """Files whose names or kinds cannot be taken."""


class UploadTooLarge(Refusal):
    """A file that is larger than any that is read."""


class DocumentShared(Refusal):
    """A document that cannot be removed alone: its uploaded file holds others."""


class JobNotFound(Refusal):
    """No job of that id is known."""


class ServerGone(Refusal):
    """Another server took a job and is no more."""


class UploadsElsewhere(Refusal):
    """This server's folder of uploads is not the one that was agreed on."""


class QueueFull(Refusal):
    """Too much is waiting to be ingested."""

    retryable: ClassVar[bool] = True


class ConversationNotFound(Refusal):
    """No conversation of whoever asks has that id."""


class ConversationFull(Refusal):
    """The conversation takes no further turn."""


class ConversationsUnreadable(Refusal):
    """The file of conversations cannot be read."""


class ModelNotFound(Refusal):
    """There is no model of that name."""


class ServerStopping(Refusal):
    """The server was told to stop."""

    retryable: ClassVar[bool] = True
