# ---
# title: a GPU, from one thread to a whole step
# documents: none, it goes beyond them
# time: 20 s
# needs:
# ---

# %% [markdown]
"""
# A GPU, from one thread to a whole step

**You will know** what a GPU is fast at, what a launch costs, and how to read a
kernel.
**Time:** 50 minutes. **You need:** lesson 13 (ReLU network); a GPU is optional.

A GPU (图形处理器) has thousands of small processors. Each does what one thread
(线程) of a program says, and the same program, a kernel (核函数), runs in all
of them, on other data. That makes large matrices fast. It does not make small
ones fast: asking for a kernel, a launch (启动), costs some microseconds,
however little there is to compute.

This lesson reads minigrad's own kernels and runs them. With a GPU it measures
yours. Without one the kernels run on the CPU, thread by thread: slow, but they
compute the same, and the rest can be counted.
"""

# %% tags=["hidden"]
import sys
import textwrap
import time
from pathlib import Path
from typing import Any, Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
import minigrad.nn.functional as F
from lessons.support import begin, picture, read_options, write_results
from minigrad import nn, optim, plot
from minigrad.backend.gpu.bias_relu import bias_relu_reference
from minigrad.backend.gpu.dropout import philox_reference
from minigrad.backend.gpu.kernels import options as kernel_options, source
from minigrad.backend.gpu.on_cpu import CompiledOnCPU, compiler
from minigrad.ops.fusion import BiasReLU

options = read_options("gpu", "A GPU: what a launch costs, why fusing helps, "
                              "what a graph saves.")
begin(options)
rng = np.random.default_rng(options.seed)
GPU = minigrad.cuda.is_available()
DEVICES = ["cpu", "cuda"] if GPU else ["cpu"]
ROUNDS = 3 if options.quick else 9

print("GPU         ", end="")
print(minigrad.cuda.get_device_name() if GPU
      else textwrap.fill(f"none: {minigrad.cuda.why_not()}", 66,
                         subsequent_indent=" " * 12))
print("C++         "
      f"{compiler() or 'no compiler: the kernels are shown, but not run'}")

# %% [markdown]
"""
## One thread, one entry

Here is a whole file of kernels: the bias and the ReLU behind a layer. It is
C++, with two words of CUDA's: `__global__` marks what can be launched, and
`blockIdx`, `blockDim`, `threadIdx` say which thread this is. There is no loop
over the entries. Every thread computes one. `real` and `entry` are filled in
when the kernel is compiled: float or double, and a whole number of 32 or 64
bits.
"""

# %%
print(source("bias_relu"))

# %% [markdown]
"""
Threads come in blocks (线程块). With blocks of 4 threads, thread t of block b
takes entry

    i = b · 4 + t

For 10 entries there must be 3 blocks, 12 threads; the last two have nothing to
do, which is why every kernel begins with `if (i >= n) return`.
"""

