"""The scripted model for tests that need no more of it than what it says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.scripted_model import Raw, Request, Text, failure, scripted_model

# From the body of a chat request to the content of the reply; an int is an HTTP status to fail with.
Reply = Callable[[dict], str | int]


@contextmanager
def openai_server(reply: Reply = lambda asked: 501) -> Iterator[str]:
    """The base URL of a server that lives as long as the context and answers chats with `reply`."""

    def play(request: Request) -> Text | Raw:
        said = reply(request.body)
        return failure(said) if isinstance(said, int) else Text(said)

    with scripted_model(play) as model:
        yield model.url
