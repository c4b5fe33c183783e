"""Generating text with a GGUF model: the only file that runs one.

Always the likeliest token: the same messages get the same words.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer
from tokenizers.decoders import DecodeStream
from transformers import AutoModelForCausalLM, AutoTokenizer

Tokens = list[int]
Schema = dict[str, Any]  # JSON Schema


class BadSchema(ValueError):
    """A JSON schema that no grammar can be made of."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one token adds; `finish` says with the last one why it is the last."""

    text: str = ""
    finish: Literal["stop", "length"] | None = None


class LocalChat:
    """A chat model in memory.

    Args:
        weights: a GGUF file whose architecture `transformers` knows and whose turns are marked as in ChatML.
    """

    def __init__(self, weights: Path) -> None:
        # Beside other work two threads wait for each other longer than one takes for all of it.
        torch.set_num_threads(1)
        files = {"pretrained_model_name_or_path": str(weights.parent), "gguf_file": weights.name}
        self._tokenizer = cast("Any", AutoTokenizer.from_pretrained(**files))
        self._model = AutoModelForCausalLM.from_pretrained(**files, dtype=torch.float32)
        self._model.eval()  # type: ignore[no-untyped-call]
        self._guide: LLTokenizer = from_tokenizer(self._tokenizer)
        self.context: int = self._model.config.max_position_embeddings

    def encode(self, messages: Sequence[tuple[str, str]]) -> Tokens:
        """The tokens of a chat, given as roles and contents, up to where the assistant's turn begins.

        No content can end its own turn or begin another: the marks of turns are read as plain letters in it.
        """
        start, end = map(self._tokenizer.convert_tokens_to_ids, ("<|im_start|>", "<|im_end|>"))
        line_end = self._plain("\n")
        tokens: Tokens = []
        for role, content in messages:
            tokens += [start, *self._plain(f"{role}\n{content}"), end, *line_end]
        return [*tokens, start, *self._plain("assistant\n")]

    def generate(self, tokens: Tokens, most: int, schema: Schema | None = None) -> Iterator[Piece]:
        """At most so many tokens after the given ones; with a schema, nothing but JSON of that form.

        Raises:
            BadSchema: before the first piece, if no grammar can be made of the schema.
        """
        matcher = self._matcher(schema) if schema is not None else None
        return self._pieces(tokens, most, matcher)

    def _pieces(self, tokens: Tokens, most: int, matcher: LLMatcher | None) -> Iterator[Piece]:
        stream, seen, step = DecodeStream(skip_special_tokens=True), None, tokens
        for _ in range(most):
            logits, seen = self._read(step, seen)
            token = _likeliest(logits, matcher)
            if token == self._tokenizer.eos_token_id:
                yield Piece(finish="stop")
                return
            yield Piece(stream.step(self._tokenizer.backend_tokenizer, token) or "")
            if matcher is not None and matcher.is_stopped():
                yield Piece(finish="stop")
                return
            step = [token]
        yield Piece(finish="length")

    @torch.inference_mode()
    def _read(self, step: Tokens, seen: object) -> tuple[torch.Tensor, object]:
        """The logits of the next token after these, and what is kept of all that was read."""
        read = self._model(input_ids=torch.tensor([step]), past_key_values=seen, logits_to_keep=1)
        return read.logits[0, -1], read.past_key_values

    def _matcher(self, schema: Schema) -> LLMatcher:
        # Between its tokens JSON may have any white space, which a small model never gets tired of.
        grammar = LLMatcher.grammar_from_json_schema(
            json.dumps(schema), overrides={"whitespace_flexible": False}
        )
        matcher = LLMatcher(self._guide, grammar)
        if problem := matcher.get_error():
            raise BadSchema(problem)
        return matcher

    def _plain(self, text: str) -> Tokens:
        encoded: Tokens = self._tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        return encoded


def _likeliest(logits: torch.Tensor, matcher: LLMatcher | None) -> int:
    if matcher is None:
        return int(logits.argmax())
    bits = np.unpackbits(np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8), bitorder="little")
    allowed = torch.from_numpy(bits[: logits.shape[0]].astype(bool))
    token = int(logits.masked_fill(~allowed, -torch.inf).argmax())
    matcher.consume_token(token)
    return token
