"""How the names that occur in facts find what they name: metrics with a k, dataset aliases, papers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from taxonomy.folding import slug, title_key
from taxonomy.load import Facts, Record

ARXIV_URL = "https://arxiv.org/abs/"
_AT_NUMBER = re.compile(r"(?P<stem>.+)@(?P<k>[0-9]+)")
_PAPER_TABLES = ("method", "dataset", "source", "survey")


def metric_of(printed: str, metrics: Collection[str]) -> tuple[str, int | None] | None:
    """The metric key and k of a printed metric: `ndcg@10` is `ndcg@k` with 10, `mrr@10` is `mrr` with 10.

    Returns:
        None when no metric of the catalog fits.
    """
    match = _AT_NUMBER.fullmatch(printed)
    k = int(match["k"]) if match else None
    candidates = [printed, f"{match['stem']}@k", match["stem"]] if match else [printed]
    return next(((key, k) for key in candidates if key in metrics), None)


def metric_name(name: str, k: int | None) -> str:
    """A metric's name with its k filled in: `NDCG@k` with 10 is `NDCG@10`, `MRR` with 10 is `MRR@10`."""
    if k is None or name.endswith(f"@{k}"):
        return name
    return f"{name[:-2]}@{k}" if name.lower().endswith("@k") else f"{name}@{k}"


def aliases(facts: Facts) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """Dataset names as methods write them, to the dataset keys that they mean (none: uncatalogued) and a note."""
    return {row.text("name"): (dataset_keys(row), row.text("note")) for row in facts.tables["alias"]}


def dataset_keys(alias: Record) -> tuple[str, ...]:
    """The dataset keys of one alias row."""
    return tuple(key.strip() for key in alias.text("dataset").split(";") if key.strip())


def ancestors(node: str, nodes: Mapping[str, Record]) -> tuple[str, ...]:
    """A node and everything above it, nearest first; stops where a parent is unknown or repeats."""
    chain: list[str] = []
    while node in nodes and node not in chain:
        chain.append(node)
        node = nodes[node].text("parent")
    return tuple(chain)


@dataclass(frozen=True)
class Paper:
    """A paper with all that names it.

    Attributes:
        key: the arXiv id, or the title's words where there is none.
        named_by: pairs of table (method, dataset, source, survey) and key.
    """

    key: str
    title: str
    authors: str
    year: int | None
    venue: str
    arxiv_id: str | None
    url: str | None
    named_by: tuple[tuple[str, str], ...]


def papers(facts: Facts) -> tuple[Paper, ...]:
    """Every paper that a method, dataset, source of results or the survey names; one for each arXiv id or title."""
    groups: dict[str, list[tuple[str, Record]]] = {}
    for table, record in _naming(facts):
        groups.setdefault(title_key(record.text("title")), []).append((table, record))
    by_id: dict[str, list[tuple[str, Record]]] = {}
    for group in groups.values():
        ids = [record.text("arxiv_id") for _, record in group if record.text("arxiv_id")]
        by_id.setdefault(ids[0] if ids else slug(group[0][1].text("title")), []).extend(group)
    return tuple(_paper(key, group) for key, group in sorted(by_id.items()))


def _naming(facts: Facts) -> Iterator[tuple[str, Record]]:
    for table in _PAPER_TABLES:
        yield from ((table, record) for record in sorted(facts.tables[table], key=lambda r: r.text("key")))


def _paper(key: str, group: list[tuple[str, Record]]) -> Paper:
    records = [record for _, record in group]
    arxiv_id = next((r.text("arxiv_id") for r in records if r.text("arxiv_id")), None)
    authors = next((_authors(r) for r in records if _authors(r)), "")
    years = [year for r in records if isinstance(year := r.values.get("year"), int)]
    venues = [r.text("venue") for r in records if r.text("venue")]
    urls = [r.text("url") for r in records if r.text("url")]
    return Paper(
        key=key,
        title=records[0].text("title"),
        authors=authors,
        year=years[0] if years else None,
        venue=next((v for v in venues if v.casefold() != "arxiv"), venues[0] if venues else ""),
        arxiv_id=arxiv_id,
        url=ARXIV_URL + arxiv_id if arxiv_id else (urls[0] if urls else None),
        named_by=tuple((table, record.text("key")) for table, record in group),
    )


def _authors(record: Record) -> str:
    listed = record.items("authors")
    return ", ".join(listed) if listed else record.text("authors")
