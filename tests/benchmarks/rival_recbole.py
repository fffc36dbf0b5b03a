"""RecBole's FPMC for a split, run by its own interpreter: `rival_recbole.py SPLIT.npz CASES`, one JSON line out.

The split is written as RecBole's benchmark files: for each next film the films before it. RecBole draws its negatives,
batches and order; it trains for the given epochs without looking at any held-out film. This file imports nothing of the
project.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

LONGEST = 5  # films before the next one; FPMC reads the last


def write(split: Any, folder: Path) -> None:
    """The train file with one line for each next film, and a test file that RecBole wants and nobody reads."""
    users, items = split["user"], split["item"]
    order = np.argsort(users, kind="stable")
    users, items = users[order], items[order]
    place = folder / "attune"
    place.mkdir()
    head = "user_id:token\titem_id_list:token_seq\titem_id:token\n"
    lines = []
    for at in range(1, len(users)):
        if users[at] == users[at - 1]:
            first = max(at - LONGEST, int(np.searchsorted(users, users[at])))
            before = " ".join(f"i{item}" for item in items[first:at])
            lines.append(f"u{users[at]}\t{before}\ti{items[at]}\n")
    (place / "attune.train.inter").write_text(head + "".join(lines))
    for name in ("valid", "test"):
        (place / f"attune.{name}.inter").write_text(head + lines[0])


def settings_of(case: dict[str, Any], seed: int, folder: Path) -> dict[str, Any]:
    """RecBole's configuration of a case."""
    given = case["settings"]
    return {
        "data_path": str(folder),
        "benchmark_filename": ["train", "valid", "test"],
        "alias_of_item_id": ["item_id_list"],
        "load_col": {"inter": ["user_id", "item_id_list", "item_id"]},
        "USER_ID_FIELD": "user_id",
        "ITEM_ID_FIELD": "item_id",
        "TIME_FIELD": None,
        "MAX_ITEM_LIST_LENGTH": LONGEST,
        "embedding_size": int(given["factors"]),
        "loss_type": "BPR",
        "learner": "adam",
        "learning_rate": given["rate"],
        "train_batch_size": int(given["batch"]),
        "epochs": int(given["epochs"]),
        "train_neg_sample_args": {"distribution": "uniform", "sample_num": 1, "dynamic": False, "candidate_num": 0},
        "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full", "group_by": "user"},
        "seed": seed,
        "reproducibility": True,
        "use_gpu": False,
        "show_progress": False,
        "state": "ERROR",
        "save_dataset": False,
        "checkpoint_dir": str(folder / "saved"),
    }


def one(split: Any, case: dict[str, Any], seed: int, folder: Path) -> tuple[list[list[int]], float, float]:
    """Lists, seconds of fitting and of ranking."""
    import torch
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.model.sequential_recommender import FPMC
    from recbole.trainer import Trainer
    from recbole.utils import init_seed

    config = Config(model="FPMC", dataset="attune", config_dict=settings_of(case, seed, folder))
    init_seed(seed, reproducibility=True)
    dataset = create_dataset(config)
    train, _, _ = data_preparation(config, dataset)
    model = FPMC(config, train.dataset)
    start = time.perf_counter()
    Trainer(config, model).fit(train, valid_data=None, saved=False, verbose=False)
    middle = time.perf_counter()
    model.eval()
    users, items = dataset.field2token_id["user_id"], dataset.field2token_id["item_id"]
    number = {int(key[1:]): at for key, at in items.items() if key != "[PAD]"}
    names = {at: key for key, at in number.items()}
    histories = np.split(split["seen"], split["ends"][:-1])
    with torch.no_grad():
        ends = torch.tensor([[number[int(seen[-1])]] for seen in histories])
        rows = torch.tensor([users[f"u{user}"] for user in split["asked"]])
        asked = {"user_id": rows, "item_id_list": ends, "item_length": torch.ones(len(rows), dtype=torch.long)}
        scores = model.full_sort_predict(asked).numpy()
    scores[:, 0] = -np.inf
    for row, seen in enumerate(histories):
        scores[row, [number[int(item)] for item in seen]] = -np.inf
    best = np.argsort(-scores, axis=1, kind="stable")[:, :10]
    lists = [[names[int(at)] for at in row] for row in best]
    return lists, middle - start, time.perf_counter() - middle


def main() -> None:
    """Fit and rank all cases."""
    split, cases = np.load(sys.argv[1]), json.loads(sys.argv[2])
    found = {}
    for case in cases:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(split, folder)
            rows = [one(split, case, seed, folder) for seed in case["seeds"]]
        fits, ranks = [row[1] for row in rows], [row[2] for row in rows]
        found[case["name"]] = {"lists": [row[0] for row in rows], "fit": min(fits), "rank": min(ranks)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
