"""A process that has its answer ends in peace: it waits for the worker's thread, for which PyTorch would abort it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from data.home import ROOT
from engines.models.worker import ENDS

SCRIPT = """
import sys, time
from pathlib import Path
from engines.models.echo import EchoModel
from engines.models.whole import Rows
from engines.models.worker import ModelWorker
from engines.types import Message, Part, ScoreRow
step = Rows.step
def slow(self):
    known = step(self)
    time.sleep(0.7)
    Path(sys.argv[1]).write_text("the step has ended")
    return known
Rows.step = slow
worker = ModelWorker(EchoModel)
row = ScoreRow((Message("user", (Part("a b"),)),), ("a",))
print(len(worker.score([row] * int(sys.argv[2]))))
"""


def test_a_step_that_still_runs_is_waited_for(tmp_path: Path) -> None:
    told = tmp_path / "told"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(told), "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
    assert told.read_text() == "the step has ended"


def test_an_idle_worker_and_one_that_was_never_asked_do_not_hold_up_the_end(tmp_path: Path) -> None:
    told = tmp_path / "seconds"
    begin = f"import atexit\natexit.register(lambda: Path({str(told)!r}).write_text(str(time.monotonic() - begun)))\n"
    for count in ("1", "0"):
        script = f"{begin}{SCRIPT}time.sleep(1)\nbegun = time.monotonic()\n"
        subprocess.run([sys.executable, "-c", script, str(tmp_path / "told"), count], cwd=ROOT, check=True, timeout=60)
        assert float(told.read_text()) < ENDS / 2, "what is registered first comes last, behind the worker's end"
