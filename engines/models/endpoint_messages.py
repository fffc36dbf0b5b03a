"""Conditioned messages as a server gets them: template marks broken up, the opened answer kept or asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engines.types import Message

COMPLETE = "Complete the text below. Write only what follows its last word, nothing before it and no explanation."
MARKS = re.compile(r"<(?=[|\uff5c])|<(?=/?s>)|\[(?=/?INST\])|<(?=(?:start|end)_of_turn>)|<(?=/?think>)")
CONTINUED: Mapping[str, Any] = {"continue_final_message": True, "add_generation_prompt": False}


def plain(text: str) -> str:
    """Text in which the marks of the usual chat templates cannot be read: a space goes behind the first sign."""
    return MARKS.sub(lambda found: f"{found.group()} ", text)


def opened(messages: Sequence[Message]) -> str:
    """The answer that the model is to continue; empty where there is none."""
    return messages[-1].text if messages and messages[-1].role == "assistant" else ""


def as_said(messages: Sequence[Message], *, continues: bool) -> list[dict[str, str]]:
    """The messages in the server's form.

    Args:
        messages: the last one, of role assistant, is an opened answer.
        continues: whether the server continues such an answer; else it is asked for at the end of the user's turn.
    """
    start = opened(messages)
    turns = list(messages[:-1]) if messages and messages[-1].role == "assistant" else list(messages)
    said = [{"role": turn.role, "content": plain(turn.text)} for turn in turns]
    if start and continues:
        said.append({"role": "assistant", "content": plain(start)})
    elif start:
        asked = f"{COMPLETE}\n\n{plain(start)}"
        if said and said[-1]["role"] == "user":
            said[-1]["content"] = f"{said[-1]['content']}\n\n{asked}".strip()
        else:
            said.append({"role": "user", "content": asked})
    return said
