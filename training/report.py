"""What the commands of this package tell while they work."""

import sys
import time


def note(text: str) -> None:
    """One line with the time of day, at once."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()
