"""The table of methods and kinds of tasks in ARCHITECTURE is what the methods say; an empty cell has its reason."""

from __future__ import annotations

import re

from data.home import ROOT
from data.records import TaskKind
from engines.applicability import KINDS, NO_ANSWER, NO_LIST, TOP_N, matrix
from engines.methods import methods
from engines.recommenders import recommenders


def test_the_table_in_the_document_is_the_one_that_the_methods_make() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    written = text.partition("<!-- matrix -->\n")[2].partition("<!-- /matrix -->")[0]
    assert written == matrix(), "put what `python -m engines methods --matrix` prints between the two marks"


def test_every_cell_is_filled_and_every_number_has_a_sentence() -> None:
    table = matrix()
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \|$", table, re.M)
    assert [name for name, _ in rows] == [*sorted(methods), *sorted(recommenders)]
    reasons = dict(re.findall(r"^(\d+)\. (.+)$", table, re.M))
    for name, cells in rows:
        for kind, cell in zip([*TaskKind, TOP_N], cells.split(" | "), strict=True):
            why = methods[name].info.why_unfit(TaskKind(kind)) if kind in KINDS and name in methods else NO_ANSWER
            why = (NO_LIST if name in methods else "") if kind == TOP_N else why
            said = "runs" if cell == "runs" else reasons[cell.strip("()")]
            assert said.lower() == (why.lower() or "runs")
            assert not why or (why.endswith(".") and len(why.split()) > 4)
