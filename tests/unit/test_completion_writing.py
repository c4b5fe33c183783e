from dataclasses import replace

import pytest
from hypothesis import given

from api.completions.writing import Writer, plain, spoken
from qa.answers import Answer, Disagreement, Outcome
from qa.assessments import Support
from qa.events import ClaimStated, Concluded
from tests.examples import abstention_of, answer_of, citation_of, claim_of
from tests.strategies import outcomes

BASE = "http://127.0.0.1:8000"


def written(outcome: Outcome) -> tuple[str, Writer]:
    writer = Writer(BASE)
    claims = outcome.claims if isinstance(outcome, Answer) else ()
    events = (*map(ClaimStated, claims), Concluded(outcome))
    return "".join(map(writer.write, events)), writer


def test_claims_have_marks_and_their_footnotes_follow() -> None:
    one, two = citation_of("Alpha is first."), citation_of("Beta is second.", "notes/b c.md", page=2)
    text, writer = written(answer_of(claim_of("Alpha is first.", one), claim_of("Both are.", two, one)))
    assert text == (
        "Alpha is first. [1]\n\nBoth are. [2][1]\n\n"
        "[1] “Alpha is first.” A title — The Source, 2025-10-28, paragraph 2 (notes/a.md)\n\n"
        "[2] “Beta is second.” A title — The Source, 2025-10-28, page 2 (notes/b c.md)"
    )
    assert [each.url_citation.url for each in writer.annotations] == [
        f"{BASE}/d/notes/a.md#s3",
        f"{BASE}/d/notes/b%20c.md#s3",
        f"{BASE}/d/notes/a.md#s3",
    ]


def test_what_is_not_carried_whole_is_flagged_behind_its_marks_and_in_its_annotations() -> None:
    wrong = replace(
        claim_of("Honda pays $5."), support=Support.UNSUPPORTED, score=0.0, missing=("$5", "[a](http://x)")
    )
    answer = answer_of(wrong, claim_of("Alpha is first."))
    text, writer = written(answer)
    note = "(not supported; not in the source: $5, [a]\\(http://x))"
    assert text.startswith(f"Honda pays $5. [1] {note}\n\nAlpha is first. [2]\n\n")
    told = [(each.support, each.score, each.missing) for each in writer.annotations]
    assert told == [("unsupported", 0.0, ("$5", "[a](http://x)")), ("supported", None, ())]
    assert spoken(text) == answer.text


def test_a_disagreement_is_said() -> None:
    claims = claim_of("It is 5."), claim_of("It is 6.")
    text, _ = written(answer_of(*claims, disagreements=(Disagreement((0, 1), ("5", "6")),)))
    assert text.endswith("\n\nSources disagree: [1] says 5, [2] says 6")


@given(outcomes)
def test_every_annotation_spans_its_mark(outcome: Outcome) -> None:
    text, writer = written(outcome)
    claims = outcome.claims if isinstance(outcome, Answer) else ()
    cited = [each for claim in claims for each in dict.fromkeys(claim.citations)]
    numbers = {each: number for number, each in enumerate(dict.fromkeys(cited), 1)}
    marks = [text[each.url_citation.start_index : each.url_citation.end_index] for each in writer.annotations]
    assert marks == [f"[{numbers[each]}]" for each in cited]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See ![x](http://evil/?q).", "See !\\[x]\\(http://evil/?q)."),
        ("[x]: http://evil", "[x]\\: http://evil"),
        ("An <img src=x> and </b>", "An \\<img src=x> and \\</b>"),
        ("1 < 2, and a [note] (see) stay.", "1 < 2, and a [note] (see) stay."),
        ("Two\nlines\x1b[2J\u202e", "Two lines�[2J�"),
    ],
)
def test_nothing_of_a_document_is_rendered(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_message_of_ours_is_read_back_as_it_was_said() -> None:
    answer = answer_of(claim_of("Alpha is first."), claim_of("Beta [2] is second."))
    assert spoken(written(answer)[0]) == answer.text
    assert spoken(written(abstention_of(citation_of("Near.")))[0]) == ""
    assert spoken("Somebody else wrote [1] this [2]") == "Somebody else wrote [1] this [2]"
