"""Users of a dataset as points in a plane: principal components of what each rated or wrote before the own cut.

Ratings: a user is the vector of the own ratings less the user's mean and the thing's usual deviation from it, absent
ones 0, scaled to length 1, so that few and many ratings weigh alike. Texts: the mean of the unit vectors that the
sentence encoder gives the user's last texts. The two axes are the first principal components (Pearson, 1901), and how
little of the whole spread they hold is part of the answer.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, svds

from data.digest import digest
from data.records import Dataset, ProfileItem, Task, TaskKind, User
from engines.counterfactual import own_field
from engines.jobs import Job, Report
from engines.preferences.surface import FEATURES, correlation
from engines.types import Encoder, Stop

Floats = npt.NDArray[np.float64]
FEWEST, MOST = 3, 3000
TEXTS, AT_ONCE = 16, 24
SHRINK = 5.0  # ratings of nobody in particular that pull a thing's deviation towards 0
ENDS, SHUFFLES = 4, 200
DENSE = 400
SHARED = 0.5  # of all ratings; where fewer are of things that two people rated, the texts are compared


class Ground(StrEnum):
    """What users are compared by."""

    RATINGS = "ratings"
    TEXTS = "texts"


@dataclass(frozen=True)
class Point:
    """A user in the plane; `cell` is the persona, empty where none is declared."""

    user: str
    x: float
    y: float
    items: int
    cell: str


@dataclass(frozen=True)
class Axis:
    """One principal component.

    Attributes:
        share: of the variance of all users, from 0 to 1.
        low, high: things whose ratings pull most towards either end, the strongest first; empty for texts.
        goes_with: what anybody can count of a user, with its correlation with the axis, the strongest first.
    """

    share: float
    low: tuple[str, ...]
    high: tuple[str, ...]
    goes_with: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class UserMap:
    """The plane.

    Attributes:
        dimensions: of the vectors that were projected.
        between: share of the plane's variance that lies between personas; None where there are not two of them.
        by_chance: what the share is below in 95 % of shufflings of the personas.
        absent: users without anything to see, and those beyond the first `MOST` that were drawn.
    """

    ground: Ground
    points: tuple[Point, ...]
    axes: tuple[Axis, ...]
    dimensions: int
    between: float | None
    by_chance: float | None
    absent: int


def seen_of(dataset: Dataset, task: Task, user: User, hidden: frozenset[str]) -> User:
    """A user with only the items that the task reads, strictly before the own cut and about nothing held out."""
    own = [item for item in user.items if item.kind == task.reads]
    if not own:
        return replace(user, items=())
    cut = dataset.cut(task, user.id)
    return replace(user, items=tuple(i for i in own if i.at < cut and i.extra.get("subject") not in hidden))


def ground_of(task: Task, people: Sequence[User]) -> Ground:
    """By what people are compared: ratings where most are of things that several people rated, else texts."""
    items = [item for user in people for item in user.items]
    if task.kind not in {TaskKind.RATE, TaskKind.RANK} or not all("rating" in i.extra for i in items):
        return Ground.TEXTS
    raters = Counter(str(item.extra.get("subject")) for item in items)
    shared = sum(count for count in raters.values() if count > 1)
    return Ground.RATINGS if shared >= SHARED * len(items) else Ground.TEXTS


def job(dataset: Dataset, task: Task, encoder: Encoder, *, hidden: Mapping[str, frozenset[str]], seed: int) -> Job[Any]:
    """The map as a job; `hidden` is the subjects of each user's held-out examples."""

    def work(report: Report[UserMap]) -> UserMap:
        report.tell(0, 0, "Reading the users")
        everybody = [seen_of(dataset, task, user, hidden.get(user.id, frozenset())) for user in dataset.users()]
        people = _drawn([user for user in everybody if user.items], seed)
        ground = ground_of(task, people)

        def encoded(texts: Sequence[str], done: int) -> Any:
            report.tell(done, len(people), "Encoding the users' texts")
            return encoder.encode(texts)

        if ground is Ground.RATINGS:
            matrix, titles = rating_matrix(people)
        else:
            matrix, titles = text_matrix(people, task, encoded, report.stop), ()
        return project(people, task, matrix, titles, absent=len(everybody) - len(people))

    return Job(digest(["user map", 1, dataset.digest, task.id, seed]), work, about=dataset.digest)


def _drawn(people: Sequence[User], seed: int) -> list[User]:
    if len(people) <= MOST:
        return list(people)
    chosen = set(random.Random(seed).sample(range(len(people)), MOST))  # noqa: S311 - a reproducible draw
    return [user for place, user in enumerate(people) if place in chosen]


def rating_matrix(people: Sequence[User]) -> tuple[sparse.csr_array, tuple[str, ...]]:
    """Centred ratings [users, things], rows of length 1, and the things' titles; things of one rater are left out."""
    raters = Counter(subject for user in people for subject in {_subject(item) for item in user.items})
    columns = {subject: place for place, subject in enumerate(sorted(s for s, n in raters.items() if n > 1))}
    titles: dict[str, str] = {}
    rows, places, values = [], [], []
    for row, user in enumerate(people):
        mean = sum(float(item.extra["rating"]) for item in user.items) / len(user.items)
        for subject, item in {_subject(item): item for item in user.items if _subject(item) in columns}.items():
            titles[subject] = str(item.extra.get("title", item.text))
            rows.append(row)
            places.append(columns[subject])
            values.append(float(item.extra["rating"]) - mean)
    shape = (len(people), len(columns))
    known = sparse.csr_array((np.array(values, np.float64), (np.array(rows, int), np.array(places, int))), shape=shape)
    usual = known.sum(axis=0) / (np.bincount(places, minlength=len(columns)) + SHRINK) if columns else np.zeros(0)
    known.data = known.data - usual[known.indices]
    length = np.sqrt(known.multiply(known).sum(axis=1))
    return sparse.csr_array(known.multiply(1 / np.maximum(length, 1e-9)[:, None])), tuple(titles[s] for s in columns)


