"""`pincite models`."""

from dataclasses import asdict

import uvicorn
from pydantic import BaseModel

from api.errors import Misuse
from api.layout import block, one_line
from api.local_model.weights import SMOLLM2, checked_weights, is_installed
from api.schemas import FROZEN
from api.settings import load_settings
from api.terminal.exits import ANSWERED, FAILED
from api.terminal.output import note, print_blocks, print_object
from qa.settings import EXTRACTIVE

LOOPBACK = "127.0.0.1"
NONE = "no chat model is set: answers are sentences of the documents, word for word; see docs/models.md"


class LocalModelObject(BaseModel):
    """A model that can run on this machine."""

    model_config = FROZEN

    name: str
    hub_name: str
    licence: str
    bytes: int
    installed: bool


class ModelListObject(BaseModel):
    """The models there are, and which one answers."""

    model_config = FROZEN

    answering: str | None
    local: tuple[LocalModelObject, ...]


class FindingObject(BaseModel):
    """What one trial found."""

    model_config = FROZEN

    trial: str
    passed: bool
    told: str
    seconds: float


class CheckObject(BaseModel):
    """What trying a chat model found."""

    model_config = FROZEN

    model: str
    findings: tuple[FindingObject, ...]


def show(*, json: bool) -> int:
    """Prints which models run here, and which one answers.

    Raises:
        BadSettings: if the settings cannot be.
    """
    model = load_settings({}).generation.model
    answering = None if model == EXTRACTIVE else model
    local = LocalModelObject(
        name=SMOLLM2.name,
        hub_name=SMOLLM2.hub_name,
        licence=SMOLLM2.licence,
        bytes=SMOLLM2.size,
        installed=is_installed(SMOLLM2),
    )
    listed = ModelListObject(answering=answering, local=(local,))
    if json:
        print_object(listed)
        return ANSWERED
    state = "installed" if local.installed else "not installed"
    print_blocks([block(f"{local.name}  {local.hub_name}  {local.bytes / 1e6:.0f} MB  {state}")])
    note(f"the model that answers is {answering}" if answering else NONE)
    return ANSWERED


def check(*, json: bool) -> int:
    """Tries the chat model that the settings name; fails if it does not even answer.

    Raises:
        GeneratorUnavailable: if it cannot be opened.
        Misuse: if none is set.
    """
    generation = load_settings({}).generation
    if generation.model == EXTRACTIVE:
        raise Misuse(NONE)
    # Here, not above: LangChain takes a while to import.
    from qa.chat_checking import check_chat_model
    from qa.chat_model import ChatModel

    findings = []
    for found in check_chat_model(ChatModel(generation), generation.deadline_seconds):
        findings.append(found)
        if not json:
            mark = "yes" if found.passed else "no"
            told = f"{found.trial}: {mark}  {found.seconds:.1f} s  {one_line(found.told)}"
            print_blocks([block(told, hang=4)])
    if json:
        objects = tuple(FindingObject(**asdict(each)) for each in findings)
        print_object(CheckObject(model=generation.model, findings=objects))
    return ANSWERED if findings[0].passed else FAILED


def serve(port: int) -> int:
    """Serves the local model until interrupted, to this machine alone.

    Raises:
        ModelUnavailable: if it is not installed or not the promised one.
    """
    weights = checked_weights(SMOLLM2)
    note(f"loading {SMOLLM2.name}: it takes some seconds, and it is weak; see docs/models.md")
    from api.local_model.app import create_local_app
    from api.local_model.generating import LocalChat

    app = create_local_app(LocalChat(weights), SMOLLM2.name)
    note(
        f"ready: PINCITE_GENERATION_MODEL={SMOLLM2.name}"
        f" PINCITE_GENERATION_BASE_URL=http://{LOOPBACK}:{port}/v1 pincite ask …"
    )
    uvicorn.run(
        app, host=LOOPBACK, port=port, http="h11", ws="none", server_header=False, log_level="warning"
    )
    return ANSWERED
