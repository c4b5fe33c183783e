"""Measuring a reader: `python -m training.measure HELDOUT DEV --out FIGURES --graph GRAPH`."""

import argparse
import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from evals.measures.confidence import auroc
from evals.measures.texts import token_f1
from training.dev_sets import Case, DevSet
from training.negatives import NEGATIVE_KINDS
from training.prepare import is_squad_like
from training.readers import FloatReader, GraphReader, Reading, TeacherReader, WindowReader
from training.report import note
from training.windows import Window, read_windows

ANSWERABLE = 1_000  # held-out windows of encyclopaedia articles
OTHERS = 300  # and of other texts
OF_A_KIND = 300  # held-out negatives

Figures = dict[str, float | int | None]


def main() -> None:
    """Reads the arguments and writes one JSON object of figures by set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("held_out", type=Path, help="heldout.jsonl of training.prepare")
    parser.add_argument("dev", type=Path, nargs="?", help="folder of the development sets")
    parser.add_argument("--out", type=Path, required=True)
    route = parser.add_mutually_exclusive_group(required=True)
    route.add_argument("--checkpoint", type=Path)
    route.add_argument("--graph", type=Path)
    route.add_argument("--teacher", action="store_true")
    arguments = parser.parse_args()
    reader = _reader(arguments)
    figures = measure_held_out(reader, list(read_windows(arguments.held_out)))
    if arguments.dev:
        figures |= measure_dev(reader, arguments.dev)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def measure_held_out(reader: WindowReader, windows: Sequence[Window]) -> dict[str, Figures]:
    """Figures on windows of articles that were not trained on."""
    answerable = [one for one in windows if one.kind == "answerable"]
    squad = [one for one in answerable if is_squad_like(one)][:ANSWERABLE]
    others = [one for one in answerable if not is_squad_like(one)][:OTHERS]
    read = reader.read(squad)
    figures = {"held-out": _choice(squad, read), "held-out, others": _choice(others, reader.read(others))}
    sure = [one.confidence for one in read]
    for kind in NEGATIVE_KINDS:
        negative = [one for one in windows if one.kind == kind and is_squad_like(one)][:OF_A_KIND]
        unsure = [one.confidence for one in reader.read(negative)]
        figures[f"held-out, {kind}"] = {"auroc": auroc(sure, unsure), "n": len(unsure)}
    _tell(figures)
    return figures


def measure_dev(reader: WindowReader, folder: Path) -> dict[str, Figures]:
    """Figures on the development sets."""
    clapnq = DevSet(folder / "clapnq")
    answerable, unanswerable = clapnq.on_relevant(), clapnq.unanswerable()
    answered, unanswered = _read_cases(reader, answerable), _read_cases(reader, unanswerable)
    selqa, news = DevSet(folder / "selqa_dev").on_relevant(), DevSet(folder / "multihoprag").on_likeliest()
    figures: dict[str, Figures] = {
        "clapnq": _first_right(answerable, answered),
        "clapnq, unanswerable": {
            "auroc": auroc([_surest(own) for own in answered], [_surest(own) for own in unanswered]),
            "n": len(unanswered),
        },
        "selqa": _first_right(selqa, _read_cases(reader, selqa)),
        "news": _first_right(news, _read_cases(reader, news)),
    }
    _tell(figures)
    return figures


def _choice(windows: Sequence[Window], read: Sequence[Reading]) -> Figures:
    """Share of windows whose best sentence is gold, and how near the short answer comes."""
    first = [one.best in window.golds for window, one in zip(windows, read, strict=True)]
    spans = [token_f1(one.answer, window.answers) or 0.0 for window, one in zip(windows, read, strict=True)]
    return {"first right": _mean(first), "span F1": _mean(spans), "n": len(windows)}


def _first_right(cases: Sequence[Case], read: Sequence[Sequence[Reading]]) -> Figures:
    """Share of questions whose best sentence, over all windows, is gold."""
    right = [_is_first_right(case, own) for case, own in zip(cases, read, strict=True)]
    return {"first right": _mean(right), "n": len(cases)}


def _is_first_right(case: Case, read: Sequence[Reading]) -> bool:
    window, best = max(zip(case.windows, read, strict=True), key=lambda pair: pair[1].confidence)
    return best.best in window.golds


def _surest(read: Sequence[Reading]) -> float:
    return max(one.confidence for one in read)


def _read_cases(reader: WindowReader, cases: Sequence[Case]) -> list[list[Reading]]:
    """All windows in one go, so that the reader may batch them, and dealt out again."""
    read = iter(reader.read([window for case in cases for window in case.windows]))
    return [list(islice(read, len(case.windows))) for case in cases]


def _reader(arguments: argparse.Namespace) -> WindowReader:
    if arguments.checkpoint:
        return FloatReader(arguments.checkpoint)
    return GraphReader(arguments.graph) if arguments.graph else TeacherReader()


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _tell(figures: dict[str, Figures]) -> None:
    for name, measured in figures.items():
        shown = " ".join(f"{key} {value:.3f}" for key, value in measured.items() if value is not None)
        note(f"{name}: {shown}")


if __name__ == "__main__":
    main()