def _subject(item: ProfileItem) -> str:
    return str(item.extra.get("subject", item.id))


def written(item: ProfileItem, task: Task) -> str:
    """What the user wrote or chose, as a text; of ratings and labels what stands for the item."""
    if task.kind in {TaskKind.REWRITE, TaskKind.GENERATE, TaskKind.CHOOSE}:
        return str(item.extra.get(own_field(task), item.text))
    return item.text


def text_matrix(
    people: Sequence[User], task: Task, encode: Callable[[Sequence[str], int], Any], stop: Stop
) -> sparse.csr_array:
    """The mean vector of each user's last texts [users, width]."""
    found: list[Floats] = []
    for start in range(0, len(people), AT_ONCE):
        if stop():
            break
        texts = [[written(item, task) for item in user.items[-TEXTS:]] for user in people[start : start + AT_ONCE]]
        vectors = np.asarray(encode([text for some in texts for text in some], start), np.float64)
        ends = np.cumsum([len(some) for some in texts])
        found += [part.mean(axis=0) for part in np.split(vectors, ends[:-1])]
    return sparse.csr_array(np.stack(found)) if len(found) == len(people) and found else sparse.csr_array((0, 0))


def project(
    people: Sequence[User], task: Task, matrix: sparse.csr_array, titles: Sequence[str], *, absent: int
) -> UserMap:
    """The plane of some users with a row each in the matrix; without points where there are too few."""
    ground = Ground.RATINGS if titles else Ground.TEXTS
    if len(people) < FEWEST or min(matrix.shape) < 2:
        return UserMap(ground, (), (), matrix.shape[1], None, None, absent)
    places, loadings, shares = components(matrix)
    counts = countable(people, task, ground)
    axes = []
    for at in range(2):
        goes = sorted(((n, correlation(places[:, at], v)) for n, v in counts.items()), key=lambda one: -abs(one[1]))
        order = np.argsort(loadings[at], kind="stable") if titles else np.zeros(0, int)
        low, high = (tuple(titles[i] for i in some) for some in (order[:ENDS], order[::-1][:ENDS]))
        axes.append(Axis(float(shares[at]), low, high, tuple(goes)))
    cells = [user.persona.cell for user in people]
    between, chance = apart(places, cells)
    points = tuple(
        Point(user.id, float(x), float(y), len(user.items), user.persona.cell)
        for user, (x, y) in zip(people, places, strict=True)
    )
    return UserMap(ground, points, tuple(axes), matrix.shape[1], between, chance, absent)


def components(matrix: sparse.csr_array) -> tuple[Floats, Floats, Floats]:
    """The first two principal components: places [n, 2], loadings [2, d], shares of the variance [2].

    The sign of an axis is free; the largest loading is made positive, so that it is the same everywhere.
    """
    mean = np.asarray(matrix.mean(axis=0)).ravel()
    rows = matrix.shape[0]
    total = float(matrix.multiply(matrix).sum()) - rows * float(mean @ mean)
    if min(matrix.shape) <= DENSE:
        left, sizes, right = np.linalg.svd(matrix.toarray() - mean, full_matrices=False)
    else:
        centred = LinearOperator(
            matrix.shape,
            matvec=lambda v: matrix @ v.ravel() - mean @ v.ravel(),
            rmatvec=lambda u: matrix.T @ u.ravel() - mean * u.sum(),
            dtype=np.float64,
        )
        left, sizes, right = svds(centred, k=2, v0=np.ones(min(matrix.shape)))
        left, sizes, right = left[:, ::-1], sizes[::-1], right[::-1]
    left, sizes, right = left[:, :2], sizes[:2], right[:2]
    signs = np.sign([row[np.argmax(np.abs(row))] or 1.0 for row in right])
    shares = sizes**2 / total if total > 0 else np.zeros(2)
    return left * sizes * signs, right * signs[:, None], shares


def countable(people: Sequence[User], task: Task, ground: Ground) -> dict[str, Floats]:
    """What anybody can count of each user: [users] by name."""
    counts: dict[str, Floats] = {"items before the cut": np.array([float(len(user.items)) for user in people])}
    if ground is Ground.RATINGS:
        means = [np.mean([float(item.extra["rating"]) for item in user.items]) for user in people]
        return counts | {"mean rating": np.array(means, np.float64)}
    texts = [[written(item, task) for item in user.items[-TEXTS:]] for user in people]
    for name, feature in FEATURES.items():
        counts[name] = np.array([np.mean([feature(text) for text in some]) for some in texts], np.float64)
    return counts


def apart(places: Floats, cells: Sequence[str]) -> tuple[float | None, float | None]:
    """Share of the plane's variance between personas, and the 95th percentile of it over shufflings of the personas."""
    names = sorted(set(cells))
    if len(names) < 2 or len(names) == len(cells):
        return None, None
    codes = np.array([names.index(cell) for cell in cells])
    moved = places - places.mean(axis=0)
    total = float((moved**2).sum()) or 1.0
    sizes = np.bincount(codes, minlength=len(names))

    def share(given: npt.NDArray[Any]) -> float:
        sums = np.stack([np.bincount(given, weights=moved[:, at], minlength=len(names)) for at in range(2)])
        return float((sums**2 / sizes).sum()) / total

    rng = np.random.default_rng(7)
    return share(codes), float(np.percentile([share(rng.permutation(codes)) for _ in range(SHUFFLES)], 95))
