import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.documents import Document
from tests.unit.training.examples import ASKED, LOWMERE, article_of
from training.prepare import without
from training.sources import PARAGRAPH_BREAK, SEARCHED_AROUND, Article, Source, read_articles

FIRST = "Ansel Brook founded the town. He came from Karlow."
SECOND = "The mill burned down. Ansel Brook rebuilt it."


def asked(question: str, *answers: tuple[str, int], id_: str | int = "q") -> dict[str, Any]:
    told = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": id_, "question": question, "answers": told}


def paragraph(context: str, *questions: dict[str, Any], **further: object) -> dict[str, Any]:
    return {"context": context, "qas": list(questions), **further}


def read(
    folder: Path,
    entries: Sequence[dict[str, Any]],
    *,
    joined: bool = True,
    titled: bool = True,
    share: float = 1,
) -> list[Article]:
    (folder / "set.json").write_text(json.dumps({"version": "1.1", "data": entries}), encoding="utf-8")
    return list(read_articles(folder, [Source("set", "set.json", joined, titled, share)]))


def read_one(folder: Path, *paragraphs: dict[str, Any]) -> Article:
    (article,) = read(folder, [{"title": "Old_Lowmere", "paragraphs": list(paragraphs)}])
    return article


def told(article: Article) -> dict[str, list[str]]:
    text = article.document.text
    return {question.text: [span.cut(text) for span in question.spans] for question in article.questions}


def test_the_paragraphs_of_an_encyclopaedia_article_follow_one_another(tmp_path: Path) -> None:
    article = read_one(
        tmp_path,
        paragraph(FIRST, asked("Who  founded it? ", ("Ansel Brook", 0))),
        paragraph(SECOND, asked("Who rebuilt the mill?", ("Ansel Brook", 22))),
    )
    assert article.document == Document("Old Lowmere", "Old Lowmere", FIRST + PARAGRAPH_BREAK + SECOND)
    assert article.group == "set/Old Lowmere"
    first, second = article.questions
    assert (first.text, second.text) == ("Who founded it?", "Who rebuilt the mill?")
    assert first.spans[0].start == 0
    assert second.spans[0].start == len(FIRST) + len(PARAGRAPH_BREAK) + 22


def test_offsets_of_later_paragraphs_count_from_their_own_start(tmp_path: Path) -> None:
    text = "no no no no no no no no"
    article = read_one(tmp_path, paragraph(FIRST), paragraph(text, asked("What?", ("no", 9), ("no", 15))))
    begin = len(FIRST) + len(PARAGRAPH_BREAK)
    assert [span.start - begin for span in article.questions[0].spans] == [9, 15]


def test_comments_and_reviews_are_documents_of_their_own_without_a_title(tmp_path: Path) -> None:
    entry = {
        "title": "Filtered_Comments",
        "split": "test",
        "paragraphs": [paragraph(FIRST), paragraph(SECOND)],
    }
    articles = read(tmp_path, [entry], joined=False, titled=False)
    assert [article.document.text for article in articles] == [FIRST, SECOND]
    assert [article.document.title for article in articles] == ["-", "-"]
    assert len({article.group for article in articles}) == 2


def test_papers_without_a_title_and_with_numbers_as_ids_are_told_apart(tmp_path: Path) -> None:
    entry = {"paragraphs": [paragraph(FIRST, asked("Who?", ("Ansel Brook", 0), id_=262), document_id=630)]}
    one, other = read(tmp_path, [entry, entry], titled=False)
    assert one.document.id != other.document.id
    assert one.questions[0].id == "262"


def test_policies_carry_further_fields_that_are_passed_over(tmp_path: Path) -> None:
    question = asked("Who?", ("Ansel Brook", 0)) | {"type": "first-party"}
    article = read_one(tmp_path, paragraph(FIRST, question, index="7", summary="Who came."))
    assert told(article) == {"Who?": ["Ansel Brook"]}


def test_the_answer_most_annotators_gave_stands_first_and_each_stands_once(tmp_path: Path) -> None:
    answers = [("Ansel", 0), ("Ansel Brook", 0), ("Karlow", 43), ("Ansel Brook", 0)]
    article = read_one(tmp_path, paragraph(FIRST, asked("Who?", *answers)))
    assert told(article) == {"Who?": ["Ansel Brook", "Ansel", "Karlow"]}


