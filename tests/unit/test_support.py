"""What of a claim stands in its cited sentences: exact checks, the model, what is said to be missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.assessments import Assessment, Support, SupportPolicy
from qa.support import PARTLY, SUPPORTED, ExactVerifier
from tests.fakes import FixedEntailer

SURE = ExactVerifier(FixedEntailer(1.0))

# Claim, quote: nothing exact speaks against them, so that a model that is sure decides.
CARRIED = [
    ("$550 billion was pledged.", "Japan pledged 550 billion dollars."),
    ("Japan pledged $550bn.", "Japan pledged US$550,000 million."),
    ("It costs 84 trillion yen.", "It costs ¥84 trillion."),
    ("It costs 12\u00a0000 euros.", "It will cost €12,000."),
    ("Two ships sailed.", "On Monday 2 ships sailed."),
    ("12 eggs were sold.", "A dozen eggs were sold."),
    ("It covers 250,000 people.", "Two hundred and fifty thousand people are covered."),
    ("It grew 90 per cent.", "By then it had grown 90%."),
    ("It grew by 90 %.", "It had grown by ９０％."),
    ("It grew to 90 pct.", "It rose to 90 percent of demand."),
    ("٤٠٠ missiles were ordered.", "Japan ordered 400 missiles."),
    ("It took 90 minutes.", "It took 1.5 hours to land."),
    ("It lasted two decades.", "It lasted for 20 years."),
    ("It weighs 3,000 kg.", "It weighs 3 tonnes."),
    ("About 500 came.", "512 guests came."),
    ("Between 10 and 15 came.", "10–15 people came."),
    ("Takaichi, aged 64, leads.", "The 64-year-old Takaichi leads."),
    ("Takaichi is 64 years old.", "Takaichi, 64, leads the party."),
    ("One of the largest deals.", "A deal among the largest of all."),
    ("1500 took part.", "1,500 workers took part."),
    ("It was their 3rd win.", "It was their third win."),
    ("It is 23 °F there.", "It is -5 degrees Celsius there."),
    ("It was signed on 28 October.", "Signed 2025-10-28 in Tokyo."),
    ("It was signed on October 28, 2025.", "Signed 2025-10-28 in Tokyo."),
    ("It was signed on 28/10/2025.", "Signed on October 28, 2025, in Tokyo."),
    ("It was signed on 28 October 2025.", "In 2025, on 28 October, it was signed."),
    ("They met on 27 October.", "They met on October 27-28, 2025."),
    ("They met on the 28th.", "They met on October 28."),
    ("The talks were in October 2025.", "The talks were on 28 October 2025."),
    ("In October they met.", "They met on 2025-10-28."),
    ("It was built in the 1990s.", "It was built in 1994."),
    ("It ran from 1885 to 1890.", "It ran 1885-90."),
    ("It starts at 7:30.", "It starts at 7:30 p.m."),
    ("F-35 jets were bought.", "Japan bought F-35 jets."),
    ("It emits CO2.", "It emits CO₂ and heat."),
    ("Japanese firms will invest.", "Firms from Japan will invest."),
    ("The U.S. agreed.", "The United States agreed to it."),
    ("The United States agreed.", "The US agreed to it."),
    ("British ships sailed.", "The UK sent ships, and they sailed."),
    ("NATO met.", "The North Atlantic Treaty Organization met."),
    ("The North Atlantic Treaty Organization met.", "NATO met there."),
    ("Prime Minister Takaichi spoke.", "Sanae Takaichi spoke first."),
    ("Toyota’s plant opened.", "The plant of Toyota opened."),
    ("Negotiations ended.", "The talks ended."),
    ("However, Japan agreed.", "Japan agreed to it."),
    ('He called it "a golden age".', "He said it was a golden age for both."),
    ("He called it “a   golden age,”", "“It is a golden age,” he said."),
    ("He called it «a golden age».", "He said it was a golden age for both."),
    ("He called it 'a golden age'.", "He said it was a golden age for both."),
    ('He said "we … will invest".', "We and our partners will invest."),
    ('He said "[they] will invest".', "We will invest, he said."),
    ("The '90s and the workers' rights.", "Rights of workers in the '90s."),
    ("Japan signed the protocol.", "Japan signed the protocol but not the treaty."),
    ("Japan did not sign.", "Japan refused to sign it."),
    ("Japan has not signed the treaty.", "The treaty was not signed by Japan."),
    ("The plan was not successful.", "The plan was unsuccessful."),
    ("The harbour isn’t open.", "The harbour is not open yet."),
    ("It is not only cheap.", "It is cheap."),
    ("Japan may invest.", "Japan will invest in it."),
    ("Japan must pay.", "Japan has to pay for it."),
    ("In May Japan will sign.", "Japan will sign in May 2026."),
    ("Japan will invest.", "He said Japan would invest."),
]
# Claim, quote, what is missing: no support, whatever the model says.
CONTRADICTED = [
    ("Japan pledged $999 billion.", "Japan pledged $550 billion.", "$999 billion"),
    ("Japan pledged $550 million.", "Japan pledged $550 billion.", "$550 million"),
    ("Japan pledged 550 billion yen.", "Japan pledged $550 billion.", "550 billion yen"),
    ("Japan pledged $550 billion.", "Japan pledged 550 billion.", "$550 billion"),
    ("It costs $1.64 billion.", "It costs $1.6 billion.", "$1.64 billion"),
    ("Three ships sailed.", "Two ships sailed.", "Three"),
    ("512 came.", "About 500 came.", "512"),
    ("It grew 9%.", "It grew 90%.", "9%"),
    ("It grew ９％.", "It grew 90%.", "9%"),
    ("٤٠١ missiles were ordered.", "Japan ordered 400 missiles.", "401"),
    ("It grew 5 percentage points.", "It grew 5%.", "5 percentage points"),
    ("It is 5 km long.", "It is 5 miles long.", "5 km"),
    ("It is 5 °C.", "It is 5 °F.", "5 °C"),
    ("It is -5 degrees Celsius.", "It is 5 degrees Celsius.", "-5 degrees Celsius"),
    ("10 to 20 came.", "10 to 15 came.", "10 to 20"),
    ("It was their fourth win.", "It was their third win.", "fourth"),
    ("It was signed on March 4, 2025.", "Signed 2025-10-28 in Tokyo.", "March 4, 2025"),
    ("It was signed on 27 October.", "Signed 2025-10-28 in Tokyo.", "27 October"),
    ("It was signed on 28 October 2024.", "Signed 2025-10-28 in Tokyo.", "28 October 2024"),
    ("It was signed on 28 October 2025.", "Signed on 28 October.", "28 October 2025"),
    ("It was signed on 28 October.", "Signed in October.", "28 October"),
    ("It was signed on 4/3/2025.", "Signed on 3/4/2025.", "4/3/2025"),
    ("It was built in 1994.", "It was built in the 1990s.", "1994"),
    ("It was built in 1990.", "It was built in the 1990s.", "1990"),
    ("In November they met.", "They met on 2025-10-28.", "November"),
    ("It starts at 7:45.", "It starts at 7:30.", "7:45"),
    ("F-16 jets were bought.", "F-35 jets were bought.", "F-16"),
    ('He said "we will go".', "He said they will go.", '"we will go"'),
    ("He said “we will go”.", "He said they will go.", '"we will go"'),
    ('It is "a golden age".', "It is a golden agent.", '"a golden age"'),
    ('It is "an age of gold".', "It is a golden age. Of gold.", '"an age of gold"'),
    ('He said "we will go', "He said they will go.", '"we will go'),
    ("The talks failed.", "The talks did not fail.", "negation"),
    ("The talks did not fail.", "The talks failed.", "negation"),
    ("The talks didn’t fail.", "The talks failed.", "negation"),
    ("A timetable was given.", "No timetable was given.", "negation"),
    ("Japan never signed it.", "Japan signed it.", "negation"),
    ("China signed.", "Japan, not China, signed.", "negation"),
    ("Japan cannot pay.", "Japan can pay.", "negation"),
    ("It left without harm.", "It left with harm done.", "negation"),
]
# Claim, quote, what is missing: partial support at best.
LACKING = [
    ("Lockheed Martin builds it.", "It is built in Texas.", "Lockheed Martin"),
    ("Honda will build cars.", "Toyota will build cars.", "Honda"),
    ("The cars are from Johnson.", "The cars are from John.", "Johnson"),
    ("Sanae Takaichi spoke.", "Takaichi spoke.", "Sanae Takaichi"),
    ("They met on Tuesday.", "They met on Monday.", "Tuesday"),
    ("The palace, Élysée, agreed.", "The palace agreed.", "Élysée"),
    ("The FBI agreed.", "The agency agreed.", "FBI"),
    ("Japan will sign.", "Japan may sign.", "may/will"),
    ("Japan signed.", "Japan may sign.", "may"),
    ("Japan must sign.", "Japan may sign.", "may/must"),
    ("Japan must sign.", "Japan will sign.", "must"),
    ("Japan will purchase gas.", "Japan might buy gas.", "might/will"),
    ("They will meet.", "They are expected to meet.", "expected to/will"),
]


@pytest.mark.parametrize(("claim", "quote"), CARRIED)
def test_where_nothing_exact_is_missing_a_sure_model_decides(claim: str, quote: str) -> None:
    assert SURE.assess(claim, [quote]) == Assessment(Support.SUPPORTED, 1.0)


@pytest.mark.parametrize(("claim", "quote", "missing"), CONTRADICTED)
def test_a_figure_quotation_or_negation_that_is_nowhere_is_no_support(
    claim: str, quote: str, missing: str
) -> None:
    told = SURE.assess(claim, [quote])
    assert (told.support, told.score) == (Support.UNSUPPORTED, 0.0)
    assert missing in told.missing


@pytest.mark.parametrize(("claim", "quote", "missing"), LACKING)
def test_a_name_that_is_nowhere_or_a_raised_modality_is_partial_support_at_best(
    claim: str, quote: str, missing: str
) -> None:
    assert SURE.assess(claim, [quote]) == Assessment(Support.PARTLY, 1.0, (missing,))
    unsure = ExactVerifier(FixedEntailer(PARTLY / 2))
    assert unsure.assess(claim, [quote]).support is Support.UNSUPPORTED


@pytest.mark.parametrize(
    ("claim", "quotes"),
    [
        ("Japan pledged $5.", ["Japan pledged $5."]),
        ("Japan pledged $5", ["It rained.", "Japan   pledged\n$5."]),
        ("It’s “done”.", ['It\'s "done".']),
        ("One. Two.", ["One.", "Two."]),
        ("Up to $25 for it.", ["- Up to $25\nfor it."]),
    ],
)
def test_what_a_citation_says_word_for_word_is_verbatim_and_no_model_is_asked(
    claim: str, quotes: list[str]
) -> None:
    entailer = FixedEntailer(0.0)
    assert ExactVerifier(entailer).assess(claim, quotes) == Assessment(Support.VERBATIM, 1.0)
    assert entailer.asked == []


def test_what_a_sentence_only_contains_is_not_verbatim() -> None:
    told = ExactVerifier(FixedEntailer(0.1)).assess("Japan left.", ["It is false that Japan left."])
    assert told.support is Support.UNSUPPORTED


def test_the_model_reads_all_citations_in_their_order() -> None:
    entailer = FixedEntailer(1.0)
    ExactVerifier(entailer).assess("Japan will  pay.", ["Japan promised\nit.", "- It will pay."])
    assert entailer.asked == [("Japan will pay.", "Japan promised it. It will pay.")]


@pytest.mark.parametrize(
    ("claim", "quote", "read"),
    [
        ("It is worth $1,600 million.", "The deal: $1.6 billion.", "It is worth $1.6 billion."),
        ("Ninety minutes on 2025-10-28.", "On 28 October 2025, 1.5 hours.", "1.5 hours on 28 October 2025."),
        ("It grew 5 per cent in 2024.", "It grew 5% in 2024.", "It grew 5% in 2024."),
        ("About 500 of 900 came.", "512 of 900 came.", "About 500 of 900 came."),
    ],
)
def test_the_model_reads_figures_as_the_citations_write_them(claim: str, quote: str, read: str) -> None:
    entailer = FixedEntailer(1.0)
    ExactVerifier(entailer).assess(claim, [quote])
    assert entailer.asked == [(read, quote)]


@pytest.mark.parametrize(
    ("probability", "support"),
    [
        (1.0, Support.SUPPORTED),
        (SUPPORTED, Support.SUPPORTED),
        (SUPPORTED - 0.01, Support.PARTLY),
        (PARTLY, Support.PARTLY),
        (PARTLY - 0.01, Support.UNSUPPORTED),
        (0.0, Support.UNSUPPORTED),
    ],
)
def test_two_thresholds_make_three_verdicts(probability: float, support: Support) -> None:
    told = ExactVerifier(FixedEntailer(probability)).assess("The moon is cheese.", ["The moon is round."])
    assert (told.support, told.score) == (support, probability)
    assert told.missing == (() if support is Support.SUPPORTED else ("cheese",))


def test_what_the_model_cannot_read_must_stand_in_a_citation() -> None:
    sure = ExactVerifier(FixedEntailer(1.0))
    told = sure.assess("已入侵了", ["The harbour master is Dai Finch."])
    assert (told.support, told.missing) == (Support.UNSUPPORTED, ("已入侵了",))
    assert sure.assess("It is called 東京 there.", ["Its name there is 東京."]).support is Support.SUPPORTED


def test_what_is_missing_may_stand_in_another_citation() -> None:
    claim = "Japan pledged $550 billion on 28 October."
    assert SURE.assess(claim, ["Japan pledged $550 billion."]).missing == ("28 October",)
    assert SURE.assess(claim, ["Japan pledged $550 billion.", "It was 28 October."]).missing == ()


WORDS = st.sampled_from(
    ["Japan", "Tokyo", "pledged", "signed", "not", "no", "may", "will", "the", "and", "5", "$550", "billion"]
)
SENTENCES = st.lists(WORDS, min_size=1, max_size=12).map(
    lambda words: " ".join(words) + "."
) | st.text().filter(str.strip)


@given(SENTENCES, st.lists(SENTENCES, max_size=2))
def test_a_claim_equal_to_a_citation_is_verbatim(sentence: str, others: list[str]) -> None:
    assert SURE.assess(sentence, [*others, sentence]) == Assessment(Support.VERBATIM, 1.0)


@given(SENTENCES, SENTENCES)
def test_nothing_exact_is_missing_in_a_citation_that_says_more(sentence: str, other: str) -> None:
    told = SURE.assess(sentence, [sentence, other])
    assert told.support is Support.VERBATIM
    assert told.missing == ()


@given(st.integers(2, 10**12), st.sampled_from(["$", "€", "¥"]), st.lists(SENTENCES, max_size=2))
def test_without_the_sentence_of_its_number_a_claim_is_unsupported(
    number: int, sign: str, others: list[str]
) -> None:
    claim, source = f"Japan will pay {sign}{number:,} for it.", f"For it, Japan will pay {sign}{number:,}."
    others = [other for other in others if str(number) not in other and not any(map(str.isdigit, other))]
    assert SURE.assess(claim, [source, *others]).support is Support.SUPPORTED
    assert SURE.assess(claim, others or ["Japan will pay for it."]).support is Support.UNSUPPORTED


@given(st.text(), st.lists(st.text(), max_size=3), st.floats(0, 1))
def test_whatever_is_claimed_the_verdict_fits_its_score(
    claim: str, quotes: list[str], probability: float
) -> None:
    told = ExactVerifier(FixedEntailer(probability)).assess(claim, quotes)
    assert 0 <= told.score <= 1
    assert all(map(str.strip, told.missing))
    if told.support is Support.SUPPORTED:
        assert told.score >= SUPPORTED
        assert told.missing == ()


MANY = 50_000
NUMBERS = " ".join(map(str, range(MANY)))
HOSTILE = [
    "7", ",234", "5-", "5 ", "a", "Aa ", "A. ", "U.", "not ", "may ", '"', "'a ", "'a", "“a”", "1999-",
    "28 October 2025, ", "1/2/2025 ", "million ", "two and ", "[", "[a", "...", "\u00a0", "１",
]  # fmt: skip


@pytest.mark.parametrize("text", [*((piece * MANY)[:MANY] for piece in HOSTILE), NUMBERS[:MANY]])
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    told = SURE.assess(text + " x", [text + " y"])
    assert told.support in Support


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (SupportPolicy.STRICT, {"verbatim", "supported"}),
        (SupportPolicy.WITHHOLD, {"verbatim", "supported", "partly"}),
        (SupportPolicy.FLAG, {"verbatim", "supported", "partly", "unsupported"}),
    ],
)
def test_a_policy_says_which_claims_are_kept(policy: SupportPolicy, kept: set[str]) -> None:
    assert {support for support in Support if policy.keeps(support)} == kept
