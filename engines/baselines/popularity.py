"""Popularity: candidates ranked by how often anyone rated them, or gave them as a label, before the cut."""

from __future__ import annotations

from collections import Counter

import numpy as np

from data.records import Dataset, Example, Task, TaskKind
from engines.baselines import BaselineInfo, baselines
from engines.interactions import interactions
from engines.outputs import Output
from engines.types import Arm


@baselines.register("popularity")
class Popularity:
    """The count of ratings of each candidate; of a closed set of labels, how often each was given."""

    info = BaselineInfo(
        "Popularity",
        "Candidates ranked by how often anyone rated them, or gave them as a label, before the cut.",
        TaskKind.RANK,
        Arm.NOBODY,
    )

    def predict(self, dataset: Dataset, task: Task, example: Example) -> Output:
        """Each candidate's count."""
        if task.labels:
            given = _given(dataset, task, example)
            return Output(candidates={label: float(given[label]) for label in example.candidates})
        table = interactions(dataset, task)
        counts = np.bincount(table.subject[: table.before(example.at)], minlength=len(table.subjects))
        known = {key: table.subjects[key] for key in example.candidates if key in table.subjects}
        return Output(
            candidates={key: float(counts[known[key]]) if key in known else 0.0 for key in example.candidates}
        )


def _given(dataset: Dataset, task: Task, example: Example) -> Counter[str]:
    """How often each label was given before the cut, by anyone; what is held out of anyone does not count."""
    return Counter(
        task.answer_template.format_map(item.extra).strip()
        for user in dataset.users()
        for item in user.before(min(example.at, dataset.cut(task, user.id))).items
        if item.kind == task.reads
    )
