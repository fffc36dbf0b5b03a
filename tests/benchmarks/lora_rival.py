"""Training of one user's adapter against peft with transformers' Trainer.

Both learn a LoRA of the same rank in the same layers, from the same examples (the earlier posts of one Campus person,
as `user-lora` makes them), with the same batch size, steps, learning rate and schedule, in the same precision, in turns
in one process. Seconds are those of the training alone, without loading. Held-out bits per byte are those of the
person's held-out posts, computed for both by the same plain transformers model in float32; nothing is chosen by them.
The adapter is learnt on the bare model, without the adapter of the task that the method puts below it, and for more
epochs, so that both sides have something to learn.
Seconds of the processors are given as well, for machines that do other work at the same time.

    python -m tests.benchmarks.lora_rival --json
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from data.importers import datasets
from data.records import Split
from engines.models.embedded import load
from engines.models.local import LocalModel
from engines.models.weights import ensure_weights
from engines.prompts import write
from engines.runs.cells import Bench, as_request
from engines.training.adapters import OWN
from engines.training.child import Workplace
from engines.training.examples import samples_of
from engines.training.recipe import Recipe
from engines.types import Config, Reach
from taxonomy.encoder import SentenceEncoder

FASTER = {"float32": 1.5, "bfloat16": 2.0}  # than the rival in the same precision
LOWERED, APART = 0.15, 0.01
Pairs = list[tuple[tuple[int, ...], int]]
Factors = dict[str, tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of the processors."""

    seconds: float
    busy: float

    @staticmethod
    def by(train: Callable[[], Any]) -> tuple[Any, Spent]:
        """What a function gives, and what it took."""
        start, busy = time.perf_counter(), time.process_time()
        made = train()
        return made, Spent(time.perf_counter() - start, time.process_time() - busy)


@dataclass(frozen=True)
class Made:
    """One training: what it took, mean losses of the first and last epoch, and held-out bits per byte."""

    spent: Spent
    first: float
    last: float
    bits: float


@dataclass(frozen=True)
class Data:
    """Samples as they are learnt, and the same and the held-out ones as (tokens, where the answer begins)."""

    samples: Any
    learnt: Pairs
    held_out: Pairs
    bytes: int


def data_of(model: LocalModel, person: str, most: int) -> Data:
    """The examples of one person: the posts before the cut are learnt, those behind it are held out."""
    data = datasets["campus"]()
    task = data.task("post-rewrite")
    examples = [e for e in data.examples(task, Split.HELD_OUT) if e.user == person]
    bench = Bench(data, task, model, SentenceEncoder())
    samples = samples_of(bench.world(Reach.EVERYONE, *examples), data.by_id[person], Config(), most=most)
    learnt = [_pair(model, one.messages, one.answers[0]) for one in samples]
    asked = [write(as_request(one, task), (), Config()) for one in examples]
    held = [_pair(model, prompt, f" {one.target}") for prompt, one in zip(asked, examples, strict=True)]
    return Data(samples, learnt, held, sum(len(one.target.encode()) for one in examples))


def _pair(model: LocalModel, messages: Any, answer: str) -> tuple[tuple[int, ...], int]:
    prompt = model.encode(messages)
    return prompt + model.encode_text(answer), len(prompt)


def ours(work: Workplace, data: Data, recipe: Recipe) -> tuple[Spent, list[float], Factors]:
    """What it took, the loss of each step, and the factors with their scale."""
    from engines.models.flat.learning import Course, learn
    from engines.models.flat.subjects import LowRank, wanted

    first, _ = wanted(work.trainable, recipe)
    work.trainable.open(first)
    work.trainable.lower.clear()  # nothing of an earlier turn is used
    subject = LowRank(work.trainable, recipe, {})

    def train() -> list[float]:
        course = Course(recipe, work.lessons(list(data.samples)), first)
        return learn(work.trainable, course, subject, tell=lambda *_: None, stop=lambda: False)

    losses, spent = Spent.by(train)
    arrays = subject.arrays()
    names = [name[2:] for name in arrays if name.startswith("a:")]
    return spent, losses, {n: (torch.tensor(arrays[f"a:{n}"]), torch.tensor(arrays[f"b:{n}"])) for n in names}


