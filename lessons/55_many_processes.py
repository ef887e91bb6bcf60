# ---
# title: many processes
# documents: none, it goes beyond them
# time: 1 min
# needs:
# ---

# %% [markdown]
"""
# Many processes, one network

**You will know** how several processes train one network, why the result is
that of one process, what goes wrong when it isn't, and what it costs.
**Time:** 50 minutes. **You need:** lesson 18 (optimizers).

One processor is too slow. So p processes share each batch (数据并行). Each has
the whole network and computes the gradient of its part, a p-th of the batch.
Then they add up: an all-reduce (全归约). That is all. The rest is how to
do it fast, and how not to get it wrong.

With an MPI this lesson runs two processes of its own. It comes as a package:
`pip install -e ".[mpi]"`. Without it you see the same with one.
"""

# %% tags=["hidden"]
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures import many_processes as figures
from lessons.support import begin, picture, read_options, write_results
from minigrad import nn, optim
from minigrad.data.distributed import DistributedSampler
from minigrad.distributed import is_available
from minigrad.launch import launch
from minigrad.nn import functional as F

options = read_options("many_processes", "Many processes, one network.")
begin(options)
Array = np.ndarray[Any, Any]
SEEDS = range(options.seed, options.seed + (2 if options.quick else 5))

# %% [markdown]
"""
## The sum of gradients is the gradient of the sum

On paper: the loss ½(w − x)², w = 0, and x = 2, 6, 4, 8. The mean of all four
gradients w − x is −5. Rank 0 has x = 2 and 4, with the mean −3; rank 1 has 6
and 8, with the mean −7. The mean of the two is −5.

In numbers that a float holds exactly, the two are the same to the bit. With
others they differ by rounding, because sums in another order round otherwise.
"""


# %%
def gradient(w: Array, x: Array, y: Array) -> Array:
    """Of the mean over the rows of ½ (x · w − y)²."""
    weights = minigrad.tensor(w, requires_grad=True)
    error = minigrad.tensor(x) @ weights - minigrad.tensor(y)
    (0.5 * (error ** 2).mean()).backward()
    return weights.grad.numpy()


random = np.random.default_rng(options.seed)
x = random.integers(-8, 9, (8, 5)).astype(float)
y, w = random.integers(-8, 9, 8).astype(float), np.zeros(5)
whole = gradient(w, x, y)
parts = [gradient(w, x[rank::2], y[rank::2]) for rank in range(2)]
assert np.array_equal(sum(parts) / 2, whole)            # to the bit
print("whole numbers: the same to the bit")

x, y, w = random.normal(size=(8, 5)), random.normal(size=8), np.ones(5)
whole = gradient(w, x, y)
parts = [gradient(w, x[rank::2], y[rank::2]) for rank in range(2)]
print(f"others:        up to {np.abs(sum(parts) / 2 - whole).max():.0e} apart")
assert np.allclose(sum(parts) / 2, whole, atol=1e-14)

# %% [markdown]
"""
## Unequal parts: an average of averages

Seven samples, and two ranks with 4 and 3. The plain mean of their two gradients
is not the gradient: the three count too much. Send sums and counts, and divide
at the end; or weigh each mean with n_r / n. `fit` and DistributedDataParallel
do. For accuracies it is the same: add up how many are right, and of how many.
"""

# %%
whole = gradient(w, x[:7], y[:7])
parts = [gradient(w, x[:7][rank::2], y[:7][rank::2]) for rank in range(2)]
averaged, weighed = sum(parts) / 2, (4 * parts[0] + 3 * parts[1]) / 7
print(f"mean of means  off by {np.abs(averaged - whole).max():.3f}")
print(f"weighed        off by {np.abs(weighed - whole).max():.0e}")
assert np.allclose(weighed, whole, atol=1e-14)
assert not np.allclose(averaged, whole, atol=1e-3)

# %% [markdown]
"""
## A ring

How do p ranks add up n numbers each? If all send theirs to rank 0, it receives
(p − 1) n numbers, and waits get longer with every rank. In a ring nobody is
special. Cut the numbers into p chunks. In p − 1 steps each rank hands one
chunk to its right neighbor, who adds it to its own: now each rank has one chunk
that is complete. In p − 1 more steps the complete ones go round. Each rank
sends 2 (p − 1) / p · n numbers: never more than 2n, for any p.

You write it yourself in exercise 34; here is what each step does.
"""


