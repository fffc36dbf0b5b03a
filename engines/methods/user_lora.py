"""One private low-rank adapter a user, on top of one that other people teach (survey 5.3, after OPPU)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from data.records import User
from engines.kept import Kept
from engines.methods import methods
from engines.prompts import compose, item_blocks
from engines.ranked import RankedItems
from engines.retrievers import retrieve
from engines.training.adapters import OWN, Prepared, own_items, prepared, task_adapter
from engines.training.examples import samples_of
from engines.training.make import trained, training_of
from engines.types import (
    Capability,
    Conditioning,
    Config,
    Follows,
    Level,
    Material,
    MethodInfo,
    Option,
    Reach,
    Request,
    Used,
)
from engines.world import World

RETRIEVAL = Option(
    "retrieval", "Retrieved items in the prompt", 0, 16, 0, 1, "How many of the user's items BM25 puts into the prompt."
)
EPOCHS = Option(
    "epochs",
    "Epochs on the own items",
    1,
    12,
    OWN.epochs,
    1,
    "More of them fit the user's items closer; too close, where these are few.",
)
MOST = 64


@dataclass(frozen=True)
class Private:
    """The adapter of the task, the user's own on top of it, and the items that may be retrieved."""

    learnt: Prepared
    items: RankedItems

    @property
    def kept(self) -> Kept:
        """The own adapter; the one below it is shared."""
        return self.learnt.kept


@methods.register("user-lora")
class UserLora:
    """A task adapter from others, merged, and the user's own LoRA on top; with or without retrieval."""

    info = MethodInfo(
        name="User LoRA",
        summary="A low-rank adapter of the user's own, learnt from their items on top of an adapter that other people "
        "teach; nothing private need stand in the prompt.",
        level=Level.USER,
        technique="repr.peft",
        uses=Reach.EVERYONE,
        version=4,
        needs=frozenset({Capability.ADAPTERS}),
        material=Material.ANSWERS,
        options=(RETRIEVAL, EPOCHS),
        follows=(
            Follows(
                "oppu",
                how="simplifies",
                differs="The two stages and the option of retrieval are the paper's; a 135M model stands for a 7B one, "
                "only its upper layers are adapted, the task adapter comes from up to 32 people, and there is no text "
                "profile.",
            ),
        ),
        caveat="Compare with Global LoRA before calling a gain personal: most of it may be learning of the task. On "
        "film ratings it beat a wrong user's adapter among one 24 people, and not among another 24; on the fictional "
        "people's posts it parts right and wrong user more than any other method. Two retrieved items beside it, "
        "measured with twice the epochs at half the rate, parted them a little more on posts and did no good on "
        "choices.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config
        self.k = int(config.option(RETRIEVAL))

    def prepare(self, user: User, world: World) -> Private:
        """Both adapters; nobody has none, and is answered by the base model."""
        items = world.visible(user).items
        if not items:
            return Private(Prepared(world), RankedItems(world, ()))
        task = task_adapter(world, self.config, context=self.k)
        samples = samples_of(world, user, self.config, most=MOST, context=self.k)
        recipe = replace(OWN, epochs=int(self.config.option(EPOCHS)))
        own = trained(world, training_of(world, ("user-lora", 1), recipe, samples, base=task), f"user {user.name}")
        learnt = prepared(world, (task, "other people's items"), own=(own, own_items(len(samples))))
        return Private(learnt, RankedItems(world, items if self.k else ()))

    def condition(self, state: Private, request: Request) -> Conditioning:
        """The adapters together, and the retrieved items where retrieval is on."""
        used: list[Used] = []
        if state.items.items:
            used = retrieve("bm25", state.items.world, state.items.items, query=request.text, k=self.k)
        count = state.items.world.model.count
        return state.learnt.onto(compose(request, item_blocks(request.task, used), count=count, config=self.config))
