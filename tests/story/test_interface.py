"""The described interface against the real one: requests made up from the description."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CheckFunction
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.completions.errors import is_openai_path
from tests.story.test_http import serving

CHECKS: list[CheckFunction] = [content_type_conformance, response_schema_conformance, status_code_conformance]
DESCRIPTION = json.loads((Path(__file__).parents[1] / "data/openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [(path, method.upper()) for path, methods in DESCRIPTION["paths"].items() for method in methods]
FEW = 12  # requests made up for each operation


@pytest.fixture(scope="module")
def described(corpus_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    index = shutil.copytree(corpus_index, tmp_path_factory.mktemp("described") / "index")
    with serving(Path(index)) as client:
        yield schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_is_described_is_what_happens(described: BaseSchema, path: str, method: str) -> None:
    @given(case=described[path][method].as_strategy())
    @settings(max_examples=FEW, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case) -> None:
        response = case.call()
        case.validate_response(response, checks=CHECKS)
        assert response.status_code != 500
        if response.status_code >= 400:
            told = json.loads(response.content)
            if is_openai_path(path):
                assert list(told["error"]) == ["message", "type", "param", "code"]
            else:
                assert list(told)[:5] == ["type", "title", "status", "detail", "instance"]
            assert "Traceback" not in response.text
            assert "site-packages" not in response.text

    check()