# %%
def ring(arrays: list[Array]) -> tuple[list[Array], int]:
    """The sums on each rank, and how many numbers a rank has sent."""
    p = len(arrays)
    chunks = [np.array_split(a.copy(), p) for a in arrays]
    sent = 0
    for phase in (0, 1):                        # add up, then hand round
        for step in range(p - 1):
            out = []
            for rank in range(p):               # all at the same time
                k = (rank - step + phase) % p
                out.append((k, chunks[rank][k].copy()))
            sent += len(out[0][1])
            for rank in range(p):
                k, numbers = out[(rank - 1) % p]
                chunks[rank][k] = (numbers + chunks[rank][k] if phase == 0
                                   else numbers)
    return [np.concatenate(c) for c in chunks], sent


print("ranks   each sends   to one rank, it receives")
for p in (2, 4, 8):
    arrays = [random.integers(0, 9, 64).astype(float) for _ in range(p)]
    sums, sent = ring(arrays)
    assert all(np.array_equal(found, sum(arrays)) for found in sums)
    assert sent == 2 * (p - 1) * 64 // p
    print(f"{p:5}{sent:13}{(p - 1) * 64:27}")

# %% [markdown]
"""
## What goes wrong

Simulated ranks: p networks in this process, which add up their gradients by
hand. Done right, all have the same weights after every step, so the same hash
(哈希). Then three mistakes, one at a time:

    no broadcast   each rank starts with its own random weights
    readiness      each rank sends its gradients in the order in which they are
                   ready, and messages are matched by their order
    no set_epoch   the sampler has the same order in every epoch

The first two show in the hashes. Nothing crashes, and the loss may fall.
"""


# %%
def hash_of(model: nn.Module) -> str:
    """Eight letters that change with any bit of the weights."""
    data = b"".join(w.detach().numpy().tobytes() for w in model.parameters())
    return hashlib.sha256(data).hexdigest()[:8]


def simulate(seed: int, ranks: int = 2, broadcast: bool = True,
             agreed: bool = True, steps: int = 30) -> tuple[list, float]:
    """Train on two moons; the networks of all ranks and rank 0's loss."""
    draw = np.random.default_rng(seed)
    angle, label = draw.random(64) * np.pi, draw.integers(0, 2, 64)
    points = np.stack([np.cos(angle) + label, np.sin(angle) * (1 - 2 * label)])
    x, y = minigrad.tensor(points.T), minigrad.tensor(label)
    models = []
    for rank in range(ranks):
        minigrad.manual_seed(seed if broadcast else seed + rank)
        models.append(nn.Sequential(nn.Linear(2, 8), nn.Tanh(),
                                    nn.Linear(8, 8), nn.Tanh(),
                                    nn.Linear(8, 2)).double())
    steppers = [optim.SGD(m.parameters(), lr=0.5) for m in models]
    for _ in range(steps):
        sent = []
        for rank, model in enumerate(models):
            model.zero_grad()
            part = slice(rank, None, ranks)
            F.cross_entropy(model(x[part]), y[part]).backward()
            order = list(model.parameters())
            if not agreed and rank:     # rank 1 had 2.weight before 0.weight
                order[0], order[2] = order[2], order[0]
            sent.append(order)
        for same_place in zip(*sent):   # one message from each rank
            shapes = [w.grad.numpy().ravel() for w in same_place]
            size = min(map(len, shapes))
            total = sum(numbers[:size] for numbers in shapes) / ranks
            for w in same_place:
                w.grad.numpy().reshape(-1)[:size] = total
        for stepper in steppers:
            stepper.step()
    with minigrad.no_grad():
        return models, F.cross_entropy(models[0](x), y).item()


print(f"{'':14}{'rank 0':>10}{'rank 1':>10}     loss of each seed, 1 rank "
      "and 2")
