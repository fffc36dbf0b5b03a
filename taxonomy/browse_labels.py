"""The values of facets in words, and the order in which a reader sees them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from taxonomy.browse_index import Counts, FacetIndex, Value
from taxonomy.question import FacetCount
from taxonomy.vocab import BrowseFacet, Direction, Facet, InSurvey, Kind, Mark, Need, TextLength

LABELS: Mapping[BrowseFacet, Mapping[str, str]] = MappingProxyType(
    {
        BrowseFacet.KIND: {kind.value: kind.value for kind in Kind},
        BrowseFacet.HAS_CODE: {"yes": "with code", "no": "without code"},
        BrowseFacet.HAS_DATA: {"yes": "with a link to the data", "no": "without a link to the data"},
        BrowseFacet.HAS_RESULTS: {"yes": "with published numbers", "no": "without published numbers"},
        BrowseFacet.RUNS_HERE: {"yes": "runs here", "no": "does not run here"},
        BrowseFacet.TEXT_LENGTH: {
            TextLength.SHORT: "short text",
            TextLength.LONG: "long text",
            TextLength.NA: "no text to write",
        },
        BrowseFacet.DIRECTION: {Direction.HIGHER: "higher is better", Direction.LOWER: "lower is better"},
        BrowseFacet.NEEDS: {need.value: need.value.replace("_", " ").replace("llm", "LLM") for need in Need},
        BrowseFacet.TREE: {facet.value: facet.value for facet in Facet},
        BrowseFacet.MARK: {mark.value: mark.label for mark in Mark},
        BrowseFacet.IN_SURVEY: {value.value: value.label for value in InSurvey},
    }
)
_BY_COUNT = frozenset({BrowseFacet.VENUE, BrowseFacet.TASK, BrowseFacet.DATASET})


Placed = tuple[int, FacetCount]  # row of the index, and the value with its label and a count of 0


class Labels:
    """The values of every facet in their order, each with its label; made once for an index.

    Years stand from the newest; venues, tasks and datasets from the most entries; words in the order of their
    vocabulary; nodes as in their tree.
    """

    def __init__(self, index: FacetIndex) -> None:
        every = slice(0, len(index.values))
        sizes = index.within(index.all, every).tolist()
        self._facets = {
            facet: [_placed(row, value, index, span) for row, value in _ordered(facet, index, span, sizes)]
            for facet, span in index.spans.items()
        }

    def of(self, counts: Counts) -> dict[BrowseFacet, tuple[FacetCount, ...]]:
        """Every value of every facet with its count, facets in the order of their vocabulary."""
        listed = counts.tolist()
        return {
            facet: tuple([_counted(none, count) if (count := listed[row]) else none for row, none in placed])
            for facet, placed in self._facets.items()
        }


def _placed(row: int, value: Value, index: FacetIndex, span: slice) -> Placed:
    shallowest = min(other.depth for other in index.values[span])
    label = value.name or LABELS.get(value.facet, {}).get(value.value, value.value)
    return row, FacetCount(value.value, label, value.mark, 0, value.depth - shallowest)


def _counted(none: FacetCount, count: int) -> FacetCount:
    return FacetCount(none.value, none.label, none.mark, count, none.depth)


def _ordered(facet: BrowseFacet, index: FacetIndex, span: slice, sizes: list[int]) -> list[tuple[int, Value]]:
    rows = [(row, index.values[row]) for row in range(span.start, span.stop)]
    words = list(LABELS.get(facet, ()))
    if facet is BrowseFacet.YEAR:
        return rows[::-1]
    if facet in _BY_COUNT:
        return sorted(rows, key=lambda each: (-sizes[each[0]], each[1].value))
    return sorted(rows, key=lambda each: words.index(each[1].value)) if words else rows
