"""What a text speaks of, by the look of its words: names, years, noun phrases. No model is asked."""

import re

from qa.stopwords import STOP_WORDS

_WORD = r"[A-Z][\w’'&.-]*[\w]|[A-Z]"
_NAME = re.compile(rf"(?:{_WORD})(?:\s+(?:of\s+(?:the\s+)?)?(?:{_WORD}|\d+\b))*")
_POSSESSIVE = re.compile(r"[’']s?$")
YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


AUXILIARIES = _set(
    """
    do does did is are was were am be been will would shall should has have had can could may might must
    """
)
QUESTION_WORDS = _set("who whom whose what which when where why how")
PREPOSITIONS = _set(
    """
    about above after against at before behind below between by during for from in into near of on over since
    to toward under until upon with within
    """
)
PERSON_PRONOUNS = _set("he him his she her hers")
PLURAL_PRONOUNS = _set("they them their theirs")
PRONOUNS = PERSON_PRONOUNS | PLURAL_PRONOUNS | {"it", "its"}
_PLACES = _set(
    """
    africa america argentina asia australia austria beijing belgium brazil britain california canada chile
    china denmark egypt england eu europe european finland france germany greece india indonesia iran iraq
    ireland israel italy japan kenya kingdom korea london malaysia mexico moscow netherlands new nigeria north
    norway pakistan paris philippines poland portugal russia seoul singapore south spain states sweden
    switzerland taiwan texas thailand tokyo turkey u.s uk ukraine union united us vietnam washington york
    """
)
_NO_PERSON = _set(
    """
    act agreement american april association august bank board center centre chinese co commission
    committee company congress corp corporation council court december department electric energy
    february friday framework fund government group house inc industries institute january japanese july
    june korean ltd manufacturing march may memorandum ministry monday motors no november october office
    organization party plan report saturday senate september states street sunday thursday times treaty
    tuesday union university wednesday white yes chief former press prime
    """
)
_VERBS = _set("became began built cut gave made met said says took wants went led won")
# Words that begin a sentence with a capital and are no names.
_OPENERS = _set(
    """
    about both compare describe earlier explain give hello list name neither no nobody none nothing outline
    show summarise summarize tell thanks up yes
    """
)
_ENDS = "|".join(sorted(map(re.escape, STOP_WORDS | PREPOSITIONS | AUXILIARIES | {"worth", "take", "due"})))
_INNER_CAPITAL = re.compile(r"(?<!Mc)(?<!Mac)(?<!De)(?<=[a-z])[A-Z]")


def words(text: str) -> list[str]:
    """Its words in lower case, without punctuation at their ends."""
    return [word.strip(".,;:?!\"“”‘’'()").casefold() for word in text.split()]


def names_in(text: str) -> list[str]:
    """Runs of capitalised words, without possessive endings and without what merely begins a sentence."""
    found = []
    for match in _NAME.finditer(text):
        run = match.group().split()
        while run and words(run[0])[0] in STOP_WORDS | QUESTION_WORDS:
            run.pop(0)
        name = _POSSESSIVE.sub("", " ".join(run).rstrip(".’'"))
        if name and not _is_first_word(match, text, run):
            found.append(name)
    return found


def _is_first_word(match: re.Match[str], text: str, run: list[str]) -> bool:
    """Whether a single capitalised word begins a sentence of several, and so need be no name."""
    alone = len(run) == 1 and match.group() == run[0]
    ordinary = run[0].endswith("ed") or run[0].casefold() in _OPENERS
    return alone and match.start() == 0 and ordinary and len(text.split()) > 1


def is_place(name: str) -> bool:
    """Whether a name is a well-known place's."""
    return all(word in _PLACES for word in words(name)) and bool(name)


def may_be_person(name: str) -> bool:
    """Whether nothing in a name speaks against its being a person's."""
    parts = words(name)
    short = 1 <= len(parts) <= 4 and not any(character.isdigit() for character in name)
    odd = name.isupper() or _INNER_CAPITAL.search(name)
    return short and not odd and not is_place(name) and not set(parts) & _NO_PERSON


def is_clause(text: str) -> bool:
    """Whether a text looks like a sentence with a verb rather than a phrase."""
    parts = text.split()
    return bool(parts) and (
        any(_is_verb(part.strip(".,;:")) for part in parts) or words(text)[0] in PRONOUNS | {"there", "we"}
    )


def _is_verb(word: str) -> bool:
    return word in AUXILIARIES | _VERBS or (word.endswith("ed") and word.islower())


def noun_phrases(text: str) -> list[str]:
    """Runs of an article and the words after it, up to a word that ends a phrase."""
    run = rf"\b(?:the|a|an)((?:\s+(?!(?:{_ENDS})\b)[\w’'%$-]+){{1,5}})"
    return [match.group() for match in re.finditer(run, text, re.IGNORECASE)]


def phrases_after(preposition: str, text: str) -> list[str]:
    """Runs of words after a preposition, without the article, up to a word that ends a phrase."""
    run = rf"\b{preposition}\s+(?:the\s+)?((?:(?!(?:{_ENDS})\b)[\w’'%$-]+\s*){{1,5}})"
    return [match.group(1).strip() for match in re.finditer(run, text, re.IGNORECASE)]