def test_a_question_asked_of_two_paragraphs_is_answered_by_both(tmp_path: Path) -> None:
    article = read_one(
        tmp_path,
        paragraph(FIRST, asked("Who was it?", ("Ansel Brook", 0), id_="a")),
        paragraph(SECOND, asked("Who was it?", ("Ansel Brook", 22), id_="b")),
    )
    (question,) = article.questions
    assert question.id == "a"
    assert [span.start for span in question.spans] == [0, len(FIRST) + len(PARAGRAPH_BREAK) + 22]


@pytest.mark.parametrize("published", [0, 5, 21, 24, 22 + SEARCHED_AROUND])
def test_an_offset_that_is_a_little_off_is_put_right(tmp_path: Path, published: int) -> None:
    article = read_one(tmp_path, paragraph(SECOND + " " * 90, asked("Who?", ("Ansel Brook", published))))
    assert [span.start for span in article.questions[0].spans] == [22]


def test_an_exact_offset_is_believed_whatever_stands_before_it(tmp_path: Path) -> None:
    article = read_one(tmp_path, paragraph("No, no, no.", asked("What?", ("no", 8))))
    assert article.questions[0].spans[0].start == 8


def test_white_space_around_an_answer_is_no_part_of_it(tmp_path: Path) -> None:
    article = read_one(tmp_path, paragraph(FIRST, asked("Who?", (" founded ", 11))))
    assert told(article) == {"Who?": ["founded"]}


def test_of_several_places_around_an_offset_the_nearest_is_taken(tmp_path: Path) -> None:
    text = "A mill here, a mill there, a mill everywhere."
    article = read_one(tmp_path, paragraph(text, asked("What stands there?", (" mill", 14))))
    assert article.questions[0].spans[0].start == 15


def test_a_question_whose_answers_stand_nowhere_near_is_skipped(tmp_path: Path) -> None:
    far = "Karlow lies far off." + " " * 200 + "The end."
    article = read_one(
        tmp_path,
        paragraph(
            far,
            asked("Where?", ("Karlow", 205)),
            asked("Who?", ("Nobody", 0)),
            asked("What?", (" ", 6)),
            asked("Why?"),
        ),
    )
    assert article.questions == ()


@example("aa", 0, 1, 0)
@given(st.text("ab \n", min_size=1, max_size=40), st.integers(0, 39), st.integers(1, 5), st.integers(-5, 5))
def test_every_span_cuts_the_answer_that_was_published(
    tmp_path_factory: pytest.TempPathFactory, text: str, start: int, length: int, wrong: int
) -> None:
    context = f"x{text}"
    answer = context[start : start + length]
    published = max(0, min(start, len(context)) + wrong)
    folder = tmp_path_factory.getbasetemp()
    article = read_one(folder, paragraph("Before."), paragraph(context, asked("What?", (answer, published))))
    stands = [found for spans in told(article).values() for found in spans]
    assert stands == ([answer.strip()] if answer.strip() else [])


def test_about_one_article_in_ten_is_held_out_and_always_the_same_ones() -> None:
    articles = [article_of(LOWMERE, title=f"Town {number}") for number in range(1_000)]
    held_out = {article.group for article in articles if article.held_out}
    assert 70 < len(held_out) < 130
    again = [article_of(LOWMERE, title=f"Town {number}") for number in reversed(range(1_000))]
    assert held_out == {article.group for article in again if article.held_out}


@given(st.text(min_size=1, max_size=12))
def test_what_two_sets_say_of_one_title_is_held_out_from_both_or_neither(title: str) -> None:
    one, other = (
        article_of(LOWMERE, title=title, source=source) for source in ("squad1_qg_test", "new_wiki")
    )
    assert one.held_out == other.held_out


def test_a_share_of_the_documents_is_taken_and_a_smaller_share_lies_within_it(tmp_path: Path) -> None:
    entries = [{"title": f"Town {n}", "paragraphs": [paragraph(FIRST)]} for n in range(400)]
    whole, half, none = (
        [article.document.id for article in read(tmp_path, entries, share=share)] for share in (1, 0.5, 0)
    )
    assert len(whole) == 400
    assert 150 < len(half) < 250
    assert set(half) < set(whole)
    assert none == []


def test_the_documents_a_share_leaves_out_are_not_the_held_out_ones(tmp_path: Path) -> None:
    entries = [{"title": f"Town {n}", "paragraphs": [paragraph(FIRST)]} for n in range(400)]
    held_out = [article.held_out for article in read(tmp_path, entries, share=0.5)]
    assert 0 < sum(held_out) < 0.2 * len(held_out)


def test_questions_of_the_development_sets_stay_out_however_they_are_spelt() -> None:
    article = without(article_of(LOWMERE, ASKED), {"who founded lowmere"})
    assert [question.text for question in article.questions] == [text for text, _ in ASKED[1:]]
