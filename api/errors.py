"""What a door itself can find wrong; what goes wrong behind it is an `IngestError` or a `QaError`.

::

    Misuse                      the command or its settings cannot be followed: mend them (exit 2)
    └── BadSettings             a setting is unknown, malformed or out of bounds
    ModelNotFound               a client of OpenAI's protocol asks for another model
    ConversationError           anything about conversations that the server keeps
    ├── ConversationNotFound    there is none of that id, or no longer
    ├── ConversationFull        it has as many turns as it may: start another
    └── ConversationsUnreadable the file is not one of ours: move it away
"""


class Misuse(Exception):
    """What was asked for cannot be done as it was put."""


class BadSettings(Misuse):
    """A flag, an environment variable or `pincite.toml` sets something that cannot be."""


class ModelNotFound(Exception):
    """There is no model of that name."""


class ConversationError(Exception):
    """Base of what can be wrong with conversations that the server keeps."""


class ConversationNotFound(ConversationError):
    """No conversation has that id."""


class ConversationFull(ConversationError):
    """The conversation takes no further turn."""


class ConversationsUnreadable(ConversationError):
    """The file of conversations cannot be read."""
