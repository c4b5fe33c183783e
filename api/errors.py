"""What a door itself can find wrong; what goes wrong behind it is an `IngestError` or a `QaError`.

::

    Misuse              the command or its settings cannot be followed: mend them (exit 2)
    └── BadSettings     a setting is unknown, malformed or out of bounds
"""


class Misuse(Exception):
    """What was asked for cannot be done as it was put."""


class BadSettings(Misuse):
    """A flag, an environment variable or `pincite.toml` sets something that cannot be."""
