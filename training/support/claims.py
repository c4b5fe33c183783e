"""Claims a text carries, made from its sentences by rule: shortened, joined, worded a little differently."""

import random
import re

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_CONDITION = re.compile(r"\b(?:if|unless|except|until|only|according|claim\w*|alleged\w*)\b", re.IGNORECASE)
LEADING = re.compile(
    r"^(?:In|On|At|During|After|Before|By|Since|As of|However|Moreover|Furthermore|Therefore|Thus"
    r"|Additionally|For example|Today|Currently|Later|Then|Also|With|While|Although|Despite|Following|From"
    r"|For)\b[^,;:]{0,70}, "
)
_RELATIVE = re.compile(r", (?:which|who|whose|where|when)\b[^,;:]{5,}(?:,(?= )|(?=[.!?]$))")
_APPOSED = re.compile(
    r"(?<=[a-z]), (?:an?|the|including|such as|formerly|also known as)\b [^,;:]{4,60},(?= [a-z])"
)
_TRAILING = re.compile(
    r"(?:,|;) (?:while|whereas|although|though|including|such as|with|but|and (?:he|she|it|they|the|this|was"
    r"|were|is|are|has|had|in|a)|making|leading|causing|resulting|allowing|leaving|giving|[a-z]{3,}ing)"
    r" [^;:]{8,}(?=[.!?]$)"
)
_BRACKETS = re.compile(r" \([^()]*\)")
SHORTENINGS = (_BRACKETS, LEADING, _RELATIVE, _APPOSED, _TRAILING)
FEWEST = 5  # words of a claim
SHORTENED, REWORDED, INTRODUCED = 0.75, 0.6, 0.12  # of claims, where a rule applies
_LOWERED = frozenset(
    [
        "The",
        "It",
        "He",
        "She",
        "They",
        "This",
        "These",
        "Those",
        "In",
        "On",
        "A",
        "An",
        "Its",
        "His",
        "Her",
        "Their",
        "There",
        "Some",
        "Many",
        "Most",
        "After",
        "Before",
        "During",
        "At",
        "By",
        "For",
        "As",
        "However",
        "Since",
        "When",
        "While",
        "With",
        "From",
        "To",
        "Such",
        "One",
        "Both",
        "Each",
        "All",
    ]
)
# what comes for what; each says the same
_SAME: tuple[tuple[str, str], ...] = (
    (r"\babout (?=\d)", "approximately "),
    (r"\bapproximately (?=\d)", "about "),
    (r"\bbecause of\b", "due to"),
    (r"\bin order to\b", "to"),
    (r"\bbegan\b", "started"),
    (r"\blocated in\b", "situated in"),
    (r"\bas well as\b", "and also"),
    (r"\bpurchased\b", "bought"),
    (r"\bbought\b", "purchased"),
    (r"\busually\b", "typically"),
    (r"\boften\b", "frequently"),
    (r"\bmany\b", "numerous"),
    (r"\bshow(?= that\b)", "demonstrate"),
    (r"\bhelps?(?= to\b)", "serves"),
    (r"\bfounded\b", "established"),
    (r"\bestablished\b", "founded"),
    (r"\bbuilt\b", "constructed"),
    (r"\bconstructed\b", "built"),
    (r"\blarge\b", "big"),
    (r"\brequires\b", "needs"),
    (r"\bcan't\b", "cannot"),
    (r"\bdon't\b", "do not"),
    (r"\bdoesn't\b", "does not"),
    (r"\bisn't\b", "is not"),
    (r"\bdid not\b", "didn't"),
    (r"\bwas not\b", "wasn't"),
    (r"\bis not\b", "isn't"),
    (r"(?<=\d) ?percent\b", "%"),
    (r"(?<=\d)%", " percent"),
    (r"(?<=\d),(?=\d{3}\b)", ""),
    (r"(?<=\d) million\b", "m"),
    (r"(?<=\d) billion\b", "bn"),
    (r"\bU\.S\.(?= [a-z])", "United States"),
    (r"\bUnited States\b", "US"),
    (r"\bUnited Kingdom\b", "UK"),
    (rf"\b({_MONTHS}) (\d{{1,2}}), (\d{{4}})\b", r"\2 \1 \3"),
    (rf"\b(\d{{1,2}}) ({_MONTHS}) (\d{{4}})\b", r"\2 \1, \3"),
    *((rf"\b{word}\b", str(number)) for number, word in enumerate(_WORDS, 2)),
    *(
        (rf"(?<![\d.,$£€]\b)\b{number}\b(?![\d.,%:])(?= [a-z])", word)
        for number, word in enumerate(_WORDS, 2)
    ),
)
_OPENINGS = (
    "According to the document, ",
    "According to the source, ",
    "The text states that ",
    "It is reported that ",
    "The document says that ",
    "Additionally, ",
    "In addition, ",
    "Specifically, ",
    "As stated, ",
    "Overall, ",
)
_BARRED = (  # after "who" or "what" they begin another kind of question
    r"(?!(?:is|was|are|were|do|does|did|has|have|had|can|could|would|will|else|kind|type|sort|year|percentage"
    r"|city|country|other)\b)"
)
_VERB = r"(\w+(?:ed|[a-z]s)|wrote|won|led|became|made|built|said|gave|took|began|came|held)"
_DONE = r"(\w+ed|born|built|made|held"
_ASKED: tuple[tuple[str, str], ...] = (
    (rf"^(?:Who|What) {_BARRED}{_VERB} (.+)\?$", r"{} \1 \2."),
    (r"^(?:Who|What) (is|was|are|were) (the [^?,]{3,60})\?$", r"{} \1 \2."),
    (rf"^When (was|were) ([^?,]{{3,50}}?) {_DONE}|written|sold|begun)\?$", r"\2 \1 \3 {in}."),
    (rf"^Where (?:is|was) ([^?,]{{3,50}}?) {_DONE})\?$", r"\1 was \2 in {}."),
    (r"^By whom (was|were) ([^?,]{3,50}?) (\w+ed|built|made|written)\?$", r"\2 \1 \3 by {}."),
    (
        r"^How many ([^?,]{3,60}?) (are|were|have|had|can|could|lived|live|died) ([^?,]{3,60})\?$",
        r"{} \1 \2 \3.",
    ),
)


