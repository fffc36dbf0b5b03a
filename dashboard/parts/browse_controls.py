"""What stands above the list of Browse: the box for words, how to search, the order, the view, and help."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.navigation import page_link
from dashboard.parts import badges, browse_table, later
from dashboard.parts.browse_address import LIKE, MODE, MODES, PAGE_NUMBER, SIZE, SORT, SORTS, TEXT, VIEW, VIEWS, Asked
from dashboard.services import Services
from taxonomy.query_words import SHOWN_NAMES
from taxonomy.search import Found
from taxonomy.search_vectors import Stage

# On a narrow screen the buttons above the list stand in one row each that can be moved sideways.
NARROW = (
    "<style>@media (max-width: 640px) { .st-key-br_facets, .st-key-br_tools "
    "{ flex-wrap: nowrap; overflow-x: auto; scrollbar-width: thin; padding-bottom: .3rem } "
    ".st-key-br_facets > *, .st-key-br_tools > * { flex-shrink: 0 } }</style>"
)
LOADING = Stage.LOADING.value
EXAMPLES = (
    ("level:user year:>=2024 has:code", "methods, data and papers of the user level since 2024 with public code"),
    ("technique:rag.dense,rag.sparse kind:method", "methods with dense or sparse retrieval"),
    ("technique:rag* -venue:arXiv", "anything with retrieval that is more than a preprint"),
    ('"user history" -survey', "entries with this phrase and without that word"),
    ("kind:dataset length:long year:2023..2025", "data that asks for long texts, of these years"),
    ("kind:metric needs:llm_judge direction:higher", "metrics that need an LLM judge, higher is better"),
    ("runs:here uses:lamp-1", "methods of this installation that use LaMP-1"),
)


def draw(asked: Asked) -> None:
    """The controls, each bound to the address."""
    seen = asked.seen
    st.html(NARROW)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Search",
            type="search",
            placeholder='Words, "a phrase", level:user year:>=2024 has:code',
            icon=":material/search:",
            width=400,
            **state.bound(TEXT, seen[TEXT], PAGE_NUMBER, LIKE),
        )
        _choose("Search by", MODES, MODE, asked)
        _choose("Sort by", SORTS, SORT, asked)
        st.segmented_control(
            "View",
            list(VIEWS),
            format_func=VIEWS.__getitem__,
            required=True,
            **state.bound(VIEW, seen[VIEW], PAGE_NUMBER),
        )


def explanations() -> None:
    """What can be typed, and what the badges mean."""
    later.popover("Query words", _help, key="br_words", icon=":material/code:")
    badges.legend()


def coverage() -> None:
    """A way to the same entries as a heat map."""
    link = {name: value for name, value in st.query_params.items() if name.startswith("br_")}
    page_link("coverage", "Coverage of these", query=link, icon=":material/grid_on:")


def columns() -> None:
    """Which columns a table has."""
    chosen = state.here(browse_table.CHOSEN)[browse_table.CHOSEN]
    with st.popover("Columns", icon=":material/view_column:"):
        st.multiselect(
            "Columns",
            list(browse_table.COLUMNS),
            format_func=lambda name: browse_table.COLUMNS[name][0],
            **state.bound(browse_table.CHOSEN, chosen),
        )


def pages(asked: Asked, total: int, page: int) -> None:
    """Steps to the other pages, and a number to go to any."""
    size = SIZE[asked.seen[VIEW]]
    last = last_page(total, size)
    if last == 1:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="center", key="br_pages"):
        _step("Previous", page - 1, disabled=page <= 1, icon=":material/chevron_left:")
        st.markdown(span_of(page, total, size), width="content")
        st.number_input(f"Page, of {last:,}", 1, last, width=150, **state.bound(PAGE_NUMBER, page))
        _step("Next", page + 1, disabled=page >= last, icon=":material/chevron_right:")


def last_page(total: int, size: int) -> int:
    """The number of the last page, at least 1."""
    return max(1, -(-total // size))


def span_of(page: int, total: int, size: int) -> str:
    """Which entries a page shows, in words."""
    first = (page - 1) * size + 1
    return f"{first:,} to {min(total, first + size - 1):,} of {total:,}"


def look_again(services: Services, found: Found | None) -> None:
    """Where words alone answered because the encoder loads, see whether it is there, and draw the page again then."""
    if found is not None and LOADING in found.note:
        _look_again(services)


@st.fragment(run_every=1.0)
def _look_again(services: Services) -> None:
    if services.searcher.stage != LOADING:
        st.rerun()


def _choose(label: str, options: object, field: state.Field[str], asked: Asked) -> None:
    names = {name: words[0] for name, words in dict(options).items()}  # type: ignore[call-overload]
    bound = state.bound(field, asked.seen[field], PAGE_NUMBER)
    st.selectbox(label, list(names), format_func=names.__getitem__, width=172, **bound)


def _help() -> None:
    st.markdown("**Words and conditions in one box**")
    st.markdown(
        "Conditions are all required. `a,b` is either, `-` before a word bars it, `*` after a beginning takes all that "
        "begin so, quotes keep words together. Years: `2024`, `2020..2024`, `>=2024`, `<2021`."
    )
    for typed, meaning in EXAMPLES:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            page_link("browse", typed, query={"br_q": typed}, icon=":material/arrow_forward:")
            st.caption(meaning)
    st.markdown("**Query words**")
    st.caption(", ".join(f"`{name}:`" for name in SHOWN_NAMES))


def _step(label: str, page: int, *, disabled: bool, icon: str) -> None:
    st.button(
        label, key=f"br_{label.lower()}", icon=icon, disabled=disabled, on_click=state.put, args=(PAGE_NUMBER, page)
    )
