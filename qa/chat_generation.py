"""Generating with any chat model LangChain can open: the only file that imports it for answering."""

from langchain.chat_models import init_chat_model
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel, ConfigDict, Field

from qa.drafts import Draft, Evidence, Statement
from qa.errors import GeneratorFailed, GeneratorUnavailable
from qa.prompts import EDITION, SYSTEM, evidence_message

TIMEOUT_SECONDS = 60.0


class StatementObject(BaseModel):
    """One statement and the evidence it rests on."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="A short statement that answers the question or a part of it.")
    handles: list[str] = Field(description="Handles of the evidence sentences it rests on, such as S1.")


class DraftObject(BaseModel):
    """Statements that answer the question; none if the evidence does not answer it."""

    model_config = ConfigDict(extra="forbid")

    statements: list[StatementObject]


class LangChainGenerator:
    """Asks a chat model for statements with handles, as structured output.

    Args:
        model: a LangChain id, `provider:model`.

    Raises:
        GeneratorUnavailable: if its package or its credentials are missing.
    """

    def __init__(self, model: str) -> None:
        self.fingerprint = f"{model}/{EDITION}"
        try:
            chat = init_chat_model(model, temperature=0, timeout=TIMEOUT_SECONDS)
            self._model = chat.with_structured_output(DraftObject)
        except Exception as error:  # every provider's package raises what it likes
            raise GeneratorUnavailable(
                f"chat model {model!r} cannot be opened ({error}): install its LangChain package,"
                " set its key, or set PINCITE_QA_GENERATOR=extractive"
            ) from error

    def draft(self, question: str, evidence: Evidence) -> Draft:
        """See `qa.generation.Generator.draft`.

        Raises:
            GeneratorFailed: if the model cannot be reached or does not keep to the form.
        """
        messages = [SystemMessage(SYSTEM), HumanMessage(evidence_message(question, evidence))]
        try:
            reply = self._model.invoke(messages)
        except OutputParserException as error:
            raise GeneratorFailed("the chat model did not answer in the form asked for: try again") from error
        except Exception as error:  # every provider's package raises what it likes
            raise GeneratorFailed(f"the chat model failed ({error}): try again") from error
        if not isinstance(reply, DraftObject):
            raise GeneratorFailed("the chat model did not answer in the form asked for: try again")
        return Draft(tuple(Statement(item.text, tuple(item.handles)) for item in reply.statements))