def rival(data: Data, recipe: Recipe, precision: str, folder: Path) -> tuple[Spent, list[float], Factors]:
    """The same by peft and transformers' Trainer, with its usual settings else."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer, DataCollatorForSeq2Seq, Trainer, TrainingArguments
    from transformers.trainer_callback import PrinterCallback

    torch.manual_seed(recipe.seed)
    model = AutoModelForCausalLM.from_pretrained(ensure_weights(), dtype=getattr(torch, precision))
    many = model.config.num_hidden_layers
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=0.0,
        target_modules=list(recipe.modules),
        layers_to_transform=list(range(many - recipe.layers, many)),
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(model, config)
    rows = [
        {"input_ids": [*tokens], "labels": [-100] * start + [*tokens[start:]], "attention_mask": [1] * len(tokens)}
        for tokens, start in data.learnt
    ]
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=recipe.batch,
        num_train_epochs=recipe.epochs,
        learning_rate=recipe.rate,
        weight_decay=0.0,
        lr_scheduler_type="linear",
        bf16=precision == "bfloat16",
        use_cpu=True,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        seed=recipe.seed,
    )
    tokenizer = AutoTokenizer.from_pretrained(ensure_weights())
    collator = DataCollatorForSeq2Seq(tokenizer, padding=True)
    trainer = Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collator)
    trainer.remove_callback(PrinterCallback)  # what is printed is the result alone
    _, spent = Spent.by(trainer.train)
    losses = [one["loss"] for one in trainer.state.log_history if "loss" in one]
    scale, factors = recipe.alpha / recipe.rank, {}
    for name, module in model.named_modules():
        if hasattr(module, "lora_A") and "default" in module.lora_A:
            down, up = module.lora_A["default"].weight, module.lora_B["default"].weight
            plain = name.removeprefix("base_model.model.")
            factors[plain] = down.detach().float(), up.detach().float() * scale
    return spent, losses, factors


def held_out_bits(data: Data, factors: Factors) -> float:
    """Bits per byte of the held-out answers under merged factors, by the plain model in float32."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(ensure_weights(), dtype=torch.float32)
    with torch.no_grad():
        for name, (down, up) in factors.items():
            model.get_submodule(name).weight += up @ down
        total = 0.0
        for tokens, start in data.held_out:
            logs = model(input_ids=torch.tensor([tokens])).logits[0, start - 1 : -1].log_softmax(-1)
            total -= float(logs.gather(1, torch.tensor(tokens[start:])[:, None]).sum())
    return total / math.log(2) / data.bytes


def measured(found: tuple[Spent, list[float], Factors], data: Data, recipe: Recipe) -> Made:
    """What came of one training."""
    spent, losses, factors = found
    epoch = len(losses) // recipe.epochs
    return Made(spent, statistics.mean(losses[:epoch]), statistics.mean(losses[-epoch:]), held_out_bits(data, factors))


def compare(precision: str, recipe: Recipe, *, repeats: int, person: str, most: int) -> dict[str, Any]:
    """Both in turns; medians of their seconds, and the median of the ratios of neighbours."""
    model = load(precision)
    assert isinstance(model, LocalModel)
    work = Workplace(model)
    data = data_of(model, person, most)
    mine: list[Made] = []
    theirs: list[Made] = []
    with tempfile.TemporaryDirectory() as folder:
        ours(work, data, replace(recipe, epochs=1))  # oneDNN makes its code once a process, as the server's child does
        for _ in range(repeats):
            mine.append(measured(ours(work, data, recipe), data, recipe))
            theirs.append(measured(rival(data, recipe, precision, Path(folder)), data, recipe))
    base = held_out_bits(data, {})
    return judged(precision, mine, theirs) | {
        "precision": precision,
        "recipe": {"rank": recipe.rank, "epochs": recipe.epochs, "batch": recipe.batch, "rate": recipe.rate},
        "examples": len(data.learnt),
        "steps": recipe.steps(len(data.learnt)),
        "layers": recipe.layers,
        "seconds": statistics.median(one.spent.seconds for one in mine),
        "seconds_rival": statistics.median(one.spent.seconds for one in theirs),
        "times_faster_by_processor": statistics.median(
            b.spent.busy / a.spent.busy for a, b in zip(mine, theirs, strict=True)
        ),
        "loss_first_epoch": mine[0].first,
        "loss_last_epoch": mine[0].last,
        "bits_per_byte_before": base,
        "threads": torch.get_num_threads(),
    }


def judged(precision: str, mine: Sequence[Made], theirs: Sequence[Made]) -> dict[str, Any]:
    """What is asked of both, and whether it was met: medians over the repeats."""
    faster = statistics.median(b.spent.seconds / a.spent.seconds for a, b in zip(mine, theirs, strict=True))
    bits, bits_rival = (statistics.median(one.bits for one in some) for some in (mine, theirs))
    lowered, lowered_rival = (statistics.median(1 - one.last / one.first for one in some) for some in (mine, theirs))
    return {
        "times_faster": faster,
        "fast": faster >= FASTER[precision],
        "loss_lowered": lowered,
        "loss_lowered_rival": lowered_rival,
        "learnt": min(lowered, lowered_rival) >= LOWERED,
        "bits_per_byte": bits,
        "bits_per_byte_rival": bits_rival,
        "bits_ratio": bits / bits_rival,
        "close": abs(bits / bits_rival - 1) <= APART,
    }


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--layers", type=int, default=OWN.layers)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--person", default="mabel")
    given = parser.parse_args()
    recipe = replace(OWN, layers=given.layers, epochs=given.epochs, rate=given.rate)
    found = compare(given.precision, recipe, repeats=given.repeats, person=given.person, most=16)
    print(json.dumps(found, indent=2) if given.json else "\n".join(f"{k}: {v}" for k, v in found.items()))


if __name__ == "__main__":
    main()
