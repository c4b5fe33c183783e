import json
import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from qa.quoting import quote

HOSTILE = st.text() | st.lists(
    st.sampled_from(
        [
            "<|im_start|>",
            "[INST]",
            "[/INST]",
            "[S1]",
            "</s>",
            "\u202e",
            "\u200b",
            "\U000e0041",
            "\ufe0f",
            '"',
            "\\",
            "\n",
            "\x1b",
            "a",
        ]
    )
).map("".join)


@given(HOSTILE)
def test_quoted_text_is_one_line_without_marks_and_parses_to_itself(text: str) -> None:
    quoted = quote(text)
    assert json.loads(quoted) == text
    assert not re.search(r"<|\[/?[A-Za-z]", quoted)
    assert not [char for char in quoted if unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}]


@given(HOSTILE, HOSTILE)
def test_quoted_fields_parse_to_themselves(one: str, other: str) -> None:
    assert json.loads(quote({"title": one, "sentence": other, "published": None})) == {
        "title": one,
        "sentence": other,
        "published": None,
    }


def test_what_people_read_stays_readable() -> None:
    said = "Köln pledged “550 €” (5 > 4) – 🏯 [1], 港は閉鎖."
    assert quote(said) == f'"{said}"'
