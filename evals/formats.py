"""Public question sets in our form: BEIR folders, SQuAD 1 and 2, HotpotQA.

Each becomes a corpus (`_id`, `title`, `text`) to ingest and questions to ask, both as JSON Lines.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.errors import BadQuestions
from evals.questions import EvalQuestion, GoldSentence
from ingest.documents import Document, Sentence, normalise_text
from ingest.sentences import split_sentences

Record = dict[str, Any]  # a parsed JSON object of somebody else's form


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents to ingest, and questions about them."""

    documents: tuple[Document, ...]
    questions: tuple[EvalQuestion, ...]

    def write(self, folder: Path) -> None:
        """Writes `corpus.jsonl` and `questions.jsonl`, creating the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        records = [{"_id": item.id, "title": item.title, "text": item.text} for item in self.documents]
        _write_lines(folder / "corpus.jsonl", [json.dumps(record, ensure_ascii=False) for record in records])
        _write_lines(folder / "questions.jsonl", [question.model_dump_json() for question in self.questions])


def import_set(path: Path, form: str) -> QuestionSet:
    """Reads a public set.

    Args:
        path: a folder (BEIR) or a JSON file (SQuAD, HotpotQA).
        form: a name in `FORMS`.

    Raises:
        BadQuestions: if the files are not of that form.
    """
    if form not in FORMS:
        raise BadQuestions(f"no form {form!r}: there are {', '.join(FORMS)}")
    try:
        return FORMS[form](path)
    except (OSError, KeyError, IndexError, TypeError, ValueError) as error:
        raise BadQuestions(f"{path} is not of the form {form}: {type(error).__name__}: {error}") from error


def read_beir(folder: Path) -> QuestionSet:
    """A BEIR folder: `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`. Thakur et al., NeurIPS 2021."""
    documents = tuple(
        _document(record["_id"], record.get("title", ""), record["text"])
        for record in _lines(folder / "corpus.jsonl")
    )
    relevant: dict[str, list[str]] = {}
    with (folder / "qrels" / "test.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                relevant.setdefault(row["query-id"], []).append(row["corpus-id"])
    questions = tuple(
        EvalQuestion(
            id=record["_id"],
            question=record["text"],
            answerable=True,
            relevant=tuple(relevant[record["_id"]]),
        )
        for record in _lines(folder / "queries.jsonl")
        if record["_id"] in relevant
    )
    return QuestionSet(documents, questions)


def read_squad(path: Path) -> QuestionSet:
    """SQuAD 1.1 or 2.0: every paragraph a document. Rajpurkar et al., EMNLP 2016 and ACL 2018."""
    documents: list[Document] = []
    questions: list[EvalQuestion] = []
    for article_number, article in enumerate(_json(path)["data"]):
        for number, paragraph in enumerate(article["paragraphs"]):
            document = _document(f"{article_number}-{number}", article["title"], paragraph["context"])
            documents.append(document)
            sentences = split_sentences(document)
            questions.extend(_squad_question(record, document, sentences) for record in paragraph["qas"])
    return QuestionSet(tuple(documents), tuple(questions))


def read_hotpotqa(path: Path) -> QuestionSet:
    """HotpotQA's distractor setting: every context paragraph a document. Yang et al., EMNLP 2018."""
    documents: dict[str, Document] = {}
    questions: list[EvalQuestion] = []
    for record in _json(path):
        sentences: dict[str, list[str]] = dict(record["context"])
        for title, lines in sentences.items():
            documents.setdefault(title, _document(title, title, "".join(lines)))
        gold = tuple(
            GoldSentence(document=title, quote=sentences[title][number].strip())
            for title, number in record["supporting_facts"]
            if number < len(sentences[title])
        )
        questions.append(
            EvalQuestion(
                id=record["_id"],
                question=record["question"],
                answerable=True,
                answers=(record["answer"],),
                evidence=(gold,),
                relevant=tuple(dict.fromkeys(item.document for item in gold)),
                type=record.get("type", ""),
            )
        )
    return QuestionSet(tuple(documents.values()), tuple(questions))


FORMS: Mapping[str, Callable[[Path], QuestionSet]] = {
    "beir": read_beir,
    "hotpotqa": read_hotpotqa,
    "squad": read_squad,
}


def _squad_question(record: Record, document: Document, sentences: tuple[Sentence, ...]) -> EvalQuestion:
    answers = record["answers"]
    gold = {_holding(sentences, answer["answer_start"]): None for answer in answers}
    answerable = not record.get("is_impossible", False)
    return EvalQuestion(
        id=record["id"],
        question=record["question"].strip(),
        answerable=answerable,
        answers=tuple(dict.fromkeys(answer["text"] for answer in answers)),
        evidence=tuple((GoldSentence(document=document.id, quote=quote),) for quote in gold),
        relevant=(document.id,) if answerable else (),
    )


def _holding(sentences: tuple[Sentence, ...], start: int) -> str:
    """The sentence in which an answer begins."""
    return next(sentence.text for sentence in sentences if sentence.span.end > start)


def _document(document_id: str, title: str, text: str) -> Document:
    return Document(id=str(document_id), title=title or str(document_id), text=normalise_text(text))


def _lines(path: Path) -> Iterator[Record]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


def _json(path: Path) -> Any:  # noqa: ANN401 - whatever somebody else wrote
    return json.loads(path.read_text(encoding="utf-8"))


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
