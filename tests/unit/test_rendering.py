import io
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from api.conversion import answer_object
from api.layout import Block, block, harmless, lay_out
from api.listing import verification_blocks
from api.messages import CheckedObject, VerificationObject
from api.rendering import outcome_blocks, trace_blocks
from ingest.documents import Span
from qa.answers import Disagreement, Outcome, Trace, Withheld, WithheldReason
from qa.assessments import Support
from qa.drafts import Statement
from qa.verification import Verdict
from tests.examples import abstention_of, answer_of, citation_of, claim_of
from tests.strategies import outcomes

ESCAPE = "\x1b"


def rendered(blocks: Iterable[Block], width: int | None = None) -> str:
    """What a pipe gets, or a colourless terminal of that width."""
    terminal = width is not None
    console = Console(file=io.StringIO(), width=width or 80, force_terminal=terminal, no_color=True)
    return "\n".join(line.plain for line in lay_out(blocks, console))


def test_an_answer_is_claims_then_footnotes_then_confidence() -> None:
    answer = answer_of(claim_of("Eighty.", citation_of("It says eighty.", page=2)))
    assert rendered(outcome_blocks(answer)) == (
        "Eighty. [1]\n"
        "\n"
        "[1] “It says eighty.”\n"
        "    A title — The Source, 2025-10-28, page 2 (notes/a.md)\n"
        "\n"
        "Confidence 0.87"
    )


def test_without_pages_the_paragraph_is_the_place() -> None:
    assert "paragraph 2 (notes/a.md)" in rendered(outcome_blocks(answer_of(claim_of("Eighty."))))


def test_a_sentence_cited_twice_keeps_its_number() -> None:
    shared, other = citation_of("Both."), citation_of("Other.", sentence=4)
    text = rendered(outcome_blocks(answer_of(claim_of("One.", shared), claim_of("Two.", other, shared))))
    assert text.startswith("One. [1]\nTwo. [2][1]\n")
    assert text.count("“Both.”") == 1


def test_a_short_answer_stands_out_on_a_terminal() -> None:
    claim = replace(claim_of("It is 80 per cent."), highlight=Span(6, 17))
    (first, *_) = outcome_blocks(answer_of(claim))
    assert first.text.plain == "It is 80 per cent. [1]"
    bold = [span for span in first.text.spans if span.style == "bold"]
    assert [(span.start, span.end) for span in bold] == [(6, 17)]


def test_disagreements_name_the_footnotes() -> None:
    claims = claim_of("It is 80."), claim_of("It is 90.", citation_of("It is 90.", "notes/b.md"))
    text = rendered(outcome_blocks(answer_of(*claims, disagreements=(Disagreement((0, 1), ("80", "90")),))))
    assert "Sources disagree: [1] says 80, [2] says 90\n" in text


def test_what_was_asked_and_not_answered_is_said() -> None:
    text = rendered(outcome_blocks(answer_of(claim_of("It is 80."), unanswered=("who leads it?",))))
    assert "No answer to: who leads it?\n" in text


def test_what_is_carried_in_part_or_not_at_all_is_flagged_with_what_is_missing() -> None:
    partly = replace(claim_of("Honda pays.", citation_of("It pays.")), support=Support.PARTLY)
    wrong = replace(partly, support=Support.UNSUPPORTED, missing=("$5", "a\nb"))
    text = rendered(outcome_blocks(answer_of(partly, wrong)))
    assert text.startswith(
        "Honda pays. [1] (partly supported)\nHonda pays. [1] (not supported; not in the source: $5, a b)\n"
    )


def test_an_abstention_says_why_and_marks_the_nearest_as_no_answer() -> None:
    text = rendered(outcome_blocks(abstention_of(citation_of("Nearly."))))
    assert text.startswith("No answer: no sentence answers the question (confidence 0.12).\n")
    assert "these are not an answer" in text
    assert "“Nearly.”" in text


