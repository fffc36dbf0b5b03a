"""A part of a page that the browser builds as one element: text, badges, links to other pages, boxes to tick.

Streamlit draws each text, link and box as an element of its own, which costs a browser several milliseconds; a list of
twenty entries has two hundred. Here a list is one, built of plain nodes. Links keep real addresses, so that they can be
copied and opened elsewhere; a plain click goes there without loading the dashboard again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import navigation, safe
from dashboard.parts import cards
from dashboard.parts.markup import Node, Tag, plain_data, tag
from taxonomy.model import EntryRef

# Texts become text nodes and attributes are of a closed list: nothing that comes from data can become markup or run.
# A click on a link is taken by `navigation.one_step`.
# What stays the same stays in place. What has the focus has it afterwards, so that the keyboard goes on where it was.
_BUILD = """
const TAGS = new Set(["a", "b", "div", "i", "input", "li", "mark", "p", "span", "ul"]);
const NAMES = new Set([
  "aria-hidden", "aria-label", "checked", "class", "disabled", "href", "role", "style", "title", "translate", "type",
  "value"]);
const own = address => address.startsWith("/") && new URL(address, location.href).origin === location.origin;
const built = node => {
  if (typeof node === "string") return document.createTextNode(node);
  const [name, given, children] = node;
  const made = document.createElement(TAGS.has(name) ? name : "span");
  for (const [key, value] of Object.entries(given))
    if (NAMES.has(key) && (key !== "href" || own(value))) made.setAttribute(key, value);
  made.append(...children.map(built));
  return made;
};
const sign = element => element && (element.getAttribute("href") || element.value);
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".at-piece");
  const focused = root.contains(document.activeElement) ? sign(document.activeElement) : null;
  const now = data.map(each => JSON.stringify(each)), before = root.known || [];
  now.forEach((text, at) => {
    const old = root.children[at];
    const ticked = old && old.querySelector("input");
    if (old && text === before[at]) { if (ticked) ticked.checked = ticked.defaultChecked; }
    else if (old) old.replaceWith(built(data[at]));
    else root.append(built(data[at]));
  });
  while (root.children.length > now.length) root.lastChild.remove();
  root.known = now;
  if (focused !== null && !root.contains(document.activeElement)) {
    const again = [...root.querySelectorAll("a, input")].find(each => sign(each) === focused);
    if (again) again.focus({ preventScroll: true });
  }
  root.onchange = event => setTriggerValue("ticked", event.target.value);
}
"""
_LOOK = """
.at-piece { display: flex; flex-direction: column; gap: 1rem; font-family: var(--st-font); color: var(--st-text-color) }
.at-piece > * { min-width: 0; overflow-wrap: anywhere }
.at-piece p { margin: 0; line-height: 1.5; font-size: 1rem }
.at-piece a b { font-weight: 600; font-size: .875rem }
.at-piece a, .at-piece a:visited { color: inherit; text-decoration: none; border-radius: .25rem; padding: .15rem .4rem;
  display: inline-flex; align-items: center; gap: .35rem; min-width: 0 }
.at-piece .button { background: var(--st-secondary-background-color) }
.at-piece a:hover { background: color-mix(in srgb, var(--st-text-color) 12%, transparent) }
.at-piece :focus-visible { outline: 2px solid var(--st-link-color); outline-offset: 1px }
.at-piece i { font: normal 1rem/1 "Material Symbols Rounded"; flex: none; width: 1rem; height: 1rem;
  overflow: hidden; white-space: nowrap; vertical-align: -.15em; font-feature-settings: "liga"; user-select: none }
.at-piece mark { background: var(--st-violet-background-color); color: inherit; border-radius: .2rem; padding: 0 .15em }
.at-piece input { appearance: none; width: 1rem; height: 1rem; margin: 0; flex: none; border-radius: .2rem;
  display: grid; place-content: center; cursor: pointer;
  border: 1px solid color-mix(in srgb, var(--st-text-color) 55%, transparent) }
.at-piece input:checked { background: var(--st-primary-color); border-color: var(--st-primary-color) }
.at-piece input:checked::before { content: ""; width: .65rem; height: .65rem; background: #fff;
  clip-path: polygon(14% 44%, 0 65%, 45% 100%, 100% 16%, 82% 2%, 43% 62%) }
.at-piece input:disabled { opacity: .4; cursor: default }
@media (forced-colors: active) { .at-piece input { appearance: auto } }
.at-piece .card { border: 1px solid var(--st-border-color); border-radius: .5rem; padding: .75rem .95rem;
  display: flex; flex-direction: column; gap: .2rem }
.at-piece .row { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .6rem; min-width: 0 }
.at-piece .badges { display: flex; flex-wrap: wrap; gap: .15em .4em; min-width: 0 }
.at-piece .quiet { font-size: .875rem; color: color-mix(in srgb, var(--st-text-color) 70%, transparent) }
.at-piece .wide { flex: 1 1 12rem; min-width: 0 }
"""
_mount = st.components.v2.component(
    "attune_piece", html='<div class="at-piece"></div>', css=_LOOK, js=_BUILD, isolate_styles=False
)


def draw(nodes: Sequence[Node], *, key: str, on_tick: Callable[[str], None] | None = None) -> None:
    """The nodes, one below the other, as one element.

    Args:
        nodes: elements; an `a` with an address of `navigation.address` leads there.
        key: unique on the page.
        on_tick: called with the value of a box that was ticked or cleared; what it stands for is then drawn anew.
    """
    _mount(
        key=key,
        data=[plain_data(node) for node in nodes],
        on_ticked_change=lambda: on_tick(str(st.session_state[key].ticked)) if on_tick else None,
    )


def icon(name: str) -> Tag:
    """A Material symbol, as Streamlit names them; those who listen do not hear of it."""
    word = name.removeprefix(":material/").rstrip(":")
    return tag("i", word, aria_hidden="true", translate="no")


def entry_link(ref: EntryRef, *name: Node) -> Tag:
    """A link to the page of an entry; `name` is its name with marks."""
    address = navigation.address("entry", cards.entry_query(ref))
    return tag("a", icon(cards.KIND_ICON[ref.kind]), tag("b", *(name or (safe.plain(ref.name),))), href=address)
