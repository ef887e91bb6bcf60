"""Jobs killed at random moments: they end within seconds, leave no process, and go on from their checkpoint.

    unshare --pid --fork --mount-proc python tests/distributed/kills.py 30

What is killed: a rank that is in backward, sending a bucket, or writing the checkpoint, by itself; any rank,
mpiexec, or the launcher, from outside, at some moment. Linux only: processes are found in /proc.
"""
from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 10.0                # seconds
MOMENTS = ("backward", "sent", "saving", "outside", "mpiexec", "launcher")
TRAINING = """
import json, os, sys, time
import numpy as np
import minigrad
from minigrad import nn, optim
from minigrad.data import DataLoader, TensorDataset
from minigrad.nn.parallel import DistributedDataParallel
from minigrad.train import Callback, Checkpoint, fit
import minigrad.distributed as dist

folder, moment, victim, step = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
minigrad.set_default_dtype(minigrad.float64)
minigrad.manual_seed(0)
random = np.random.default_rng(0)
data = TensorDataset(random.normal(size=(21, 5)), random.integers(0, 3, 21))
model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))
optimizer = optim.Adam(model.parameters(), lr=0.01)
now = [0]

def die(where):
    if moment == where and now[0] == step and dist.get_rank() == victim:
        open(folder + "/killed", "w").close()
        os.kill(os.getpid(), 9)

class Moments(Callback):
    def on_batch_begin(self, run):
        now[0] = run.epoch * run.batches + run.batch
        if moment not in ("backward", "sent", "saving", "none"):
            time.sleep(0.05)                    # so that there is a moment to be killed from outside
        open(folder + "/begun", "w").close()

model[2].weight.register_hook(lambda g: die("backward"))
usual, replace = DistributedDataParallel.__init__, os.replace

def told(self, *args, **kwargs):
    usual(self, *args, **kwargs)
    self.reducer.tell = lambda what, number: die(what)

def replaced(*args):
    die("saving")                               # the new file is written, the old one still in its place
    replace(*args)

DistributedDataParallel.__init__, os.replace = told, replaced
fit(model, DataLoader(data, batch_size=6, shuffle=True), nn.CrossEntropyLoss(), optimizer, epochs=6,
    callbacks=[Checkpoint(folder + "/run.safetensors", resume=True, every=1), Moments()])
if dist.get_rank() == 0:
    print("weights", json.dumps([w.tolist() for w in model.state_dict().values()]))
"""


def environment() -> dict[str, str]:
    """For jobs that find minigrad, and leave each other some processors."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def begin(folder: Path, ranks: int, moment: str, victim: int = 0, step: int = 0) -> subprocess.Popen:
    """A job in a folder of its own, by which its processes can be found."""
    script = folder / "training.py"
    script.write_text(TRAINING, encoding="utf-8")
    env = {**environment(), "TMPDIR": str(folder)}
    return subprocess.Popen([sys.executable, "-m", "minigrad.launch", "-n", str(ranks), "--quiet",
                             str(script), str(folder), moment, str(victim), str(step)], env=env,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def processes(folder: Path) -> dict[int, str]:
    """The processes of the folder's job that have not ended, with their command lines."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}\0".encode() in (entry / "environ").read_bytes():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            pass
    return found


def until(condition, seconds: float) -> bool:
    """Wait for a condition; whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def weights(job: subprocess.Popen) -> list:
    """What an undisturbed job has learned, as one list of numbers."""
    out, errors = job.communicate(timeout=120)
    assert job.returncode == 0, errors
    line = next(line for line in out.splitlines() if line.startswith("weights "))
    return flat(json.loads(line.partition(" ")[2]))


def flat(values) -> list:
    return [x for value in values for x in flat(value)] if isinstance(values, list) else [values]


def trial(moment: str, ranks: int, resumed: int, expected: list, choose: random.Random) -> float:
    """Kill one job, resume it on another number of ranks; the seconds it took to end."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        victim = 0 if moment == "saving" else choose.randrange(ranks)       # rank 0 saves
        job = begin(folder, ranks, moment, victim, choose.randrange(2, 22))
        if moment in ("backward", "sent", "saving"):
            assert until((folder / "killed").exists, 120), f"{moment}: {job.communicate(timeout=5)}"
        else:
            assert until((folder / "begun").exists, 120)
            time.sleep(choose.random() * 0.8)
            words = {"outside": "launch.rank", "mpiexec": "mpiexec", "launcher": "minigrad.launch "}[moment]
            pids = [pid for pid, line in processes(folder).items() if words in line and
                    ("launch.rank" in line) == (moment == "outside")]
            pids = pids or [job.pid]
            os.kill(job.pid if moment == "launcher" else choose.choice(pids), signal.SIGKILL)
        killed = time.monotonic()
        assert until(lambda: job.poll() is not None, LIMIT), f"{moment}: the launcher still runs"
        assert until(lambda: not processes(folder), LIMIT), f"{moment}: left over: {processes(folder)}"
        took = time.monotonic() - killed
        errors = job.communicate()[1]
        assert took < LIMIT and job.returncode, f"{moment}: {took:.1f} s, status {job.returncode}, {errors}"
        found = weights(begin(folder, resumed, "none"))
        far = max(abs(a - b) for a, b in zip(found, expected, strict=True))
        assert far < 1e-12, f"{moment}, resumed on {resumed}: weights differ by {far}"
        return took


def undisturbed() -> list:
    """What one process learns."""
    with TemporaryDirectory() as name:
        return weights(begin(Path(name), 1, "none"))


def main() -> None:
    count, choose = int(sys.argv[1]), random.Random(0)
    expected, longest = undisturbed(), 0.0
    for k in range(count):
        moment, ranks, resumed = MOMENTS[k % len(MOMENTS)], choose.choice((2, 4)), (1, 2, 4)[k % 3]
        took = trial(moment, ranks, resumed, expected, choose)
        longest = max(longest, took)
        print(f"{k + 1:2d}  {moment:9} {ranks} ranks  ended after {took:.1f} s, resumed on {resumed}",
              flush=True)
    print(f"{count} kills: each job ended within {longest:.1f} s, left no process, and learned the same")


if __name__ == "__main__":
    main()
