"""Popularity: candidates ranked by how often anyone rated them before the cut."""

from __future__ import annotations

import numpy as np

from data.records import Dataset, Example, Task, TaskKind
from engines.baselines import BaselineInfo, baselines
from engines.interactions import interactions
from engines.outputs import Output
from engines.types import Arm


@baselines.register("popularity")
class Popularity:
    """The count of ratings of each candidate."""

    info = BaselineInfo(
        "Popularity", "Films ranked by their number of ratings before the cut.", TaskKind.RANK, Arm.NOBODY
    )

    def predict(self, dataset: Dataset, task: Task, example: Example) -> Output:
        """Each candidate's count."""
        table = interactions(dataset, task)
        counts = np.bincount(table.subject[: table.before(example.at)], minlength=len(table.subjects))
        known = {key: table.subjects[key] for key in example.candidates if key in table.subjects}
        return Output(
            candidates={key: float(counts[known[key]]) if key in known else 0.0 for key in example.candidates}
        )
