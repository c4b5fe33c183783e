"""Opening a chat model with LangChain."""

from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel

from qa.errors import GeneratorUnavailable
from qa.settings import GenerationSettings


def open_chat_model(generation: GenerationSettings) -> BaseChatModel:
    """The chat model that the settings name.

    Raises:
        GeneratorUnavailable: if its package or its credentials are missing.
    """
    options: dict[str, Any] = {"base_url": generation.base_url} if generation.base_url else {}
    try:
        opened: BaseChatModel = init_chat_model(generation.model, temperature=0, timeout=60.0, **options)
    except Exception as error:  # every provider's package raises what it likes
        raise GeneratorUnavailable(f"chat model {generation.model!r} cannot be opened ({error})") from error
    return opened
