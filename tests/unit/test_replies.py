"""What a chat model wrote, read piece by piece."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.drafts import Statement
from qa.replies import ReplyReader

Read = tuple[list[tuple[str, tuple[str, ...]]], int, bool]


def read(text: str, size: int = 5) -> Read:
    """Statements, how many could not be read, and whether it declines."""
    reader, found = ReplyReader(), list[Statement]()
    for start in range(0, len(text), size):
        found += reader.feed(text[start : start + size])
    found += reader.close()
    return [(one.text, one.handles) for one in found], reader.broken, reader.declined


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("Japan pledged. [S1]", [("Japan pledged.", ("S1",))]),
        ("Japan pledged [S1].", [("Japan pledged.", ("S1",))]),
        ("Japan pledged [S1][S2] [S3].", [("Japan pledged.", ("S1", "S2", "S3"))]),
        ("Japan pledged [S1, S3; S2 and S4].", [("Japan pledged.", ("S1", "S3", "S2", "S4"))]),
        ("Japan pledged [S2-S4].", [("Japan pledged.", ("S2", "S3", "S4"))]),
        ("Japan pledged (s1).", [("Japan pledged.", ("S1",))]),
        ("Japan pledged 【S1】.", [("Japan pledged.", ("S1",))]),
        ("Japan pledged [S1, 2].", [("Japan pledged.", ("S1", "S2"))]),
        (
            "- **Japan** pledged. [S1]\n2. Korea did. [S2]",
            [("Japan pledged.", ("S1",)), ("Korea did.", ("S2",))],
        ),
        ("One [S1]. Two [S2]. Three.", [("One.", ("S1",)), ("Two.", ("S2",)), ("Three.", ())]),
        ("Japan did [S1] and Korea did [S2].", [("Japan did and Korea did.", ("S1", "S2"))]),
        ("[S1] One. [S2] Two.", [("One.", ("S1",)), ("Two.", ("S2",))]),
        ("[S1][S2] Both.", [("Both.", ("S1", "S2"))]),
        ("As in [1] and [see S2]: so.", [("As in [1] and [see S2]: so.", ())]),
        ("<think>\nMaybe. [S9]\n</think>\nOne. [S1]", [("One.", ("S1",))]),
        ("It cost [a lot] of money.", [("It cost [a lot] of money.", ())]),
        ("[S1-S999999] Long.", [("[S1-S999999] Long.", ())]),
    ],
)
def test_plain_lines(text: str, statements: list[tuple[str, tuple[str, ...]]]) -> None:
    assert read(text) == (statements, 0, False)


@pytest.mark.parametrize(
    ("text", "statements", "broken"),
    [
        ('{"statements": [{"text": "a", "handles": ["S1"]}]}', [("a", ("S1",))], 0),
        (
            '[{"text": "a", "handles": ["S1"]}, {"text": "b", "handles": "S2"}]',
            [("a", ("S1",)), ("b", ("S2",))],
            0,
        ),
        ('{"text": "a", "handles": [1, "[S2]", "S3, S4"]}', [("a", ("S1", "S2", "S3", "S4"))], 0),
        ('{"statements": [{"text": "a [S2]", "handles": ["S1"]}]}', [("a", ("S1", "S2"))], 0),
        ('{"statements": [{"text": "a \\"}]{[", "handles": []}]}', [('a "}]{[', ())], 0),
        ('{"statements": [{"text": "a", "handles": ["doc 3"]}]}', [("a", ("doc 3",))], 0),
        ('```json\n{"statements": [{"text": "a", "handles": ["S1"]}]}\n```', [("a", ("S1",))], 0),
        ('Sure:\n{"text": "a", "handles": ["S1"]}', [("Sure:", ()), ("a", ("S1",))], 0),
        ('{"statements": [{"text": "a", "handles": ["S1"]}, {"text": "b", "hand', [("a", ("S1",))], 1),
        ('{"statements": [{"text": "a", "handles": ["S1', [], 1),
        ('{"statements": [{"text": null, "handles": ["S1"]}]}', [], 1),
        ('{"statements": [{"handles": ["S1"]}]}', [], 1),
        ('{"to": "somebody"}', [], 1),
    ],
)
def test_json(text: str, statements: list[tuple[str, tuple[str, ...]]], broken: int) -> None:
    assert read(text) == (statements, broken, False)


@pytest.mark.parametrize("text", ['{"statements": []}', "NONE", "none.", "**NONE**", "[]"])
def test_declining(text: str) -> None:
    assert read(text) == ([], 0, True)


ALPHABET = st.sampled_from([*'{}[]()",:\\ S12ab\n.-【】<>', '"text"', '"handles"', "[S1]", "<think>", "```"])


@given(st.lists(ALPHABET, max_size=60).map("".join), st.integers(1, 9))
def test_pieces_change_nothing_and_nothing_is_too_odd(text: str, size: int) -> None:
    assert read(text, size) == read(text, len(text) + 1)


@given(st.lists(st.tuples(st.text(min_size=1), st.lists(st.integers(1, 99), min_size=1)), max_size=5))
def test_what_keeps_to_the_form_comes_back(said: list[tuple[str, list[int]]]) -> None:
    drafted = [{"text": text, "handles": [f"S{n}" for n in numbers]} for text, numbers in said]
    statements, broken, _ = read(json.dumps({"statements": drafted}))
    assert broken == 0
    assert len(statements) == len(said)
    assert all(set(one[1]) >= {f"S{n}" for n in of[1]} for one, of in zip(statements, said, strict=True))


def test_a_statement_is_not_given_before_its_last_character() -> None:
    text = '{"statements": [{"text": "a", "handles": ["S1", "S12"]}'
    reader = ReplyReader()
    assert list(reader.feed(text[:-1])) == []
    assert [one.handles for one in reader.feed(text[-1])] == [("S1", "S12")]


@pytest.mark.parametrize(
    "piece", ["{", "[", "a{", "[S1] ", "A [S1]", "a [S1] ", "<think>", '{"text":"', "[S1, "]
)
def test_a_long_hostile_reply_is_read_to_its_end(piece: str) -> None:
    read(piece * 20_000, 4096)
