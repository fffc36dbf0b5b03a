"""Why a column answers as it does: items used, the final prompt with its spans marked, the diff, what is followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import playground_code as code
from dashboard.parts.playground_columns import CELL, LINE, SOFT
from dashboard.parts.playground_diff import Words, number_diff, word_diff
from dashboard.parts.playground_rows import ArmRow, ColumnRow
from data.records import TaskKind
from engines.types import LATER, Arm, Level, MethodInfo, Reach

if TYPE_CHECKING:
    from data.records import Task
    from engines.types import Conditioning, Dropped, Message, Part, ScoredText, Used

OWN = "text-decoration:underline solid 2px #0072B2;text-underline-offset:.25em;background:rgba(0,114,178,.12)"
OTHER = "text-decoration:underline dashed 2px #E69F00;text-underline-offset:.25em;background:rgba(230,159,0,.12)"
BOX = (
    "white-space:pre-wrap;overflow-wrap:anywhere;font-size:.82rem;line-height:1.5;max-height:24em;overflow:auto;"
    "border:1px solid rgba(136,142,150,.35);border-radius:.3em;padding:.4em .6em"
)
WIDTH = 640
LEGEND = f'<span style="{OWN}">this user\u2019s own</span> \u00b7 <span style="{OTHER}">somebody else\u2019s</span>'


def popover(column: ColumnRow, plain: ColumnRow | None, *, person: str, task: Task, names: Mapping[str, str]) -> None:
    """A button that opens the evidence beside the answer.

    Args:
        column: what to explain.
        plain: the column of `none`, if it is there.
        person: the id of the shown user, whose own spans are marked.
        task: says how items are written.
        names: catalog key to name.
    """
    used = len(_evidence(column.main)) if column.main.outcome else 0
    label = f"Why ({used} items used)" if used else "Why"
    with st.popover(label, icon=":material/quiz:", width="stretch", key=f"pg_why_{column.place}"):
        row = _choose_arm(column)
        with st.container(width=WIDTH):
            _arm(column, row, plain=plain, person=person, task=task)
            followed(column.info, names)
            code.draw(column.method, column.place)


def later(place: int) -> None:
    """The button while a run goes on, when what it opens would change all the time."""
    st.button("Why", icon=":material/quiz:", width="stretch", key=f"pg_why_later_{place}", disabled=True)


def _evidence(row: ArmRow) -> Sequence[Used]:
    made = row.outcome.conditioning if row.outcome else None
    return made.evidence.used if made else ()


def _choose_arm(column: ColumnRow) -> ArmRow:
    if len(column.arms) == 1:
        return column.main
    labels = {row.arm.value: row.label for row in column.arms}
    chosen = st.segmented_control(
        "Whose data", list(labels), format_func=labels.get, default=column.main.arm.value, key=f"pg_arm_{column.place}"
    )
    return column.arm(Arm(chosen)) or column.main if chosen else column.main


def _arm(column: ColumnRow, row: ArmRow, *, plain: ColumnRow | None, person: str, task: Task) -> None:
    made = row.outcome.conditioning if row.outcome else None
    if made is None:
        st.caption("There is no prompt yet." if not row.failure else safe.markdown(row.failure))
        return
    assert row.outcome is not None  # noqa: S101 - it holds the conditioning
    st.markdown(f"**Items used** :small[:gray[{safe.markdown(given(column.info, row, person))}]]")
    st.html(used_table(made.evidence.used, task) + _dropped(made.dropped) + _lines(made.evidence.notes))
    if made.evidence.texts:
        st.markdown(f"**{tried(task, made.evidence.texts)}**")
        st.html(summaries(made.evidence.texts))
    if plain is not None and plain is not column:
        st.markdown("**Against no personalization**")
        st.html(difference(task.kind, plain.main, row))
    st.markdown(f"**The final prompt** :small[:gray[{row.outcome.prompt_tokens:,} tokens]]")
    st.html(prompt(made, person))


def given(info: MethodInfo, row: ArmRow, person: str) -> str:
    """Whose data this arm was given: a persona method has the user's group or traits, not the user's own items."""
    owner = row.outcome.owner if row.outcome else ""
    if not owner:
        return "of the same people for everyone" if row.label == "everyone's" else "given: nobody's data"
    what = "the data"
    if info.level is Level.PERSONA:
        what = "others of the persona" if info.uses is Reach.PERSONA else "the traits"
    return f"given: {what} of {owner}, {'this' if owner == person else 'another'} user"


def used_table(used: Sequence[Used], task: Task) -> str:
    """Items with score and reason, in the method's order of preference."""
    if not used:
        return f'<div style="{SOFT}">None.</div>'
    lines = "".join(
        f'<tr><td style="{LINE};padding:.15em .4em .15em 0">{safe.html(task.write_item(one.item).strip())}</td>'
        f'<td style="{CELL}">{"" if one.score is None else f"{one.score:.2f}"}</td>'
        f'<td style="{LINE};padding:.15em .3em">{safe.html(one.why)}</td></tr>'
        for one in used
    )
    heads = "".join(
        f'<th scope="col" style="{LINE};text-align:left;padding:.15em .3em">{name}</th>'
        for name in ("item", "score", "reason")
    )
    return (
        '<div style="max-height:18em;overflow:auto" tabindex="0"><table style="border-collapse:collapse;width:100%;'
        f'font-size:.8rem"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _dropped(dropped: Sequence[Dropped]) -> str:
    if not dropped:
        return f'<div style="{SOFT};margin-top:.4em">Nothing was dropped for the budget.</div>'
    lines = "".join(f"<li>{safe.html(f'{one.what}: {one.tokens} tokens, {one.why}')}</li>" for one in dropped)
    return f'<div style="{SOFT};margin-top:.4em"><b>Left out</b><ul style="margin:0">{lines}</ul></div>'


def _lines(notes: Sequence[str]) -> str:
    return "".join(f'<div style="{SOFT};margin-top:.3em">{safe.html(note)}</div>' for note in notes)


def tried(task: Task, texts: Sequence[ScoredText]) -> str:
    """The heading of the texts that a method judged or weighed."""
    if all(one.measure.startswith("weight") for one in texts):
        return "What weighs most in it"
    judged = task.kind is TaskKind.CHOOSE and all(one.measure != LATER for one in texts)
    return "The answers, judged" if judged else "What was tried"


def summaries(texts: Sequence[ScoredText]) -> str:
    """Every judged text with its score; the chosen one framed, words without support in the history marked."""
    return "".join(_summary(one) for one in texts)


def _summary(one: ScoredText) -> str:
    wave = "text-decoration:underline wavy #D55E00;text-underline-offset:.2em"
    words = [
        f'<span style="{wave}" title="nothing in the history supports this word">{safe.html(word)}</span>'
        if _bare(word) in one.unsupported
        else safe.html(word)
        for word in one.text.split()
    ]
    frame = "border:2px solid currentColor" if one.chosen else "border:1px solid rgba(136,142,150,.4)"
    judged = "not judged" if one.score is None else f"{one.measure}: {one.score:.2f}"
    head = f"{'chosen; ' if one.chosen else ''}{judged}"
    return (
        f'<div style="{frame};border-radius:.3em;padding:.3em .6em;margin:.3em 0;font-size:.85rem">'
        f'<div style="{SOFT}">{head}</div>{" ".join(words)}</div>'
    )


def _bare(word: str) -> str:
    return "".join(c for c in word.lower() if c.isalpha())


def difference(kind: TaskKind, plain: ArmRow, row: ArmRow) -> str:
    """What this arm says otherwise than no personalization."""
    if kind is TaskKind.RATE or kind.ranks:
        return f"<div>{safe.html(number_diff(kind, plain, row)) or 'Not computed.'}</div>"
    if not plain.text or not row.text:
        return "<div>Not written yet.</div>"
    return f'<div tabindex="0" style="{BOX}">{" ".join(map(_words, word_diff(plain.text, row.text)))}</div>'


def _words(words: Words) -> str:
    text = safe.html(words.text)
    if words.change == "same":
        return text
    return (
        f'<del style="opacity:.7">{text}</del>'
        if words.change == "gone"
        else f'<ins style="font-weight:600">{text}</ins>'
    )


def prompt(made: Conditioning, person: str) -> str:
    """The messages as the model reads them, with spans of personal data marked by whose they are."""
    return f'<div style="{SOFT}">{LEGEND}</div>' + "".join(_message(message, person) for message in made.messages)


def _message(message: Message, person: str) -> str:
    parts = "".join(_part(part, person) for part in message.parts)
    return (
        f'<div style="{SOFT};margin-top:.5em;font-weight:600">{safe.html(message.role)}</div>'
        f'<div tabindex="0" style="{BOX}">{parts}</div>'
    )


def _part(part: Part, person: str) -> str:
    text = safe.html(part.text)
    if not part.owner:
        return text
    own = part.owner == person
    whose = "this user's own" if own else f"of user {part.owner}"
    return f'<span style="{OWN if own else OTHER}" title="{safe.html(whose)}">{text}</span>'


def followed(info: MethodInfo, names: Mapping[str, str]) -> None:
    """The catalog entries that a method follows, how, and what differs, with links."""
    st.markdown("**What it follows**")
    if not info.follows:
        st.caption("A baseline; it follows no entry." if info.uses is Reach.NOTHING else "It follows no entry.")
    for each in info.follows:
        page_link(
            "entry",
            names.get(each.entry, each.entry),
            query={"kind": "method", "key": each.entry},
            icon=":material/psychology:",
        )
        st.markdown(safe.markdown(f"{each.how.capitalize()} it. What differs: {each.differs}"))
    if info.reads is TaskKind.CHOOSE:
        page_link("preferences", "Teach a reward by ten choices of your own", icon=":material/thumbs_up_down:")
    if info.caveat:
        st.markdown(f":material/info: {safe.markdown(info.caveat)}")