def shortened(sentence: str) -> list[str]:
    """The sentence with one clause or aside dropped, in every way the rules know; no condition goes."""
    return [
        claim
        for rule in SHORTENINGS
        for found in rule.finditer(sentence)
        if not _CONDITION.search(found.group())
        and len((claim := _mended(sentence[: found.start()] + sentence[found.end() :])).split()) >= FEWEST
    ]


def reworded(claim: str, rng: random.Random) -> str:
    """The claim with some words and notations exchanged for others that say the same."""
    rules = [rule for rule in _SAME if re.search(rule[0], claim)]
    for pattern, new in rng.sample(rules, min(len(rules), rng.choice((1, 1, 2, 3)))):
        claim = re.sub(pattern, new, claim, count=0 if pattern.endswith("{3}\\b)") else 1)
    return _mended(claim)


def introduced(claim: str, rng: random.Random) -> str:
    """The claim behind words that chat models put before what they report."""
    return rng.choice(_OPENINGS) + lowered(claim)


def joined(first: str, second: str, rng: random.Random) -> str:
    """Two sentences made one."""
    link = rng.choice((", and ", ", and ", "; ", ", while "))
    return first.rstrip(".!? ") + link + lowered(second)


def statement(question: str, answer: str) -> str | None:
    """The question and its short answer as a statement, where a rule makes one safely."""
    for pattern, made in _ASKED:
        if found := re.match(pattern, question):
            dated = f"in {answer}" if re.match(r"[\d]{4}|[A-Z][a-z]+ \d{4}", answer) else answer
            told = found.expand(made.replace("{in}", "\0").replace("{}", "\1"))
            return _mended(told.replace("\0", dated).replace("\1", answer))
    return None


def lowered(claim: str) -> str:
    """The claim as it goes on within a sentence: a small first letter, unless it may be a name's."""
    first = claim.split(" ", 1)[0]
    return claim[:1].lower() + claim[1:] if first in _LOWERED else claim


def variant(sentence: str, rng: random.Random) -> str:
    """A claim that the sentence carries: some of the rules, one after the other."""
    claim = sentence
    if rng.random() < SHORTENED and (found := shortened(claim)):
        claim = rng.choice(found)
    if rng.random() < REWORDED:
        claim = reworded(claim, rng)
    return introduced(claim, rng) if rng.random() < INTRODUCED else claim


def _mended(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip(" ,;")
    text = re.sub(r" ([,.;!?])", r"\1", text)
    text = re.sub(r"[,;]+([.!?])$", r"\1", text)
    if text[-1:] not in '.!?"”':
        text += "."
    return text[:1].upper() + text[1:]