def test_an_abstention_without_anything_near_says_only_why() -> None:
    assert rendered(outcome_blocks(abstention_of())).count("\n") == 0


@pytest.mark.parametrize("width", [20, 40, 79, 200])
def test_on_a_terminal_no_line_is_wider_than_it(width: int) -> None:
    long = claim_of("word " * 60, citation_of("quoted words " * 30))
    lines = rendered(outcome_blocks(answer_of(long)), width).split("\n")
    assert max(map(len, lines)) <= width


def test_wide_characters_count_twice() -> None:
    lines = rendered([block("東京" * 30)], 20).split("\n")
    assert max(map(len, lines)) <= 10


def test_in_a_pipe_a_claim_is_one_line() -> None:
    long = claim_of("word " * 100)
    assert rendered(outcome_blocks(answer_of(long))).split("\n")[0] == "word " * 100 + "[1]"


def test_further_lines_of_a_quote_hang() -> None:
    lines = rendered(outcome_blocks(answer_of(claim_of("A.", citation_of("word " * 30)))), 40).split("\n")
    assert lines[2].startswith("[1] “word")
    assert lines[3].startswith("    word")


@pytest.mark.parametrize(
    "attack", ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "a\rb", "a\x08b", "\u202eevil", "a\x7fb", "\x85"]
)
def test_documents_cannot_command_the_terminal(attack: str) -> None:
    cited = citation_of(f"Quote {attack}.", f"notes/{attack}.md", title=f"Title {attack}")
    text = rendered(outcome_blocks(answer_of(claim_of(f"Claim {attack}.", cited))), 60)
    assert not any((ord(char) < 32 and char != "\n") or 127 <= ord(char) < 160 for char in text)
    assert "\u202e" not in text


@given(outcomes)
def test_whatever_an_outcome_holds_it_is_printed_harmless(outcome: Outcome) -> None:
    blocks = [*outcome_blocks(outcome), *trace_blocks(outcome.trace)]
    for width in (None, 30):
        text = rendered(blocks, width)
        assert all(harmless(line) == line for line in text.split("\n"))


@given(st.text())
def test_harmless_keeps_the_length_and_changes_nothing_twice(text: str) -> None:
    assert len(harmless(text)) == len(text)
    assert harmless(harmless(text)) == harmless(text)


@given(outcomes)
def test_what_was_withheld_is_shown_with_its_reason(outcome: Outcome) -> None:
    text = rendered(trace_blocks(outcome.trace))
    for withheld in outcome.trace.withheld:
        assert isinstance(withheld, Withheld)
        assert withheld.reason in text


def test_what_was_withheld_is_shown_with_what_is_missing() -> None:
    withheld = Withheld(Statement("It is $6.", ("S1",)), WithheldReason.UNSUPPORTED, ("$6", "negation"))
    told = "“It is $6.” (S1): not carried by the sentences it cites; not in the source: $6, negation\n"
    assert told in rendered(trace_blocks(Trace("What?", withheld=(withheld,))))


def test_a_terminal_gets_colour_and_no_color_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def printed() -> str:
        out = io.StringIO()
        console = Console(file=out, force_terminal=True, color_system="standard", width=60)
        for line in lay_out(outcome_blocks(answer_of(claim_of("A."))), console):
            console.print(line)
        return out.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert f"{ESCAPE}[36m" in printed()
    monkeypatch.setenv("NO_COLOR", "1")
    assert f"{ESCAPE}[36m" not in printed()


def test_a_verdict_shows_where_the_quote_went() -> None:
    cited = answer_object(answer_of(claim_of("A."))).claims[0].citations[0]
    checked = CheckedObject.model_validate(
        {"verdict": Verdict.MOVED, "now": {"start": 20, "end": 22}, "citation": cited}
    )
    text = rendered(verification_blocks(VerificationObject(ok=True, citations=(checked,))))
    assert text == "moved notes/a.md [10, 12) → [20, 22) “A.”\n0 exact, 1 moved, 0 stale, 0 gone"
