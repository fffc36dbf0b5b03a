"""Lists beside LensKit and RecBole, on the same split: `python -m tests.benchmarks.recommenders --json`.

Train is everybody's history before the own cut, all interactions alike; asked for is everybody with a liked held-out
film; seen films are not listed; NDCG@10 is computed here from both sides' lists. Each rival runs in an environment of
its own, made at the first use under the home folder (`--env lenskit=FOLDER` names one that is there), because its
needs do not agree with our pins. Settings are the same on both sides. Seconds are of fitting and of ranking, the data
ready in memory as each side wants them; ours are medians, the rival's the least of its
repeats. LensKit ranks in one process: its workers take longer to start than to rank these people.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from data.home import ROOT, home
from data.importers import datasets
from engines.interactions import interactions
from engines.recommenders import Recommender, Tools, unseen
from engines.recommenders.als import EPOCHS as ALS_EPOCHS
from engines.recommenders.als import FACTORS as ALS_FACTORS
from engines.recommenders.als import REGULARIZATION as ALS_REGULARIZATION
from engines.recommenders.als import WEIGHT, Als
from engines.recommenders.ease import REGULARIZATION, Ease
from engines.recommenders.fpmc import BATCH, EPOCHS, FACTORS, RATE, Fpmc
from engines.recommenders.item_knn import NEIGHBOURS, ItemKnn
from engines.recommenders.popularity import Popularity
from engines.topn.crowd import Crowd, Person, crowd_before
from engines.topn.questions import questions, rating_task

SEEDS = (1, 2, 3, 4, 5)
MORE_SEEDS = tuple(range(1, 16))  # of 5, the means of two equal programs lie apart by chance, often by a deviation
REPEATS = 3
NEEDS = {
    "lenskit": ("torch==2.13.0", "lenskit==2025.8.1"),
    "recbole": ("torch==2.13.0", "recbole==1.2.1", "numpy==1.26.4", "pandas==2.3.3", "setuptools"),
}
MOST_OFF, MOST_TIME = 0.002, 1.0


@dataclass(frozen=True)
class Held:
    """The split, as both sides get it: rows and columns of train in time order, who is asked for, what is liked."""

    train: Crowd
    people: tuple[Person, ...]
    liked: tuple[tuple[int, ...], ...]

    @property
    def rows(self) -> list[int]:
        """The rows of those who are asked for."""
        return [self.train.row[person.id] for person in self.people]

    def ndcg(self, lists: Sequence[Sequence[int]]) -> float:
        """The mean NDCG@10 of lists, one a person."""
        found = []
        for wanted, given in zip(self.liked, lists, strict=True):
            gains = [1 / np.log2(1 + place) for place, item in enumerate(list(given)[:10], 1) if item in wanted]
            ideal = sum(1 / np.log2(1 + place) for place in range(1, min(10, len(wanted)) + 1))
            found.append(sum(gains) / ideal)
        return float(np.mean(found))


def split() -> Held:
    """MovieLens-100K with everybody's last five ratings held out."""
    dataset = datasets["movielens-100k"]()
    task = rating_task(dataset)
    whole = crowd_before(dataset, task, datetime(2100, 1, 1, tzinfo=UTC))
    table = interactions(dataset, task)
    cuts = np.array([dataset.cut(task, user).timestamp() for user in table.users])
    keep = table.at < cuts[table.user]
    train = replace(whole, user=whole.user[keep], item=whole.item[keep])
    asked = questions(dataset, task)
    people = tuple(Person(one.user, train.history(one.user), "") for one in asked)
    places = whole.items.places
    return Held(train, people, tuple(tuple(places[subject] for subject in one.liked) for one in asked))


@dataclass(frozen=True)
class Case:
    """One comparison: ours, the rival, its settings, seeds, and the case whose rival's lists it is compared with."""

    name: str
    rival: str
    make: Callable[[], Recommender]
    settings: Mapping[str, float | str]
    seeds: Sequence[int] = (7,)
    beside: str = ""


FPMC = {"model": "FPMC", "factors": FACTORS, "epochs": EPOCHS, "rate": RATE, "batch": BATCH}
EVERY = 10**6  # neighbours: RecBole keeps so many of each thing, LensKit so many of a history; of all both are the same
LIKE_RECBOLE = partial(Fpmc, repeats=True)  # its sequential models draw negatives among what the person has seen, too

CASES = (
    Case("popularity", "lenskit", Popularity, {}),
    Case("item-knn", "lenskit", ItemKnn, {"neighbours": NEIGHBOURS}),
    Case("ease", "lenskit", Ease, {"regularization": REGULARIZATION}),
    Case(
        "als",
        "lenskit",
        Als,
        {"factors": ALS_FACTORS, "epochs": ALS_EPOCHS, "weight": WEIGHT, "regularization": ALS_REGULARIZATION},
        MORE_SEEDS,
    ),
    Case("popularity-recbole", "recbole", Popularity, {"model": "Pop", "train_batch_size": 1}),  # counts once a batch
    Case("item-knn-recbole", "recbole", partial(ItemKnn, EVERY), {"model": "ItemKNN", "k": EVERY, "shrink": 0.0}),
    Case("ease-recbole", "recbole", Ease, {"model": "EASE", "reg_weight": REGULARIZATION}),
    Case("fpmc", "recbole", LIKE_RECBOLE, FPMC, SEEDS),
    Case("fpmc-unseen", "recbole", Fpmc, FPMC, SEEDS, "fpmc"),
)


