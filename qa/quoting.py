"""Quoting what is not ours for a chat model: JSON on one line, in which nothing is a command to anybody.

Chat models mark turns with strings such as `<|im_start|>` and `[INST]`, and most servers read those anywhere
in a prompt. Invisible characters carry orders that no person sees, and direction marks swap what is read.
All are written as JSON escapes: the text stays the same, character by character, for whoever parses it.
"""

import json
import re
import unicodedata
from collections.abc import Mapping

# What begins a mark: `<|im_start|>`, `</s>`, `<start_of_turn>`, `[INST]`, `[/INST]`; our own `[S1]`, too.
_MARK = re.compile(r"<|\[(?=/?[A-Za-z])")
_UNPRINTED = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))  # of variants: bytes can be hidden in them


Quotable = str | Mapping[str, "Quotable"] | None


def quote(value: Quotable) -> str:
    """JSON on one line that holds the value, and no mark, control or invisible character as such."""
    line = json.dumps(value, ensure_ascii=False)
    shown = _MARK.sub(lambda mark: f"\\u{ord(mark[0]):04x}", line)
    return "".join(json.dumps(char)[1:-1] if _is_unseen(char) else char for char in shown)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in _UNPRINTED or any(ord(char) in these for these in _SELECTORS)
