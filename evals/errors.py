"""What can go wrong while measuring.

::

    EvalError               anything below; a door prints it and exits 1
    ├── BadQuestions        a question file cannot be used: mend the line it names
    └── BadRun              a run file is none, or of other settings: name another
"""


class EvalError(Exception):
    """Base of everything this package raises on purpose."""


class BadQuestions(EvalError):
    """A question file is malformed; the message names file and line."""


class BadRun(EvalError):
    """A run file cannot be read, or was made with other settings."""