# %%
n, size = 10, 4
blocks = -(-n // size)  # n / size, rounded up
visited = [b * size + t for b in range(blocks) for t in range(size)]
for b in range(blocks):
    mine = visited[b * size:(b + 1) * size]
    print(f"block {b}   entries "
          f"{' '.join(f'{i:2}' if i < n else ' –' for i in mine)}")
assert [i for i in visited if i < n] == list(range(n)), "each entry once"

# %% [markdown]
"""
To run it without a GPU, a header gives the words of CUDA a meaning on the CPU,
and a loop calls the kernel for each thread. The formula in NumPy, max(0, z +
b), says whether it is right.

The z of a linear layer with 3 outputs lies in memory as sample after sample, so
that the bias changes with every entry: b[i % 3].
"""


# %%
def run_on_cpu(file: str, name: str, threads: int, *arguments: Any,
               block: int = 64) -> None:
    """All threads of a kernel, one after another; arrays are changed in place.
    """
    kernels = CompiledOnCPU(source(file), kernel_options("float32"))
    kernels.run(name, (-(-threads // block), 1, 1), (block, 1, 1), arguments)


z, b = rng.normal(size=(4, 3)).astype(np.float32), np.array([1.0, 0.0, -1.0],
                                                            np.float32)
y = bias_relu_reference(z.reshape(-1), b, 1).reshape(4, 3)
if compiler():
    found = np.empty_like(z)
    run_on_cpu("bias_relu", "bias_relu", z.size, z, b, found, np.int64(z.size),
               np.int64(1), np.int32(3))
    assert np.array_equal(found, y)
for row, result in zip(z, y):
    print("  z " + " ".join(f"{v:7.3f}" for v in row) + "     max(0, z + b) "
          + " ".join(f"{v:7.3f}" for v in result))

# %% [markdown]
"""
## What a launch costs

Double n numbers, for n from 1 to a million. The time of a call is a fixed part,
for asking, and a part that grows with n. On a GPU the call returns before the
work is done; the clock must wait for the device (同步), once, behind many
calls.
"""


# %%
def seconds_of(work: Callable[[], Any], device: str, calls: int) -> float:
    """The median time of a call: several rounds of ``calls``, and a wait for
    the device after each.
    """
    found = []
    for _ in range(ROUNDS + 1):  # the first one warms up
        start = time.perf_counter()
        for _ in range(calls):
            work()
        if device == "cuda":
            minigrad.cuda.synchronize()
        found.append((time.perf_counter() - start) / calls)
    return float(np.median(found[1:]))


SIZES = [4**k for k in range(0, 11 if options.quick else 12)]
curves = {}
for device in DEVICES:
    xs = [minigrad.ones(count, device=device) for count in SIZES]
    with minigrad.no_grad():
        curves[device] = [
            seconds_of(lambda x=x: x * 2, device, 20) for x in xs
        ]

print("        n " + " ".join(f"{device:>12}" for device in DEVICES))
for k, count in enumerate(SIZES):
    print(f"{count:9,} " + " ".join(f"{curves[device][k] * 1e6:9.1f} µs"
                                    for device in DEVICES))

# %% [markdown]
"""
The curve is flat, then it rises in proportion. Where it is flat, the time is
the asking: a kernel twice as good would change nothing. On the CPU the asking
is Python's and NumPy's; on a GPU the launch comes on top. Half of the time is
asking where the curve has risen to twice its start:
"""


# %%
def turning_point(times: list[float]) -> int:
    """The first n whose time is at least twice that of n = 1."""
    return next((count for count, t in zip(SIZES, times) if t >= 2 * times[0]),
                SIZES[-1])


for device in DEVICES:
    print(f"{device:5}  {curves[device][0] * 1e6:6.1f} µs for one number, "
          f"twice that for {turning_point(curves[device]):,}")
    if device == "cpu":     # a large GPU doubles a million while it is asked
        assert curves[device][-1] > curves[device][0], \
            "a million numbers take longer than one"

# %% [markdown]
"""
## Why fusing helps

A kernel that only adds and compares waits for memory. So what it costs is
bytes. Bias and ReLU apart read z and write z + b, then read that and write y:
four passes over an array of N numbers. In one kernel, fused (融合), they read z
and write y: two. The bias is small and does not count.

    apart   z → z + b → y      4 · N · 4 bytes, 2 launches
    fused   z → y              2 · N · 4 bytes, 1 launch
"""

# %%
# what the convolution of lesson 23 (MNIST CNN) hands to its linear layer
N = (128, 5408)
entries = int(np.prod(N))
passes = {"apart": 4, "fused": 2}
for name, count in passes.items():
    print(f"{name:6} {count} passes  {count * entries * 4 / 1e6:5.1f} MB")

z_all, bias = minigrad.tensor(rng.normal(size=N).astype(
    np.float32)), minigrad.zeros(N[1])
apart, fused = (z_all + bias).relu(), BiasReLU()(z_all, bias)
assert minigrad.equal(apart, fused)

fusing = {}
if GPU:
    on_gpu = z_all.cuda(), bias.cuda()
    with minigrad.no_grad():
        fusing = {
            "apart": seconds_of(lambda: (on_gpu[0] + on_gpu[1]).relu(), "cuda",
                                50),
            "fused": seconds_of(lambda: BiasReLU()(*on_gpu), "cuda", 50)
        }
    print("".join(f"\n{name:6} {t * 1e6:6.1f} µs"
                  for name, t in fusing.items()))

# %% [markdown]
"""
## Thirty-two threads that add up

A sum needs all entries, and a thread has one. The threads of a warp (线程束),
32 that run in step, can hand each other numbers. In step one each adds the
number of the thread 16 places away, then 8, 4, 2, 1; after five exchanges every
thread holds the sum of all 32.
"""

# %%
values = rng.integers(0, 10, 32)
held = values.copy()
for far in (16, 8, 4, 2, 1):
    # ^ flips one bit of the thread's number
    held = held + held[np.arange(32) ^ far]
    print(f"far {far:2}   {' '.join(f'{v:3}' for v in held[:12])} …")
assert (held == values.sum()).all()

# %% [markdown]
"""
Softmax with cross-entropy does that twice in each row of scores, for the
maximum m and for Σ eˣ⁻ᵐ, and writes the loss: one launch instead of the seven
that the formula takes, one operation after another. Labels are not checked,
because that would mean waiting. A label that isn't a class makes the loss NaN.
"""

# %%
scores, labels = rng.normal(size=(5, 100)).astype(np.float32), rng.integers(
    0, 100, 5)
wanted = F.cross_entropy(minigrad.tensor(scores), minigrad.tensor(labels),
                         reduction="none")
print("loss    " + " ".join(f"{v:.5f}" for v in wanted.tolist()))
if compiler():
    loss, lse, weight = (np.empty(5, np.float32) for _ in range(3))
    run_on_cpu("cross_entropy", "cross_entropy", 5 * 32, scores, labels, loss,
               lse, weight, np.int64(5), np.int32(100), np.int64(-100))
    print("kernel  " + " ".join(f"{v:.5f}" for v in loss))
    assert np.allclose(loss, wanted.numpy(), atol=1e-5)

# %% [markdown]
"""
## Gather, do not scatter

Backward through a convolution, many windows add to the same pixel. If every
window's thread added to it, they would have to take turns, in an order that
changes from run to run. With rounding, the order changes the sum:
"""

# %%
a, c = np.float32(1e8), np.float32(1.0)
print(f"(1e8 + 1) − 1e8 = {(a + c) - a:.0f}      (1e8 − 1e8) + 1 = "
      f"{(a - a) + c:.0f}")
assert (a + c) - a != (a - a) + c

# %% [markdown]
"""
So `windows.cu` turns it round: a thread for each pixel gathers from the windows
that cover it, always in the same order. Two runs then give the same weights, to
the last bit.

## Random numbers without a state

A generator that remembers its last number is of no use to a million threads.
Philox computes number i of draw k from (seed, k, i) alone: ten rounds of
multiplying and mixing. Every thread knows its i; the mask of a dropout can be
computed again; and any device gives the same.
"""

# %%
SEED = 7
# (4, 4): four numbers for each i
first = philox_reference(SEED, 0, np.arange(4))
again, other = philox_reference(SEED, 0, np.arange(4)), philox_reference(
    SEED, 1, np.arange(4))
print("draw 0  " + " ".join(f"{v / 2**32:.4f}" for v in first.reshape(-1)[:8]))
print("draw 1  " + " ".join(f"{v / 2**32:.4f}" for v in other.reshape(-1)[:8]))
assert (first == again).all() and (first != other).all()
many = philox_reference(SEED, 2, np.arange(25_000)).reshape(-1) / 2**32
print(f"100,000 of them: mean {many.mean():.3f}, below 0.25 a share of "
      f"{(many < 0.25).mean():.3f}")
assert abs(many.mean() - 0.5) < 0.01

# %% [markdown]
"""
## What a graph saves

A step of a small network is some thirty launches. Their work takes a few
microseconds each; asking from Python takes longer, and the GPU waits. A graph
(图) is the list of launches, recorded once. Then one call starts all of them.

    step = minigrad.cuda.capture(train)  # train(x, y): a step
    for x, y in batches:
        loss = step(x, y)

What is replayed is exactly what was recorded. So the learning rate, the step
count of Adam and the count k of the random numbers lie in the device's memory,
where the kernels look. And nothing in the step may wait for the device: no
`loss.item()`, no `if` on a value.
"""


# %%
def training_step(device: str) -> Callable[[Any, Any], Any]:
    """A whole step of the network of lesson 23 (MNIST CNN)."""
    minigrad.manual_seed(options.seed)
    model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Flatten(), nn.Linear(5408, 64), nn.ReLU(),
                          nn.Linear(64, 10)).to(device)
    adam = optim.Adam(model.parameters(), lr=0.001)

    def train(x: Any, y: Any) -> Any:
        adam.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        adam.step()
        return loss
    return train


BATCH = 16 if options.quick else 128
pixels = minigrad.tensor(rng.random((BATCH, 1, 28, 28)).astype(np.float32))
digits = minigrad.tensor(rng.integers(0, 10, BATCH))
steps = {}
if GPU:
    x, y_true = pixels.cuda(), digits.cuda()
    plain, captured = training_step("cuda"), minigrad.cuda.capture(
        training_step("cuda"), warmup=2)
    losses = [(plain(x, y_true).item(), captured(x, y_true).item())
              for _ in range(4)]
    assert np.allclose(*zip(*losses),
                       rtol=1e-3), "the graph does the same steps"
    count = 2 if options.quick else 50
    steps = {"eager": seconds_of(lambda: plain(x, y_true), "cuda", count),
             "graph": seconds_of(lambda: captured(x, y_true), "cuda", count)}
    for name, t in steps.items():
        print(f"{name:6} {t * 1e3:8.3f} ms a step")
else:
    losses = [training_step("cpu")(pixels, digits).item()]
    print("without a GPU there is nothing to capture; the step itself runs: "
          f"loss {losses[0]:.3f}")
    try:
        minigrad.cuda.capture(training_step("cpu"))(pixels, digits)
    except minigrad.errors.DeviceError as error:
        print(textwrap.fill(f"DeviceError: {error}", 79))

# %% [markdown]
"""
## The picture

Left the price of a call, right what fusing and, with a GPU, the graph save.
"""

# %% tags=["hidden"]
bars = {
    "bias and ReLU, MB": {
        name: count * entries * 4 / 1e6
        for name, count in passes.items()
    }
}
if GPU:
    bars["bias and ReLU, µs"] = {name: t * 1e6 for name, t in fusing.items()}
    bars["a training step, ms"] = {name: t * 1e3 for name, t in steps.items()}
with plot.figure(4 + 2.2 * len(bars) + 2, 4.2,
                 "what a call costs, and what saves calls") as fig:
    axes = fig.subplots(1, 1 + len(bars), width_ratios=[2.2] + [1] * len(bars))
    for device, style, color in zip(DEVICES, ("-o", "--s"),
                                    (plot.BLUE, plot.ORANGE)):
        axes[0].loglog(SIZES, [t * 1e6 for t in curves[device]], style,
                       color=color, label=device)
    axes[0].set(xlabel="numbers to double", ylabel="time of a call, µs")
    axes[0].legend()
    for ax, (title, pair) in zip(axes[1:], bars.items()):
        drawn = ax.bar(list(pair), list(pair.values()),
                       color=[plot.ORANGE, plot.GREEN], width=0.6)
        ax.bar_label(drawn, fmt="%.3g", padding=2)
        ax.set(title=title)
        ax.margins(y=0.12)
    picture(fig, options, "gpu")

write_results(options.output / "results.json", options, lesson="gpu",
              gpu=minigrad.cuda.get_device_name() if GPU else None,
              microseconds={d: [t * 1e6 for t in curves[d]]
                            for d in DEVICES}, sizes=SIZES, fusing=fusing,
              step_seconds=steps)

# %% [markdown]
"""
## What to remember

- A kernel is the program of one thread; i = block · size + thread says which
  entry is its own.
- A launch costs microseconds. Below some ten thousand numbers the time of an
  operation is the asking.
- Kernels without products wait for memory: fusing two of them saves passes,
  and a launch.
- Threads of a warp add up by exchanging numbers; sums that must not change
  from run to run gather.
- Reading a value waits for the device. A graph asks once for a whole step,
  and cannot be read in between.

## Things to try

- Read `minigrad/backend/gpu/adam.cu`: one launch updates all parameters.
  Where does the learning rate come from, and why not as an argument?
- Change `>= limit` to `< limit` in a copy of `dropout.cu`, and let
  `CompiledOnCPU` run it. Which share of the entries is 0 now?
- With a GPU: `python benchmarks/gpu.py` measures steps of the lessons'
  networks beside PyTorch's.
"""
