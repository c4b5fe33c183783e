"""How a run of `pincite` ends."""

import os
import sys

ANSWERED = 0
FAILED = 1
MISUSED = 2
ABSTAINED = 3
INTERRUPTED = 130


def hush_broken_pipe() -> None:
    """Ends quietly when whoever read our output has gone, as `pincite … | head` does."""
    # The interpreter flushes at exit; it must not find the broken pipe again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(FAILED)