differ: dict[str, bool] = {}
for name, mistake in (("right", {}), ("no broadcast", {"broadcast": False}),
                      ("readiness", {"agreed": False})):
    losses, hashes = [], []
    for seed in SEEDS:
        models, loss = simulate(seed, **mistake)
        alone = simulate(seed, ranks=1)[1]
        losses.append((alone, loss))
        hashes.append([hash_of(m) for m in models])
    differ[name] = all(a != b for a, b in hashes)
    if name == "right":
        assert all(a == b for a, b in hashes)
        assert np.allclose(*np.transpose(losses), atol=1e-12)
    pairs = "  ".join(f"{a:.3f} {b:.3f}" for a, b in losses[:2])
    print(f"{name:14}{hashes[0][0]:>10}{hashes[0][1]:>10}     {pairs}")
assert differ == {"right": False, "no broadcast": True, "readiness": True}

# %%
sampler = DistributedSampler(range(10), num_replicas=2, rank=0)
forgotten = [list(sampler) for epoch in range(3)]
told = []
for epoch in range(3):
    sampler.set_epoch(epoch)
    told.append(list(sampler))
print("without set_epoch:", *forgotten, sep="\n  ")
print("with set_epoch:", *told, sep="\n  ")
assert forgotten[0] == forgotten[1] == forgotten[2]
assert told[0] != told[1]

# %% [markdown]
"""
## Buckets, sent while backward goes on

Backward finds the last layer's gradient first. While the walk computes the
next, the first can travel. A message costs time even if it is empty, so small
gradients go together, in *buckets* (桶). The list of buckets is made once, from
the parameters in reverse order, and all ranks send it in that order.

Here is a real job: a script, started by `minigrad.launch`, that writes down
when each bucket was sent and when its sum had arrived.
"""

# %%
SCRIPT = """
import json, sys, time
import minigrad
import minigrad.distributed as dist
from minigrad import nn
from minigrad.nn.parallel import DistributedDataParallel

dist.init_process_group()
net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512),
                    nn.ReLU(), nn.Linear(512, 512), nn.ReLU(),
                    nn.Linear(512, 10))
model = DistributedDataParallel(net, bucket_cap_mb=1.1)
x = minigrad.randn(256, 784)
events, backward, whole = [], [], []

def now(what, bucket):
    events.append((what, bucket, time.perf_counter()))

model.reducer.tell = now
for step in range(6):                       # the last one is looked at
    events.clear()
    start = time.perf_counter()
    loss = model(x).sum()
    begin = time.perf_counter()
    loss.backward()
    end = time.perf_counter()
    net.zero_grad()
    alone = time.perf_counter()
    net(x).sum().backward()                 # without the others
    whole.append(time.perf_counter() - alone)
times = []
for size in (1, 1000, 10_000, 100_000, 1_000_000):
    numbers, took = minigrad.zeros(size), []
    for _ in range(12):
        dist.barrier()
        start = time.perf_counter()
        dist.all_reduce(numbers)
        took.append(time.perf_counter() - start)
    times.append((4 * size, sorted(took)[6]))
events = [(what, bucket, t - begin) for what, bucket, t in events]
found = {"ranks": dist.get_world_size(), "events": events,
         "bytes": sum(4 * w.numel() for w in net.parameters()),
         "end": end - begin, "step": sorted(whole)[3], "times": times,
         "traffic": dist.traffic()}
with open(f"{sys.argv[1]}/rank{dist.get_rank()}.json", "w") as file:
    json.dump(found, file)
"""
ranks = 2 if is_available() else 1
script = options.output / "job.py"
script.write_text(SCRIPT, encoding="utf-8")
status = launch(ranks, [str(script), str(options.output)], timeout=60)
assert status == 0
run = json.loads((options.output / "rank0.json").read_text(encoding="utf-8"))
buckets = 1 + max(bucket for _, bucket, _ in run["events"])
in_flight = sum(what == "sent" and at < run["end"]
                for what, _, at in run["events"])
order = [bucket for what, bucket, _ in run["events"] if what == "sent"]
print(f"{run['ranks']} processes, {buckets} buckets, sent in the order",
      order)
assert order == sorted(order) and in_flight == buckets
picture(figures.timeline(run), options, "timeline")

