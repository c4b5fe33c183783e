"""What uploaded files may be called."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import UploadRefused
from api.uploads import INVISIBLE, safe_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/gate.txt", "gate.txt"),
        ("C:\\Users\\me\\gate.txt", "gate.txt"),
        ("/etc/cron.d/gate.txt", "gate.txt"),
        ("ga\u202ete.txt", "gate.txt"),
        ("ga\u200bte.TXT", "gate.TXT"),
        (".gate.txt", "gate.txt"),
        ("gate\u0301.txt", "gat\u00e9.txt"),
        ("  a   gate .txt", "a gate .txt"),
        ("[gate]*.txt", "[gate]*.txt"),
        ("%2e%2e%2fgate.txt", "%2e%2e%2fgate.txt"),
    ],
)
def test_a_name_becomes_one_visible_part_of_a_path(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


@given(st.text(), st.sampled_from([".txt", ".PDF", ".exe", ""]))
def test_whatever_is_sent_the_name_stays_in_the_folder(stem: str, suffix: str) -> None:
    try:
        name = safe_name(stem + suffix)
    except UploadRefused:
        return
    assert not set(name) & {"/", "\\", "\0"}
    assert not name.startswith(".")
    assert not any(unicodedata.category(char) in INVISIBLE for char in name)
    assert safe_name(name) == name
