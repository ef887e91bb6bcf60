# ---
# title: a compiler for a training step
# documents: none, it goes beyond them
# time: 20 s
# needs:
# ---

# %% [markdown]
"""
# A compiler for a training step

**You will know** how a training step (训练步) becomes a program that no longer
needs Python: what is recorded, which loops can be fused (算子融合), when memory
can be used again, and what such a program must never do silently.
**Time:** 40 minutes. **You need:** lesson 2 (build an engine).

A small network spends hardly any of its time on arithmetic. For every
operation Python looks up a method, NumPy makes an array, the engine writes
down a node. For three numbers that takes far longer than adding them. And a
large network writes every intermediate result to memory and fetches it again. A
compiler (编译器) does away with both.
"""

# %% tags=["hidden"]
import ctypes
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures.compiled import ratios
from lessons.support import begin, picture, read_options, write_results
from minigrad import nn
from minigrad.backend.c.toolchain import library_of, why_not

options = read_options("compiler", "A compiler for a training step.")
begin(options)

# %% [markdown]
"""
## Recording

Take f = (x·y + x)² and its gradient by the chain rule. To record (记录) it we
call the function with something that is not a number: each operator writes
down what it was asked to do, and returns the name of the result. The function
does not notice.
"""

# %%
Line = tuple[str, str, str, str]            # result, operator, two operands


class Noted:
    """A name instead of a number; operators go onto the tape."""

    def __init__(self, name: str, tape: list[Line]) -> None:
        self.name, self.tape = name, tape

    def note(self, operator: str, other: Any) -> "Noted":
        """Write one line."""
        second = other.name if isinstance(other, Noted) else str(other)
        made = f"t{len(self.tape)}"
        self.tape.append((made, operator, self.name, second))
        return Noted(made, self.tape)

    def __mul__(self, other: Any) -> "Noted":
        return self.note("*", other)

    def __add__(self, other: Any) -> "Noted":
        return self.note("+", other)

    def __bool__(self) -> bool:             # see "What a program must not do"
        return True


def step(x: Any, y: Any) -> tuple[Any, Any]:
    """f = (x·y + x)² and ∂f/∂x = 2 (x·y + x) (y + 1)."""
    inner = x * y + x
    return inner * inner, inner * 2.0 * (y + 1.0)


def recorded(function: Callable[..., Any]) -> tuple[list[Line], list[str]]:
    """The tape of a function of x and y, and the names of its results."""
    tape: list[Line] = []
    results = function(Noted("x", tape), Noted("y", tape))
    return tape, [result.name for result in results]


tape, results = recorded(step)
for made, operator, a, b in tape:
    print(f"  {made} = {a} {operator} {b}")
print(f"  results: {', '.join(results)}")

# %% [markdown]
"""
## Running what was recorded

The tape is a program. To run it, a dictionary of names is enough. That it
computes the same is not a matter of taste: the numbers must agree to the last
bit, because the same operations run in the same order.
"""

# %%
OPERATORS = {"*": np.multiply, "+": np.add}


def run(tape: list[Line], names: list[str], **inputs: Any) -> list[Any]:
    """The results for these inputs, line by line."""
    values: dict[str, Any] = dict(inputs)
    for made, operator, a, b in tape:
        first, second = (values[n] if n in values else float(n)
                         for n in (a, b))
        values[made] = OPERATORS[operator](first, second)
    return [values[name] for name in names]


rng = np.random.default_rng(options.seed)
for _ in range(100):
    x, y = rng.standard_normal((2, 5))
    assert all(np.array_equal(mine, true) for mine, true
               in zip(run(tape, results, x=x, y=y), step(x, y)))
print("100 inputs, the same to the last bit")

# %% [markdown]
"""
## Fusing

NumPy runs one line after the other, each over the whole array: it reads two
arrays from memory and writes one. Fused into one loop, an entry of x and y is
read once, everything is computed in registers, and only the results are
written. Count the arrays that travel.
"""

# %%
as_recorded = sum(3 if b[0] in "xyt" else 2 for *_, b in tape)
fused = 2 + len(results)                    # x and y in, the results out
print(f"arrays read or written: {as_recorded} line by line, {fused} fused")