# %% [markdown]
"""
## What it costs

A message takes α seconds even if it is empty, and β more for each byte. Our
ring needs 2 (p − 1) messages one after the other. There are ways with 2 log₂ p
(Thakur 2005), which still move about 2n bytes through each rank:

    T(p) = 2 α log₂ p + 2 (p − 1) / p · β n

From α and β follows how a job *would* grow. Weak scaling: each rank keeps its
batch, so the work grows with p. Strong scaling: the batch stays, so each rank
has less and less to do, and the same gradient to send. Efficiency (效率) is the
share of the time in which the ranks compute.

The curves are a model, with the numbers measured here and with those of an
ordinary network (α = 50 µs, 1 GB/s). Nobody ran a thousand ranks. Nothing in
the model gets slower by itself: real jobs wait for their slowest rank.
"""

# %%
sizes, seconds = np.transpose(run["times"])
if run["ranks"] > 1:
    alpha = float(seconds[0]) / 2
    beta = max(float(seconds[-1] - seconds[0]) / float(sizes[-1]), 1e-12)
    print(f"measured with {run['ranks']} processes, on this machine, now:")
else:
    alpha, beta = 2e-5, 5e-10
    print("no MPI here; numbers of a machine with two cores:")
print(f"  α {alpha * 1e6:.0f} µs, β {beta * 1e9:.2f} ns a byte, a step "
      f"{run['step'] * 1e3:.0f} ms, its gradient {run['bytes'] / 1e6:.1f} MB")


def reduce_time(p: Array, alpha: float, beta: float) -> Array:
    """Seconds of an all-reduce of the gradient among p ranks."""
    return (2 * alpha * np.log2(p)
            + 2 * (p - 1) / p * beta * run["bytes"])


p = 2.0 ** np.arange(11)
scaling = {}
for name, a, b in (("this machine", alpha, beta), ("network", 5e-5, 1e-9)):
    cost, step = reduce_time(p, a, b), run["step"]
    scaling[name] = {"weak": step / (step + cost),
                     "strong": step / p / (step / p + cost)}
    assert np.all(np.diff(scaling[name]["strong"]) < 0)
    print(f"  {name:13} with 1,024 ranks: weak "
          f"{scaling[name]['weak'][-1]:.0%}, strong "
          f"{scaling[name]['strong'][-1]:.1%} efficient")
picture(figures.scaling(p, scaling), options, "scaling")

# %% [markdown]
"""
## Where it ends

All-reduce needs the whole network on every rank, with its gradient and what the
optimizer keeps: for Adam four numbers for each weight. When that does not fit
any more, there are other ways to share:

    sharded optimizer   each rank keeps Adam's means of its p-th of the weights
                        only, updates these, and hands them round (ZeRO)
    pipeline            each rank has some of the layers; a batch goes through
                        them in small pieces, and at its ends ranks are idle
"""

# %%
weights, p = 1_000_000, 4
replicated = 4 * 4 * weights
sharded = (2 + 2 / p) * 4 * weights
pieces = 6
idle = (p - 1) / (pieces + p - 1)
print(f"Adam, a million weights, {p} ranks: {replicated / 1e6:.0f} MB "
      f"on each, sharded {sharded / 1e6:.0f} MB")
print(f"a pipeline of {p} ranks, {pieces} pieces: idle {idle:.0%} of the time")
picture(figures.sharded(p), options, "sharded")
picture(figures.pipeline(p, pieces), options, "pipeline")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="many_processes", ranks=run["ranks"], buckets=buckets,
              alpha=alpha, beta=beta, step=run["step"], bytes=run["bytes"],
              traffic=run["traffic"], sharded=sharded, idle=idle,
              scaling={k: {n: list(v) for n, v in s.items()}
                       for k, s in scaling.items()})
print(f"\nPictures and results.json are in {options.output}.")

# %% [markdown]
"""
## What to remember

- A gradient is a mean over samples. So p processes with a part each find the
  gradient of the whole, if they weigh their parts by their sizes.
- Same start, same sum, same order of messages: then all ranks have the same
  weights to the bit. Compare hashes, every epoch.
- All-reduce costs 2n bytes for any p, and more messages with every doubling.
  With a fixed batch there is always a p from which it doesn't pay.

What would refute this: one epoch after which two ranks have different hashes.

## Things to try

- `python -m lessons mnist_cnn --quick --ranks 2`. Which lines differ from a run
  with one process, and in which digit?
- Set bucket_cap_mb to 0, then to 100, and look at the time line again.
- Let rank 1 sleep for ten seconds in the script. Who waits, and where?
"""
