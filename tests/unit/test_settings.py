from pathlib import Path

import pytest

from api.errors import BadSettings
from api.settings import Settings, load_settings, settings_fields, variable_of


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_toml(text: str) -> None:
    Path("pincite.toml").write_text(text, encoding="utf-8")


def test_defaults_need_nothing() -> None:
    settings = load_settings()
    assert settings.index == Path(".pincite")
    assert (settings.serve.host, settings.serve.port) == ("127.0.0.1", 8000)


def test_flags_beat_environment_beats_toml_beats_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    write_toml("[serve]\nport = 1111\nmax_body_kb = 11\n[qa]\nmin_confidence = 0.11")
    monkeypatch.setenv("PINCITE_SERVE_PORT", "2222")
    monkeypatch.setenv("PINCITE_SERVE_MAX_BODY_KB", "22")
    settings = load_settings({"serve.port": 3333, "serve.host": None})
    assert (settings.serve.port, settings.serve.max_body_kb) == (3333, 22)
    assert (settings.qa.min_confidence, settings.serve.host) == (0.11, "127.0.0.1")


def test_an_underscore_in_a_name_is_not_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_INGEST_EMBEDDING_MODEL", "other")
    assert load_settings().ingest.embedding_model == "other"


@pytest.mark.parametrize(("name", "value"), [("qa.depth", 7), ("ingest.passage_tokens", 64)])
def test_every_group_can_be_set_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    monkeypatch.setenv(variable_of(name), str(value))
    group, _, leaf = name.partition(".")
    assert getattr(getattr(load_settings(), group), leaf) == value


def test_a_folder_that_need_not_be_can_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().ingest.vector_cache is None
    monkeypatch.setenv("PINCITE_INGEST_VECTOR_CACHE", "kept/vectors")
    assert load_settings().ingest.vector_cache == Path("kept/vectors")


def test_a_list_is_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_SERVE_ALLOWED_HOSTS", '["pincite.example"]')
    assert load_settings().serve.allowed_hosts == ("pincite.example",)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().index = Path("elsewhere")  # type: ignore[misc]


def test_an_unknown_variable_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_QA_MIN_CONFIDANCE", "0.5")
    with pytest.raises(
        BadSettings, match="PINCITE_QA_MIN_CONFIDANCE: did you mean PINCITE_QA_MIN_CONFIDENCE"
    ):
        load_settings()


def test_variables_of_others_are_none_of_our_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITED", "yes")
    load_settings()


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (
            "[qa]\nmin_confidance = 0.5",
            "pincite.toml: unknown key qa.min_confidance: did you mean qa.min_conf",
        ),
        ("indx = 'x'", "pincite.toml: unknown key indx: did you mean index"),
        (
            "[qa]\nmin_confidence = 2",
            "pincite.toml: qa.min_confidence: input should be less than or equal to 1",
        ),
        ("[serve]\nport = 'http'", "pincite.toml: serve.port: .*not 'http'"),
        ("[serve", "pincite.toml is not TOML"),
    ],
)
def test_a_bad_toml_file_is_told_in_one_line(toml: str, told: str) -> None:
    write_toml(toml)
    with pytest.raises(BadSettings, match=told) as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_a_toml_file_that_is_no_text_is_told() -> None:
    Path("pincite.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSettings, match=r"pincite\.toml cannot be read"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("PINCITE_QA_MIN_CONFIDENCE", "very", "PINCITE_QA_MIN_CONFIDENCE: .*valid number.*not 'very'"),
        ("PINCITE_SERVE_PORT", "0", "PINCITE_SERVE_PORT: .*greater than or equal to 1"),
        ("PINCITE_SERVE_ALLOWED_HOSTS", "example", "JSON"),
    ],
)
def test_a_bad_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettings, match=told):
        load_settings()


def test_a_bad_flag_is_named() -> None:
    with pytest.raises(BadSettings, match="--port: input should be less than or equal to 65535, not 70000"):
        load_settings({"serve.port": 70000})


def test_every_setting_has_a_description() -> None:
    assert [name for name, field in settings_fields() if not field.description] == []


def test_every_number_has_bounds() -> None:
    numbers = [(name, field) for name, field in settings_fields() if field.annotation in (int, float)]
    assert numbers
    assert [name for name, field in numbers if len(field.metadata) < 2] == []


def test_no_two_settings_share_a_variable() -> None:
    variables = [variable_of(name) for name, _ in settings_fields()]
    assert len(variables) == len(set(variables))


def test_a_password_in_an_address_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINCITE_STORAGE_VECTORS", "http://ann:s3cret@chroma.example")
    with pytest.raises(BadSettings, match="PINCITE_STORAGE_VECTORS") as told:
        load_settings()
    assert "s3cret" not in str(told.value)