lines = [f"        float {made} = {a if a[0] == 't' else a + '[i]'} "
         f"{operator} {b + '[i]' if b in 'xy' else b};"
         for made, operator, a, b in tape]
source = "\n".join([
    "void loop(long n, float *x, float *y, float *f, float *g) {",
    "    for (long i = 0; i < n; i++) {", *lines,
    f"        f[i] = {results[0]};", f"        g[i] = {results[1]};",
    "    }", "}", ""])
print(source)

# %% [markdown]
"""
A C compiler makes a library of it, and `ctypes` calls it. Is it really faster,
or is NumPy good enough? The skeptic's answer is to measure both, at a size
that fits the cache and at one that does not. The results agree to rounding
only: a processor may multiply and add in one go, with one rounding.
"""

# %%
library = library_of(source)
if library is None:
    print(f"no compiler here: {why_not()}")


def seconds(function: Callable[[], Any], times: int) -> float:
    """The median of some calls."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return median(taken)


for n in (1_000, 300_000 if options.quick else 3_000_000):
    x, y = rng.standard_normal((2, n)).astype(np.float32)
    f, g = np.empty_like(x), np.empty_like(x)
    plain = seconds(lambda: step(x, y), 15)
    if library is not None:
        where = [ctypes.c_void_p(a.ctypes.data) for a in (x, y, f, g)]
        loop = seconds(lambda: library.loop(ctypes.c_long(n), *where), 15)
        for mine, true in zip((f, g), step(x, y)):
            np.testing.assert_allclose(mine, true, rtol=1e-4, atol=1e-5)
        print(f"{n:9,} entries: NumPy {plain * 1e6:8.1f} µs, "
              f"one loop {loop * 1e6:8.1f} µs")

# %% [markdown]
"""
## The last use

In a longer program not everything fits into registers. A result needs memory
from the line that makes it to its last use (最后一次使用); after that another
one may lie there. Walk through the tape, give every name the lowest place that
is free, and free the places of what was used for the last time.
"""


# %%
def places(tape: list[Line], results: list[str]) -> dict[str, int]:
    """A place for each name that a line makes; places are used again."""
    last = {name: k for k, (*_, a, b) in enumerate(tape) for name in (a, b)}
    last.update({name: len(tape) for name in results})
    found: dict[str, int] = {}
    free: list[int] = []
    for k, (made, _, a, b) in enumerate(tape):
        for name in {a, b}:
            if name in found and last[name] == k:
                free.append(found[name])        # read before it is written
        free.sort()
        found[made] = free.pop(0) if free else len(set(found.values()))
    return found


long_tape, long_results = recorded(
    lambda x, y: ((x * y + x) * (x + y) * 2.0 * (y + 1.0) * x, x))
chosen = places(long_tape, long_results[:1])
print(" ".join(f"{name}→{place}" for name, place in chosen.items()))
print(f"{len(long_tape)} results in {len(set(chosen.values()))} places")
memory: dict[int, Any] = {}
for made, operator, a, b in long_tape:      # the exact check: run it there
    given = [memory[chosen[n]] if n in chosen else
             {"x": 3.0, "y": 0.5}.get(n) or float(n) for n in (a, b)]
    memory[chosen[made]] = OPERATORS[operator](*given)
true = run(long_tape, long_results, x=3.0, y=0.5)[0]
assert memory[chosen[long_results[0]]] == true

# %% [markdown]
"""
## What a program must not do

