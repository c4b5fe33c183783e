"""What can go wrong while measuring.

::

    EvalError               anything below; a door prints it and exits 1
    └── BadQuestions        a question file cannot be used: mend the line it names
"""


class EvalError(Exception):
    """Base of everything this package raises on purpose."""


class BadQuestions(EvalError):
    """A question file is malformed; the message names file and line."""
