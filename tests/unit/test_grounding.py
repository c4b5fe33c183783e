from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import Document, Sentence, Span
from qa.answers import Claim, Withheld, WithheldReason
from qa.assessments import Support, SupportPolicy
from qa.drafts import Evidence, Shown, Statement
from qa.grounding import ground
from qa.support import ExactVerifier
from qa.windows import SentenceReading
from tests.fakes import FixedEntailer, OverlapEntailer

TEXTS = ("Japan pledged $550 billion.", "Toyota will export cars to Japan.", "The talks did not fail.")
TEXT = " ".join(TEXTS)


def evidence() -> Evidence:
    document = Document(id="d", title="T", text=TEXT)
    shown, position = [], 0
    for ordinal, text in enumerate(TEXTS):
        sentence = Sentence("d", ordinal, Span(position, position + len(text)), text)
        shown.append(Shown(f"S{ordinal + 1}", sentence, document, SentenceReading(1.0)))
        position += len(text) + 1
    return Evidence(tuple(shown))


def test_a_highlight_stays_with_its_claim_and_lies_in_it() -> None:
    (claim,) = outcomes(Statement(TEXTS[0], ("S1",), Span(14, 26)))
    assert isinstance(claim, Claim)
    assert claim.highlight
    assert claim.highlight.cut(claim.text) == "$550 billion"
    with pytest.raises(ValueError, match="highlight up to 99"):
        replace(claim, highlight=Span(0, 99))


def outcomes(
    *statements: Statement, policy: SupportPolicy = SupportPolicy.WITHHOLD
) -> list[Claim | Withheld]:
    return list(ground(statements, evidence(), ExactVerifier(OverlapEntailer()), policy))


STATEMENTS = st.builds(
    Statement,
    st.sampled_from([*TEXTS, "", "Japan pledged $600 billion.", "Cheese is old."]) | st.text(max_size=30),
    st.lists(st.sampled_from(["S1", "S2", "S3", "S4", "S0", "", "s1"]), max_size=3).map(tuple),
)


@given(st.lists(STATEMENTS, max_size=8))
def test_whatever_a_draft_says_only_shown_sentences_are_cited(statements: list[Statement]) -> None:
    shown = {item.sentence.text for item in evidence()}
    kept = [outcome for outcome in outcomes(*statements) if isinstance(outcome, Claim)]
    for claim in kept:
        for citation in claim.citations:
            assert citation.quote in shown
            assert TEXT[citation.span.start : citation.span.end] == citation.quote


@given(st.lists(STATEMENTS, max_size=8), st.sampled_from(SupportPolicy))
def test_kept_and_withheld_are_what_was_proposed(statements: list[Statement], policy: SupportPolicy) -> None:
    grounded = outcomes(*statements, policy=policy)
    assert len(grounded) == len(statements)
    for outcome, statement in zip(grounded, statements, strict=True):
        if isinstance(outcome, Claim):
            assert outcome.text == statement.text
            assert policy.keeps(outcome.support)
        else:
            assert outcome.statement == statement


def reason(outcome: Claim | Withheld) -> WithheldReason:
    assert isinstance(outcome, Withheld)
    return outcome.reason


def test_each_reason_for_withholding() -> None:
    said = Statement(TEXTS[0], ("S1",))
    grounded = outcomes(
        said,
        said,
        Statement(" ", ("S1",)),
        Statement("Japan pledged.", ()),
        Statement(TEXTS[1], ("S2", "S9")),
        Statement("Japan pledged $600 billion.", ("S1",)),
    )
    assert isinstance(grounded[0], Claim)
    assert [reason(outcome) for outcome in grounded[1:]] == [
        WithheldReason.REPEATED,
        WithheldReason.EMPTY,
        WithheldReason.NO_CITATION,
        WithheldReason.NOT_SHOWN,
        WithheldReason.UNSUPPORTED,
    ]


def test_a_sentence_itself_is_verbatim_and_a_close_wording_supported() -> None:
    verbatim, close = outcomes(
        Statement(TEXTS[0], ("S1",)), Statement("Toyota will export its cars to Japan.", ("S2",))
    )
    assert isinstance(verbatim, Claim)
    assert verbatim.support is Support.VERBATIM
    assert isinstance(close, Claim)
    assert close.support is Support.SUPPORTED


def test_a_dropped_negation_is_not_supported() -> None:
    (outcome,) = outcomes(Statement("The talks did fail.", ("S3",)))
    assert reason(outcome) is WithheldReason.UNSUPPORTED


PARTLY = Statement("Toyota will export cars to Japan in autumn with ships.", ("S2",))
WRONG = Statement("Japan pledged $600 billion.", ("S1",))


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (SupportPolicy.STRICT, []),
        (SupportPolicy.WITHHOLD, [Support.PARTLY]),
        (SupportPolicy.FLAG, [Support.PARTLY, Support.UNSUPPORTED]),
    ],
)
def test_the_policy_says_what_becomes_of_what_is_not_carried_whole(
    policy: SupportPolicy, kept: list[Support]
) -> None:
    grounded = outcomes(PARTLY, WRONG, Statement("Nobody said so.", ()), policy=policy)
    assert [outcome.support for outcome in grounded if isinstance(outcome, Claim)] == kept
    assert reason(grounded[2]) is WithheldReason.NO_CITATION


def test_claims_and_withheld_statements_carry_what_is_missing() -> None:
    for policy in SupportPolicy:
        partly, wrong = outcomes(PARTLY, WRONG, policy=policy)
        assert partly.missing == ("autumn", "ships")
        assert wrong.missing == ("$600 billion",)


def test_reasons_tell_partial_support_from_none() -> None:
    partly, wrong = outcomes(PARTLY, WRONG, policy=SupportPolicy.STRICT)
    assert (reason(partly), reason(wrong)) == (WithheldReason.PARTLY, WithheldReason.UNSUPPORTED)


def test_several_citations_are_read_in_the_order_of_their_document() -> None:
    asked = FixedEntailer(1.0)
    said = Statement("Cars will not fail.", ("S3", "S2"))
    (claim,) = ground([said], evidence(), ExactVerifier(asked))
    assert asked.asked == [("Cars will not fail.", f"{TEXTS[1]} {TEXTS[2]}")]
    assert isinstance(claim, Claim)
    assert [citation.quote for citation in claim.citations] == [TEXTS[2], TEXTS[1]]
