"""The house stands as the design says: names, sizes, one composition root, errors drawn as they are."""

import ast
import inspect
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

import evals.errors
import ingest.errors
import qa.errors

ROOT = Path(__file__).parents[2]
PACKAGES = ("ingest", "qa", "api", "evals")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def functions() -> list[tuple[str, int]]:
    """Name and length in lines of every function, docstrings not counted."""
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                length = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
                found.append((f"{path.relative_to(ROOT)}:{node.name}", length))
    return found


def test_functions_are_small() -> None:
    lengths = sorted(length for _, length in functions())
    assert lengths[len(lengths) // 2] <= 8
    assert lengths[int(len(lengths) * 0.95)] <= 30
    assert [name for name, length in functions() if length > 50] == []


def test_modules_are_small() -> None:
    long = {str(path.relative_to(ROOT)) for path in MODULES if path.read_text().count("\n") > 270}
    assert long == set()


def test_only_the_composition_root_builds_an_assistant() -> None:
    builders = {
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Assistant"
    }
    assert builders == {"qa/assembly.py"}


def test_names_we_do_not_use_are_not_used() -> None:
    banned = ("manager", "helper", "handler")
    defined = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and (any(word in node.name.casefold() for word in banned) or node.name.startswith("Base"))
    ]
    assert defined == []
    assert not {path.stem for path in MODULES} & {"utils", "common", "core", "helpers", "base"}


@pytest.mark.parametrize("module", [ingest.errors, qa.errors, evals.errors])
def test_error_trees_are_drawn_as_they_are(module: ModuleType) -> None:
    drawing = module.__doc__ or ""
    for name, thing in inspect.getmembers(module, inspect.isclass):
        if issubclass(thing, Exception) and thing.__module__ == module.__name__:
            assert name in drawing, f"{name} is missing from the drawing in {module.__name__}"


def test_everything_is_catchable_as_the_root_of_its_tree() -> None:
    for module, root in ((ingest.errors, "IngestError"), (qa.errors, "QaError"), (evals.errors, "EvalError")):
        for _, thing in inspect.getmembers(module, inspect.isclass):
            if thing.__module__ == module.__name__:
                assert issubclass(thing, getattr(module, root))


def test_each_import_package_is_ours_alone() -> None:
    owners = metadata.packages_distributions()
    for package in PACKAGES:
        assert set(owners.get(package, ["pincite"])) == {"pincite"}
