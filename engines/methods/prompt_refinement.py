"""Prompt refinement: how a user's prompt is written is searched for on that user's own earlier items (survey 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from statistics import fmean

from data.records import ProfileItem, User
from engines.kept import Kept
from engines.methods import methods
from engines.prompts import Block, compose, rearranged
from engines.rehearsal import Rehearsal, admissible, likelihoods, rehearsals
from engines.retrievers import retrieve
from engines.types import (
    Capability,
    Conditioning,
    Config,
    Dropped,
    Evidence,
    Follows,
    Level,
    MethodInfo,
    Option,
    Part,
    Reach,
    Request,
    ScoredText,
)
from engines.world import World

TRIES = Option(
    "tries", "Prompts tried", 1, 24, 12, 1, "How many ways to write the prompt are tried; more of them take longer."
)
REHEARSALS = Option(
    "rehearsals", "Earlier items asked again", 1, 12, 4, 1, "On how many of the user's last items each way is tried."
)
NONE_LEFT = (
    "Nothing was tried: none of the user's items holds a request of this task with its answer and has others before "
    "it. The usual prompt is kept."
)
HEADINGS = ("", "Written by the user before:", "Answer as this user did here:")
ORDERS = ("best last", "best first", "oldest first")
WAYS = ("recent", "bm25", "dense", "hybrid")
AXES = ("retriever", "k", "alone", "order", "heading")


@dataclass(frozen=True)
class Way:
    """One way to write the prompt.

    Attributes:
        alone: whether items are written as the user's answers alone, without what these answered.
    """

    retriever: str = "recent"
    k: int = 8
    order: str = ORDERS[0]
    heading: str = ""
    alone: bool = False

    def words(self) -> str:
        """As shown to a reader."""
        heading = f"headed \u201c{self.heading}\u201d" if self.heading else "no heading"
        return (
            f"retriever {self.retriever}, k {self.k}, {self.order}, {heading}{', answers alone' if self.alone else ''}"
        )


@dataclass(frozen=True)
class Refined:
    """The chosen way with all that were tried."""

    world: World
    items: tuple[ProfileItem, ...]
    way: Way
    tried: tuple[ScoredText, ...] = ()
    notes: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()

    @property
    def kept(self) -> Kept:
        """Five choices, each one of a few, so a byte each; the usual way, where nothing was tried, is nobody's."""
        return Kept(own=len(fields(Way)) if self.tried else 0)