The tape knows one way through the function. Here is a function with a branch;
our recorder takes a name for true, so the tape holds the first way, for good.
The failure is silent, and the number looks like any other.
"""


# %%
def branching(x: Any, y: Any) -> tuple[Any]:
    """x·y where x is something, else x + y."""
    return (x * y,) if x else (x + y,)


branch, names = recorded(branching)
wrong, right = run(branch, names, x=0.0, y=5.0)[0], branching(0.0, 5.0)[0]
print(f"f(0, 5): the tape says {wrong:g}, the function {right:g}")
assert wrong != right


@minigrad.compile
def refused(x: Any) -> Any:
    """Looks at a value."""
    return x * 2 if x.sum() > 1 else x


refused(minigrad.ones(3))
try:
    refused(minigrad.ones(3))
    said = ""
except minigrad.errors.GraphError as error:
    said = str(error)
print(f"minigrad: {said.partition(', at ')[0]}")
assert "value" in said

# %% [markdown]
"""
The same holds for everything that Python would have done again: a number that
was baked in (固化), such as the learning rate; a layer that was exchanged; a
list that grows. `minigrad.compile` reads the optimizer's options before each
run, compares all else that the step can see, and records again or refuses.
"""

# %%
STEPS = 20 if options.quick else 200


def network(seed: int) -> tuple[Any, Callable[..., Any]]:
    """An optimizer and a training step."""
    minigrad.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = minigrad.optim.Adam(model.parameters(), lr=0.02)

    def train(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss
    return optimizer, train


def losses(seed: int, compiled: bool) -> np.ndarray:
    """Train; halfway the learning rate changes."""
    optimizer, train = network(seed)
    x = minigrad.randn(32, 2)
    y = (x[:, :1] * x[:, 1:]).detach()
    run_step = minigrad.compile(train) if compiled else train
    found = []
    for k in range(STEPS):
        if k == STEPS // 2:
            optimizer.param_groups[0]["lr"] = 0.002
        found.append(run_step(x, y).item())
    return np.array(found)


differences = []
for seed in range(options.seed, options.seed + 5):
    plain_losses, compiled_losses = losses(seed, False), losses(seed, True)
    differences.append(float(np.max(np.abs(compiled_losses / plain_losses
                                           - 1))))
    assert np.array_equal(compiled_losses, losses(seed, True))  # bit by bit
print(f"{STEPS} steps, 5 seeds: the largest relative difference of a loss\n"
      f"median {median(differences):.0e}, from {min(differences):.0e} "
      f"to {max(differences):.0e}")
assert max(differences) < 1e-2

# %% [markdown]
"""
## What became of the step

`program` is what was recorded, `source` the C that came out, `report()` what
fusion made of it. Look for your own lines in it.
"""

# %%
_, train = network(options.seed)
compiled_step = minigrad.compile(train)
x, y = minigrad.randn(32, 2), minigrad.randn(32, 1)
for _ in range(3):
    compiled_step(x, y)
print("\n".join(line[:79] for line
                in str(compiled_step.program).splitlines()[:12]))
print("…")
if compiled_step.source:
    begins = compiled_step.source.index("static void loop1")
    print("\n".join(line[:79] for line
                    in compiled_step.source[begins:].splitlines()[:14]))
    print("…")
print(compiled_step.report())

# %% [markdown]
"""
## When does it pay?

Where Python is most of the time: in small steps. The larger the batch, the
more of it is arithmetic, which NumPy does just as well. If a compiled step took
as long as a plain one at a batch of 4, what this lesson says would be wrong.
"""

# %%
sizes = (4, 64, 1024) if options.quick else (4, 16, 64, 256, 1024, 4096)
found = []
for batch in sizes:
    x, y = minigrad.randn(batch, 2), minigrad.randn(batch, 1)
    _, plain_step = network(options.seed)
    _, train = network(options.seed)
    fast_step = minigrad.compile(train)
    for _ in range(3):
        plain_step(x, y), fast_step(x, y)
    times = [seconds(lambda: one(x, y), 30 if options.quick else 200)
             for one in (plain_step, fast_step)]
    found.append(times[1] / times[0])
    print(f"batch {batch:5}: {times[0] * 1e6:7.0f} µs plain, "
          f"{times[1] * 1e6:6.0f} µs compiled, ratio {found[-1]:.2f}")
picture(ratios(sizes, found), options, "ratios")

# %% tags=["hidden"]
write_results(options.output / "results.json", options, lesson="compiler",
              differences=differences, ratios=found)

# %% [markdown]
"""
## What to remember

- Called with names instead of numbers, a function writes down its own program.
- Operations that run over the same entries fuse into one loop: what lies
  between them never goes through memory.
- A result's place is free after its last use.
- A recorded program knows one way. What depends on a value, and what Python
  would have read again, must be compared, recorded again, or refused.
- Exercise 33 (`python -m lessons check 33`): fuse two loops, and find the last
  use.
"""