def ours(held: Held, case: Case) -> dict[str, Any]:
    """NDCG@10 by seed, and the median seconds of fitting and ranking."""
    allowed = unseen(held.people, len(held.train.items.ids))
    ndcg, fit, rank = [], [], []
    for seed in (*case.seeds, *[case.seeds[0]] * max(0, REPEATS - len(case.seeds))):
        fresh = replace(held.train)  # nothing that an earlier fit computed is known
        start = time.perf_counter()
        fitted = case.make().fit(fresh, Tools(seed=seed))
        middle = time.perf_counter()
        order, _ = fitted.order(held.people, allowed)
        end = time.perf_counter()
        ndcg.append(held.ndcg(order[:, :10].tolist()))
        fit.append(middle - start)
        rank.append(end - middle)
    return {"ndcg": ndcg[: len(case.seeds)], "fit": statistics.median(fit), "rank": statistics.median(rank)}


def environment(name: str, named: Mapping[str, str]) -> Path:
    """The interpreter of a rival's environment; made if it is not there.

    Raises:
        subprocess.CalledProcessError: it does not install.
    """
    folder = Path(named.get(name, home() / "rivals" / name))
    python = folder / "bin" / "python"
    if not (folder / "ready").exists() and name not in named:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *NEEDS[name]], check=True, capture_output=True)
        (folder / "ready").write_text("\n".join(NEEDS[name]))
    return python


def theirs(held: Held, cases: Sequence[Case], python: Path) -> dict[str, Any]:
    """What a rival's script gives for each case: lists by seed, seconds of fitting and ranking."""
    folder = home() / "rivals"
    folder.mkdir(parents=True, exist_ok=True)
    data, rival = folder / "split.npz", cases[0].rival
    histories = [person.seen for person in held.people]
    np.savez(
        data,
        user=held.train.user,
        item=held.train.item,
        asked=held.rows,
        seen=np.concatenate(histories),
        ends=np.cumsum([len(one) for one in histories]),
        shape=held.train.matrix.shape,
    )
    asked = [{"name": c.name, "settings": dict(c.settings), "seeds": list(c.seeds)} for c in cases]
    command = [str(python), str(ROOT / "tests" / "benchmarks" / f"rival_{rival}.py"), str(data), json.dumps(asked)]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=clean, check=False, timeout=1200)
    if done.returncode:
        raise RuntimeError(f"{rival} failed: {done.stderr.strip()[-1500:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def inside(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    """Whether the mean of ours lies in the range of theirs."""
    return min(theirs) <= statistics.mean(ours) <= max(theirs)


def verdict(held: Held, case: Case, mine: Mapping[str, Any], rival: Mapping[str, Any]) -> dict[str, Any]:
    """Both sides' figures, and whether ours are within what was asked."""
    their = [held.ndcg(lists) for lists in rival["lists"]]
    own = statistics.mean(mine["ndcg"])
    seconds = mine["fit"] + mine["rank"]
    rival_seconds = rival["fit"] + rival["rank"]
    seeded = len(case.seeds) > 1
    five = slice(len(SEEDS))
    close = inside(mine["ndcg"][five], their[five]) if seeded else abs(own - their[0]) <= MOST_OFF
    return {
        "rival": case.rival,
        "settings": dict(case.settings),
        "ndcg@10": own,
        "ndcg@10 by seed": mine["ndcg"],
        "rival ndcg@10": statistics.mean(their),
        "rival ndcg@10 by seed": their,
        "rule": "mean of five seeds inside the rival's range" if seeded else f"within {MOST_OFF}",
        "close": close,
        "close over all seeds": inside(mine["ndcg"], their) if len(case.seeds) > len(SEEDS) else None,
        "seconds": {"fit": mine["fit"], "rank": mine["rank"], "rival fit": rival["fit"], "rival rank": rival["rank"]},
        "time ratio": seconds / rival_seconds,
        "fast": seconds / rival_seconds <= MOST_TIME,
    }


def measure(named: Mapping[str, str], only: Sequence[str] = ()) -> dict[str, Any]:
    """All cases; a rival that does not install or run is named with the reason."""
    held, found = split(), {}
    missing: dict[str, str] = {}
    for rival in NEEDS:
        cases = [case for case in CASES if case.rival == rival and (not only or case.name in only)]
        if not cases:
            continue
        try:
            asked = [case for case in CASES if case.name in {one.beside or one.name for one in cases}]
            answers = theirs(held, asked, environment(rival, named))
        except (subprocess.SubprocessError, RuntimeError, OSError) as error:
            missing[rival] = str(error)[-600:]
            continue
        for case in cases:
            found[case.name] = verdict(held, case, ours(held, case), answers[case.beside or case.name])
            print(said(case.name, found[case.name]), file=sys.stderr, flush=True)
    return {"people": len(held.people), "train": len(held.train.user), "cases": found, "not measured": missing}


def said(name: str, case: Mapping[str, Any]) -> str:
    """One case in a line."""
    more = "" if case["close over all seeds"] is None else f", of all seeds: {case['close over all seeds']}"
    return (
        f"{name}: NDCG@10 {case['ndcg@10']:.4f}, {case['rival']} {case['rival ndcg@10']:.4f} "
        f"({case['rule']}: {case['close']}{more}); {case['time ratio']:.2f} of its time"
    )


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", default="", help="some of the recommenders, separated by commas")
    parser.add_argument("--env", action="append", default=[], help="NAME=FOLDER of an environment that is there")
    given = parser.parse_args()
    only = [name for name in given.only.split(",") if name]
    found = measure(dict(one.split("=", 1) for one in given.env), only)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['people']} people, {found['train']} interactions in train")
    for name, case in found["cases"].items():
        print(said(name, case))
    for rival, why in found["not measured"].items():
        print(f"{rival} was not measured: {why}")


if __name__ == "__main__":
    main()
