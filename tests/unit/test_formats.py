import json
from pathlib import Path

import pytest

from evals.errors import BadQuestions
from evals.formats import import_set
from evals.questions import read_questions
from ingest.documents import Document
from ingest.loading import load

SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Harbour",
            "paragraphs": [
                {
                    "context": "The harbour is old. It was built in 1902. Ships come daily.",
                    "qas": [
                        {
                            "id": "s1",
                            "question": "When was it built? ",
                            "is_impossible": False,
                            "answers": [
                                {"text": "1902", "answer_start": 36},
                                {"text": "in 1902", "answer_start": 33},
                            ],
                        },
                        {"id": "s2", "question": "Who built it?", "is_impossible": True, "answers": []},
                    ],
                }
            ],
        }
    ],
}
HOTPOT = [
    {
        "_id": "h1",
        "question": "Which is older?",
        "answer": "A",
        "type": "comparison",
        "supporting_facts": [["A", 0], ["B", 1], ["B", 9]],
        "context": [["A", ["A was built in 1900."]], ["B", ["B is a town.", " It was built in 1950."]]],
    }
]


def beir(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": "d1", "title": "", "text": "One."}, {"_id": "d2", "title": "T", "text": "Two."}]
    queries = [{"_id": "q1", "text": "Which?"}, {"_id": "q2", "text": "Not judged?"}]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td2\t1\nq1\td1\t0\n")
    return folder


def written(tmp_path: Path, name: str, content: object) -> Path:
    path = tmp_path / name
    path.write_text(json.dumps(content))
    return path


def test_squad_gives_the_sentence_an_answer_begins_in(tmp_path: Path) -> None:
    taken = import_set(written(tmp_path, "squad.json", SQUAD), "squad")
    known, unknown = taken.questions
    assert known.answers == ("1902", "in 1902")
    assert [[gold.quote for gold in gold_set] for gold_set in known.evidence] == [["It was built in 1902."]]
    assert known.relevant == (taken.documents[0].id,)
    assert (unknown.answerable, unknown.evidence, unknown.relevant) == (False, (), ())


def test_hotpotqa_gives_its_supporting_facts_as_one_set_and_leaves_out_those_that_are_not_there(
    tmp_path: Path,
) -> None:
    taken = import_set(written(tmp_path, "hotpot.json", HOTPOT), "hotpotqa")
    (question,) = taken.questions
    assert [gold.quote for gold in question.evidence[0]] == ["A was built in 1900.", "It was built in 1950."]
    texts = {document.id: document.text for document in taken.documents}
    assert all(gold.quote in texts[gold.document] for gold in question.evidence[0])
    assert (question.relevant, question.type) == (("A", "B"), "comparison")


def test_beir_gives_judged_queries_with_their_relevant_documents(tmp_path: Path) -> None:
    taken = import_set(beir(tmp_path / "beir"), "beir")
    assert [(question.id, question.relevant) for question in taken.questions] == [("q1", ("d2",))]
    assert [document.title for document in taken.documents] == ["d1", "T"]


@pytest.mark.parametrize("form", ["squad", "hotpotqa", "beir"])
def test_what_is_written_is_ingested_and_read_as_it_is(form: str, tmp_path: Path) -> None:
    sources = {
        "squad": lambda: written(tmp_path, "s.json", SQUAD),
        "hotpotqa": lambda: written(tmp_path, "h.json", HOTPOT),
        "beir": lambda: beir(tmp_path / "beir"),
    }
    taken = import_set(sources[form](), form)
    taken.write(tmp_path / "out")
    loaded = list(load(tmp_path / "out" / "corpus.jsonl", "corpus.jsonl", max_bytes=10**6))
    assert [(item.id, item.text) for item in loaded if isinstance(item, Document)] == [
        (item.id, item.text) for item in taken.documents
    ]
    assert tuple(read_questions(tmp_path / "out" / "questions.jsonl")) == taken.questions


@pytest.mark.parametrize("form", ["squad", "hotpotqa", "beir"])
@pytest.mark.parametrize("content", ["", "[]x", '{"data": [{}]}', "[1]", "null"])
def test_another_form_is_refused_by_name(form: str, content: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(BadQuestions, match=form):
        import_set(path, form)


def test_an_unknown_form_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadQuestions, match="beir, hotpotqa, squad"):
        import_set(tmp_path, "trec")


def test_a_broken_question_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"id": "a", "question": "Who?", "answerable": true}\n\n{"id": "b"}\n')
    with pytest.raises(BadQuestions, match=r"questions\.jsonl:3"):
        list(read_questions(path))
