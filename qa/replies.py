"""Reading what a chat model wrote: statements and the handles they point at, as far as they are whole.

Two forms are understood, whichever was asked for: JSON, ``{"statements": [{"text": …, "handles": […]}]}``,
and plain lines that end in handles, ``Japan pledged $550 billion. [S1, S3]``. A reply is read piece by piece
in time linear in its length, and nothing that is not finished is ever given out.
"""

import json
from collections.abc import Iterator

from qa.drafts import Statement
from qa.handles import plain_statements, statement_of
from qa.wording import has_words

NEAR_START = 8  # characters of a line before JSON opens: white space, a list's bracket
NOTHING: dict[str, list[object]] = {"statements": []}
_THINKING = ("<think>", "</think>")
_OPEN, _CLOSE = "{[", "}]"


class ReplyReader:
    """Takes a reply in pieces; gives each statement when its last character has arrived.

    Attributes:
        broken: how many statements could not be read.
        declined: whether the reply says in so many words that nothing answers.
    """

    def __init__(self) -> None:
        self.broken = 0
        self.declined = False
        self._line: list[str] = []
        self._json: _JsonReader | None = None
        self._thinks = False

    def feed(self, piece: str) -> Iterator[Statement]:
        """The statements that this piece completes."""
        for character in piece:
            if self._json:
                yield from self._object(self._json, character)
            elif character in "\n\r":
                yield from self._finished_line()
            else:
                self._begin(character)

    def close(self) -> Iterator[Statement]:
        """What the end of the reply completes; JSON that is still open is broken, not guessed at."""
        if self._json:
            self.broken += 1
            self._json = None
        yield from self._finished_line()

    def _begin(self, character: str) -> None:
        """A character outside JSON, or the one that opens it: an object first on its line, or in a list."""
        before = "".join(self._line).strip() if character == "{" and len(self._line) < NEAR_START else "-"
        if before in ("", "["):
            self._json = _JsonReader(before)
            self._json.feed(character)
            self._line.clear()
        else:
            self._line.append(character)

    def _object(self, json_reader: "_JsonReader", character: str) -> Iterator[Statement]:
        text = json_reader.feed(character)
        if text is not None:
            yield from self._parsed(text)
        if json_reader.is_done:
            self._json = None

    def _parsed(self, text: str) -> Iterator[Statement]:
        try:
            read = json.loads(text)
            if read == NOTHING:
                self.declined = True
                return
            yield statement_of(read["text"], read["handles"])
        except (ValueError, KeyError, TypeError, RecursionError):
            self.broken += 1

    def _finished_line(self) -> Iterator[Statement]:
        line = "".join(self._line).strip()
        self._line.clear()
        if self._is_thinking(line):
            return
        if line.strip(" .*").casefold() in ("none", "[]"):
            self.declined = True
        elif has_words(line) and not line.startswith("```"):
            yield from plain_statements(line)

    def _is_thinking(self, line: str) -> bool:
        """Whether a line is part of what some models think aloud before they answer."""
        begins, ends = (mark in line.casefold() for mark in _THINKING)
        thinking = self._thinks or begins
        self._thinks = thinking and not ends
        return thinking


class _JsonReader:
    """Follows brackets and strings, and cuts out every object that stands in a list, or stands alone."""

    def __init__(self, opened: str) -> None:
        self._open = list(opened)
        self._text: list[str] = []
        self._start: int | None = None  # of the object in a list that is being read, and how deep it stands
        self._depth = 0
        self._quoted = self._escaped = False
        self._found = 0

    @property
    def is_done(self) -> bool:
        return not self._open

    def feed(self, character: str) -> str | None:
        """The text of the object that this character completes, if it does."""
        self._text.append(character)
        if self._quoted:
            self._in_string(character)
        elif character == '"':
            self._quoted = True
        elif character in _OPEN:
            self._opens(character)
        elif character in _CLOSE:
            return self._closes()
        return None

    def _in_string(self, character: str) -> None:
        if self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped = True
        elif character == '"':
            self._quoted = False

    def _opens(self, character: str) -> None:
        if character == "{" and self._start is None and self._open[-1:] == ["["]:
            self._start, self._depth = len(self._text) - 1, len(self._open)
        self._open.append(character)

    def _closes(self) -> str | None:
        self._open.pop()
        if self._start is not None and len(self._open) == self._depth:
            text, self._start = "".join(self._text[self._start :]), None
            self._found += 1
            return text
        return "".join(self._text) if not self._open and not self._found else None
