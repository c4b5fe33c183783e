"""What runs Pincite elsewhere is linted here, where no container engine and no systemd runs it."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose

from api.settings import settings_fields, variable_of
from tests.story.test_http import serving

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
UNIT = ROOT / "deploy" / "pincite.service"
PAPER = ROOT / "docs" / "operating.md"
ANALYZE = shutil.which("systemd-analyze")
EXPOSED = "15"  # tenths; systemd calls up to 2.0 OK, an unhardened service has 9.6


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False, timeout=120
    )
    assert (run.returncode, run.stdout) == (0, "")


def test_all_that_the_dockerfile_copies_is_there_and_let_through() -> None:
    let_through = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
    }
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_is_of_one_base_and_runs_as_nobody_in_particular() -> None:
    assert len(set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))) == 1
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert yaml.safe_load(COMPOSE)["services"]["pincite"]["image"] == f"pincite:{version}"


def test_the_health_check_takes_any_answer_for_life_and_silence_for_none(tmp_path: Path) -> None:
    (command,) = re.findall(r'CMD (\["python", "-c".+\])$', DOCKERFILE, re.MULTILINE)
    _, *arguments = json.loads(command)

    def check(port: int) -> int:
        there = [argument.replace("8000", str(port)) for argument in arguments]
        return subprocess.run([sys.executable, *there], stderr=subprocess.DEVNULL, check=False).returncode

    with serving(tmp_path / "no index yet") as client:
        port = client.base_url.port or 0
        assert check(port) == 0
    assert check(port) == 1


def test_the_compose_file_is_one_and_gives_no_service_more_than_it_needs() -> None:
    assert PyCompose.from_yaml(COMPOSE).service_names() == ["pincite", "proxy"]
    for service in yaml.safe_load(COMPOSE)["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"]
        assert service["pids_limit"]


def test_what_is_published_is_this_machines_alone_unless_tls_is_asked_for() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    assert all(port.startswith("127.0.0.1:") for port in services["pincite"]["ports"])
    assert services["proxy"]["profiles"] == ["tls"]


@pytest.mark.parametrize(
    "path", ["Dockerfile", "compose.yaml", "deploy/pincite.service", "docs/operating.md"]
)
def test_every_variable_that_is_named_is_a_setting(path: str) -> None:
    known = {variable_of(name) for name, _ in settings_fields()}
    assert set(re.findall(r"\bPINCITE_[A-Z_]+\b", (ROOT / path).read_text())) <= known


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is missing: install Debian's package `systemd`")
def test_systemd_understands_the_unit_and_finds_it_hardened(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/pincite/bin/pincite", "/bin/true"))
    run = subprocess.run([ANALYZE, "verify", unit], capture_output=True, text=True, check=False)  # type: ignore[list-item]
    told = [line for line in run.stderr.splitlines() if UNIT.name in line]
    assert (run.returncode, told) == (0, [])
    judged = subprocess.run(
        [ANALYZE, "security", "--offline=true", f"--threshold={EXPOSED}", "--no-pager", unit],  # type: ignore[list-item]
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout


def test_the_metrics_that_are_explained_are_those_there_are(tmp_path: Path) -> None:
    explained = set(re.findall(r"`(pincite_[a-z_]+)", PAPER.read_text()))
    with serving(tmp_path / "index") as client:
        told = set(re.findall(r"^# TYPE (\S+)", client.get("/metrics").text, re.MULTILINE))
    of_an_index = {"pincite_documents", "pincite_sentences", "pincite_passages", "pincite_index_bytes"}
    assert explained == told | of_an_index
