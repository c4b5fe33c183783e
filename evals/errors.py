"""What can go wrong while measuring.

::

    EvalError               anything below; a door prints it and exits 1
    ├── BadQuestions        a question file cannot be used: mend the line it names
    ├── BadRun              a run file is none, or of other questions or settings: name another
    ├── BadBaseline         a baseline cannot be used: mend what it names
    └── PromiseBroken       a run falls short of the baseline: mend what made it worse
"""


class EvalError(Exception):
    """Base of everything this package raises on purpose."""


class BadQuestions(EvalError):
    """A question file is malformed; the message names file and line."""


class BadRun(EvalError):
    """A run file cannot be read, or was made of other questions or with other settings."""


class BadBaseline(EvalError):
    """A baseline is malformed, or promises what is not measured."""


class PromiseBroken(EvalError):
    """Scores lie below the baseline by more than its tolerance; the message names them."""
