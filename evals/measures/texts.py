"""Texts: how near an answer's words come to the gold answers, any of which will do.

Texts are compared after SQuAD's normalisation. Rajpurkar, Zhang, Lopyrev, Liang: SQuAD: 100,000+
questions for machine comprehension of text, EMNLP 2016.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation and English articles, words one space apart."""
    bare = text.lower().translate(_NO_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def exact_match(said: str, answers: Sequence[str]) -> float | None:
    """1 if `said` equals any gold answer after normalisation, else 0; None without answers.

    Rajpurkar et al., EMNLP 2016.
    """
    return _best(_equal, said, answers)


def token_f1(said: str, answers: Sequence[str]) -> float | None:
    """F1 of the words `said` and a gold answer share, the best of all answers, 0–1; None without.

    Words are counted as often as they occur. Where one side has no word left after normalisation,
    1 if the other has none either, else 0. Rajpurkar et al., EMNLP 2016.
    """
    return _best(_shared_words, said, answers)


def contains_gold(said: str, answers: Sequence[str]) -> float | None:
    """1 if any gold answer stands in `said` as a run of whole words, else 0; None without answers.

    Mallen, Asai, Zhong, Das, Khashabi, Hajishirzi: When not to trust language models, ACL 2023,
    who compare substrings; whole words keep "9" from being found in "1990".
    """
    return _best(_contained, said, answers)


def all_right(said: str, answers: Sequence[str], wrong: Sequence[str]) -> float | None:
    """1 if `said` contains every answer and no wrong one, else 0; None without answers.

    Wang, Prasad, Stengel-Eskin, Bansal: Retrieval-augmented generation with conflicting evidence, COLM 2025.
    """
    if not answers:
        return None
    held = all(contains_gold(said, [answer]) == 1.0 for answer in answers)
    return float(held and says_wrong(said, wrong) != 1.0)


def says_wrong(said: str, wrong: Sequence[str]) -> float | None:
    """1 if `said` contains any wrong answer, else 0, lower is better; None without wrong answers.

    Wang et al., COLM 2025.
    """
    return contains_gold(said, wrong)


def squad2_exact(said: str | None, answers: Sequence[str], *, answerable: bool) -> float | None:
    """Exact match where abstaining (`said` is None) is right just when nobody could answer, 0 or 1.

    None for an answerable question without gold answers. Rajpurkar, Jia, Liang: Know what you
    don't know: unanswerable questions for SQuAD, ACL 2018.
    """
    return _or_abstained(exact_match, said, answers, answerable)


def squad2_f1(said: str | None, answers: Sequence[str], *, answerable: bool) -> float | None:
    """Token F1 where abstaining (`said` is None) is right just when nobody could answer, 0–1.

    None for an answerable question without gold answers. Rajpurkar, Jia, Liang, ACL 2018.
    """
    return _or_abstained(token_f1, said, answers, answerable)


def _or_abstained(
    measure: Callable[[str, Sequence[str]], float | None],
    said: str | None,
    answers: Sequence[str],
    answerable: bool,
) -> float | None:
    if not answerable:
        return float(said is None)
    if said is None:
        return 0.0 if answers else None
    return measure(said, answers)


def _best(compare: Callable[[str, str], float], said: str, answers: Sequence[str]) -> float | None:
    return max((compare(normalise(said), normalise(answer)) for answer in answers), default=None)


def _equal(said: str, gold: str) -> float:
    return float(said == gold)


def _contained(said: str, gold: str) -> float:
    return float(f" {gold} " in f" {said} ") if gold else _equal(said, gold)


def _shared_words(said: str, gold: str) -> float:
    if not said or not gold:
        return _equal(said, gold)
    said_words, gold_words = Counter(said.split()), Counter(gold.split())
    shared = (said_words & gold_words).total()
    return 2 * shared / (said_words.total() + gold_words.total())
