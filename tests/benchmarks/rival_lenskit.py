"""LensKit's lists for a split, run by its own interpreter: `rival_lenskit.py SPLIT.npz CASES`, one JSON line out.

This file imports nothing of the project.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd

REPEATS = 2


def pipeline_of(name: str, settings: dict[str, float]) -> Any:
    """The pipeline that ranks what is unseen by the scorer of a case."""
    from lenskit.als import ImplicitMFScorer
    from lenskit.basic import PopScorer
    from lenskit.knn import ItemKNNScorer
    from lenskit.knn.ease import EASEScorer
    from lenskit.pipeline import topn_pipeline

    scorer = {
        "popularity": lambda: PopScorer(score="count"),
        "item-knn": lambda: ItemKNNScorer(max_nbrs=int(settings["neighbours"]), feedback="implicit"),
        "ease": lambda: EASEScorer(regularization=settings["regularization"]),
        "als": lambda: ImplicitMFScorer(
            embedding_size=int(settings["factors"]),
            epochs=int(settings["epochs"]),
            weight=settings["weight"],
            regularization=settings["regularization"],
        ),
    }[name]()
    return topn_pipeline(scorer, n=10)


def main() -> None:
    """Fit and rank all cases."""
    from lenskit.batch import recommend
    from lenskit.data import from_interactions_df
    from lenskit.training import TrainingOptions

    warnings.simplefilter("ignore")
    split, cases = np.load(sys.argv[1]), json.loads(sys.argv[2])
    frame = pd.DataFrame({"user_id": split["user"], "item_id": split["item"]})
    dataset = from_interactions_df(frame)
    asked = [int(user) for user in split["asked"]]
    found = {}
    for case in cases:
        lists, fit, rank = [], [], []
        seeds = [*case["seeds"], *[case["seeds"][0]] * max(0, REPEATS - len(case["seeds"]))]
        for seed in seeds:
            pipeline = pipeline_of(case["name"], case["settings"])
            start = time.perf_counter()
            pipeline.train(dataset, TrainingOptions(rng=seed))
            middle = time.perf_counter()
            made = recommend(pipeline, asked, 10, n_jobs=1)  # workers take longer to start than to rank
            end = time.perf_counter()
            by_user = {key.user_id: items for key, items in made.items()}
            lists.append([[int(item) for item in by_user[user].ids()] for user in asked])
            fit.append(middle - start)
            rank.append(end - middle)
        found[case["name"]] = {"lists": lists[: len(case["seeds"])], "fit": min(fit), "rank": min(rank)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