@methods.register("prompt-refinement")
class PromptRefinement:
    """Coordinate search over retriever, k, template, order and heading by the likelihood of earlier outputs."""

    info = MethodInfo(
        name="Prompt refinement",
        summary="Retriever, number of items, their template and order and a heading are chosen for this user: those "
        "under which the user's own last items before the cut are likeliest.",
        level=Level.USER,
        technique="prompt.refinement",
        uses=Reach.OWN,
        version=4,
        needs=frozenset({Capability.SCORE}),
        options=(TRIES, REHEARSALS),
        builds=True,
        follows=(
            Follows(
                "rpp",
                how="illustrates",
                differs="RPP learns by reinforcement which patterns a user's prompt is made of; here a plain search "
                "over retriever, number, template (whole items or the user's answers alone), order and heading, one "
                "after the other, takes what makes the user's earlier outputs likeliest.",
            ),
            Follows(
                "rewriter-slrl",
                how="illustrates",
                differs="The paper trains a model that rewrites the prompt's words; here the user's items are never "
                "rewritten, only chosen, ordered and headed.",
            ),
        ),
        caveat="Measured with 24 film raters, what it chose for a wrong user did as well, within chance; on the "
        "fictional people's posts and choices it did not. For none of those twelve people were answers alone "
        "likelier than whole items.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Refined:
        """Search; without an earlier request to try on, the usual way is kept."""
        items, dropped = admissible(world, world.visible(user).items, self.config)
        way = Way(k=self.config.k)
        asked = rehearsals(world, items, self.config, int(self.config.option(REHEARSALS)))
        if not asked or not self.config.k:
            return Refined(world, items, way, notes=(NONE_LEFT,) if items and self.config.k else (), dropped=dropped)
        way, tried = self._search(world, way, asked)
        note = f"{len(tried)} ways to write the prompt were tried on {len(asked)} of the user's own earlier items."
        return Refined(world, items, way, tuple(tried), (note,), dropped)

    def condition(self, state: Refined, request: Request) -> Conditioning:
        """The prompt, written in the chosen way."""
        made = self._written(state.world, state.items, state.way, request)
        evidence = Evidence(made.evidence.used, state.tried, state.notes)
        return replace(made, evidence=evidence, dropped=state.dropped + made.dropped)

    def _search(self, world: World, way: Way, asked: Sequence[Rehearsal]) -> tuple[Way, list[ScoredText]]:
        """From the usual way, the best value of one choice after the other, until the tries are used up.

        A way that does worse than the best so far on every other item is not tried on the rest; what is said of it is
        the best one's mean and how much worse it did on those.
        """
        ahead = len(asked[::2])
        asked = [*asked[::2], *asked[1::2]]
        found, lost = {way: self._likely(world, [way], asked)[0]}, dict[Way, float]()
        for axis in AXES:
            world.progress(f"trying prompts: {'template' if axis == 'alone' else axis}")
            left = int(self.config.option(TRIES)) - len(found) - len(lost)
            new = [one for one in self._along(world, way, axis) if one not in found and one not in lost][:left]
            first = dict(zip(new, self._likely(world, new, asked[:ahead]), strict=True))
            behind = {one: fmean(made) - fmean(found[way][:ahead]) for one, made in first.items()}
            lost |= {one: fmean(found[way]) + gap for one, gap in behind.items() if gap < 0}
            on = [one for one in new if one not in lost]
            rest = self._likely(world, on, asked[ahead:])
            found |= {one: [*first[one], *more] for one, more in zip(on, rest, strict=True)}
            way = max(found, key=lambda one: fmean(found[one]))
        said = f"given up after {ahead} of {len(asked)} later items: the best mean less what it did worse there, nats"
        whole = [ScoredText(one.words(), fmean(made), one == way) for one, made in found.items()]
        return way, whole + [ScoredText(one.words(), score, False, measure=said) for one, score in lost.items()]

    def _along(self, world: World, way: Way, axis: str) -> Iterator[Way]:
        sizes = tuple(dict.fromkeys(max(1, self.config.k // part) for part in (1, 2, 4, 8)))
        if axis == "k":
            return (replace(way, k=size) for size in sizes)
        if axis == "retriever":
            return (replace(way, retriever=name) for name in WAYS)
        if axis == "alone":
            forms = (False, True) if world.task.answer_lines != world.task.item_template else (False,)
            return (replace(way, alone=form) for form in forms)
        if axis == "order":
            return (replace(way, order=order) for order in ORDERS)
        return (replace(way, heading=heading) for heading in HEADINGS)

    def _likely(self, world: World, ways: Sequence[Way], asked: Sequence[Rehearsal]) -> list[list[float]]:
        """The log-likelihood, in nats, of each of the user's earlier outputs under each way: [ways][outputs]."""
        rows = [(one, self._written(world, one.before, way, one.request).messages) for way in ways for one in asked]
        made, size = likelihoods(world, rows), len(asked)
        return [made[place * size : (place + 1) * size] for place in range(len(ways))]

    def _written(self, world: World, items: Sequence[ProfileItem], way: Way, request: Request) -> Conditioning:
        used = retrieve(way.retriever, world, items, query=request.text, k=way.k)
        template = world.task.answer_lines if way.alone else world.task.item_template
        blocks = [Block(world.task.write_item(one.item, template), one) for one in used]
        if used and way.heading:
            blocks.append(Block(way.heading))
        made = compose(request, blocks, count=world.model.count, config=self.config)
        if way.order == "best last":
            return made
        age = {item.id: place for place, item in enumerate(items)}

        def ordered(parts: Sequence[Part]) -> list[Part]:
            return sorted(parts, key=lambda part: age[part.item]) if way.order == "oldest first" else list(parts)[::-1]

        return rearranged(made, ordered)
