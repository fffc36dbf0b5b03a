"""RecBole's lists for a split, run by its own interpreter: `rival_recbole.py SPLIT.npz CASES`, one JSON line out.

The split is written as RecBole's benchmark files: for FPMC each next film with the films before it, else who saw what.
RecBole draws its negatives, batches and order; it trains for the given epochs without looking at any held-out film.
This file imports nothing of the project.
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
SEQUENTIAL = "FPMC"


def write(split: Any, folder: Path, model: str) -> None:
    """The train file, and a test file that RecBole wants and nobody reads."""
    place = folder / "attune"
    place.mkdir()
    head, lines = _successive(split) if model == SEQUENTIAL else _plain(split)
    (place / "attune.train.inter").write_text(head + "".join(lines))
    for name in ("valid", "test"):
        (place / f"attune.{name}.inter").write_text(head + lines[0])


def _plain(split: Any) -> tuple[str, list[str]]:
    """One line for each film that somebody saw."""
    pairs = zip(split["user"], split["item"], strict=True)
    return "user_id:token\titem_id:token\n", [f"u{user}\ti{item}\n" for user, item in pairs]


def _successive(split: Any) -> tuple[str, list[str]]:
    """One line for each next film."""
    users, items = split["user"], split["item"]
    order = np.argsort(users, kind="stable")
    users, items = users[order], items[order]
    head = "user_id:token\titem_id_list:token_seq\titem_id:token\n"
    lines = []
    for at in range(1, len(users)):
        if users[at] == users[at - 1]:
            first = max(at - LONGEST, int(np.searchsorted(users, users[at])))
            before = " ".join(f"i{item}" for item in items[first:at])
            lines.append(f"u{users[at]}\t{before}\ti{items[at]}\n")
    return head, lines


def settings_of(case: dict[str, Any], seed: int, folder: Path) -> dict[str, Any]:
    """RecBole's configuration of a case."""
    given = dict(case["settings"])
    own = _of_fpmc(given) if given.pop("model") == SEQUENTIAL else _of_others(given)
    return own | {
        "data_path": str(folder),
        "benchmark_filename": ["train", "valid", "test"],
        "USER_ID_FIELD": "user_id",
        "ITEM_ID_FIELD": "item_id",
        "TIME_FIELD": None,
        "seed": seed,
        "reproducibility": True,
        "use_gpu": False,
        "show_progress": False,
        "state": "ERROR",
        "save_dataset": False,
        "checkpoint_dir": str(folder / "saved"),
    }


def _of_others(given: dict[str, Any]) -> dict[str, Any]:
    """No negatives are drawn: what counts films would count them too."""
    return given | {
        "load_col": {"inter": ["user_id", "item_id"]},
        "train_neg_sample_args": None,
        "eval_args": {"split": {"RS": [1, 1, 1]}, "order": "RO", "mode": "full", "group_by": "user"},
    }


def _of_fpmc(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "alias_of_item_id": ["item_id_list"],
        "load_col": {"inter": ["user_id", "item_id_list", "item_id"]},
        "MAX_ITEM_LIST_LENGTH": LONGEST,
        "embedding_size": int(given["factors"]),
        "loss_type": "BPR",
        "learner": "adam",
        "learning_rate": given["rate"],
        "train_batch_size": int(given["batch"]),
        "epochs": int(given["epochs"]),
        "train_neg_sample_args": {"distribution": "uniform", "sample_num": 1, "dynamic": False, "candidate_num": 0},
        "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full", "group_by": "user"},
    }


def one(split: Any, case: dict[str, Any], seed: int, folder: Path) -> tuple[list[list[int]], float, float]:
    """Lists, seconds of fitting and of ranking."""
    import torch
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.utils import get_model, get_trainer, init_seed

    name = case["settings"]["model"]
    config = Config(model=name, dataset="attune", config_dict=settings_of(case, seed, folder))
    init_seed(seed, reproducibility=True)
    dataset = create_dataset(config)
    train, _, _ = data_preparation(config, dataset)
    start = time.perf_counter()
    model = get_model(name)(config, train.dataset)  # some are fitted as they are made
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)
    trainer.fit(train, valid_data=None, saved=False, verbose=False)
    middle = time.perf_counter()
    model.eval()
    users, items = dataset.field2token_id["user_id"], dataset.field2token_id["item_id"]
    number = {int(key[1:]): at for key, at in items.items() if key != "[PAD]"}
    names = {at: key for key, at in number.items()}
    histories = np.split(split["seen"], split["ends"][:-1])
    with torch.no_grad():
        ends = torch.tensor([[number[int(seen[-1])]] for seen in histories])  # what FPMC reads beside the person
        rows = torch.tensor([users[f"u{user}"] for user in split["asked"]])
        asked = {"user_id": rows, "item_id_list": ends, "item_length": torch.ones(len(rows), dtype=torch.long)}
        scores = np.asarray(model.full_sort_predict(asked)).reshape(len(rows), -1)
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
            write(split, folder, case["settings"]["model"])
            rows = [one(split, case, seed, folder) for seed in case["seeds"]]
        fits, ranks = [row[1] for row in rows], [row[2] for row in rows]
        found[case["name"]] = {"lists": [row[0] for row in rows], "fit": min(fits), "rank": min(ranks)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
