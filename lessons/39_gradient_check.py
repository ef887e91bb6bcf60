# ---
# title: a gradient check, and how to read it
# documents: none, it goes beyond them
# time: 5 s
# needs:
# ---

# %% [markdown]
"""
# A gradient check

**You will know** how a program finds out that a gradient is wrong, what it
cannot see, and how to read what it says.
**Time:** 30 minutes. **You need:** lesson 10 (softmax loss).

Lesson 1 (tensors and gradients) measured slopes: move x a little, and see how
far the loss moves. A gradient check (梯度检验) does so for every entry of every
input, and compares it with what your backward returns. It sounds simple. Three
questions decide whether it can be trusted: how far to move, which loss to
take, and what to do where there is no slope.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import Any

import numpy as np

from lessons.support import begin, picture, read_options, write_results
from minigrad import plot
from minigrad.check import gradcheck_function

options = read_options("gradient_check", "A gradient check.")
begin(options)
Array = np.ndarray[Any, Any]

# %% [markdown]
"""
## How far to move

The central difference (f(x + h) − f(x − h)) / 2h has two errors. The curve is
not a line: that error falls as h². And float64 keeps 16 digits, so that f is
rounded by about 10⁻¹⁶; divided by h, this error *grows* as h falls. We measure
the slope of sin at 1 with many steps, and see both.
"""


# %%
def error(h: float, dtype: Any = np.float64) -> float:
    """How far the measured slope of sin at 1 is from cos(1)."""
    x, h = dtype(1), dtype(h)
    up, down = x + h, x - h                 # as they are rounded
    measured = (np.sin(up) - np.sin(down)) / (up - down)
    return abs(float(measured) - float(np.cos(1.0)))


steps = 10.0 ** np.arange(-15, 0.1, 0.25)   # (61,)
errors = np.array([error(h) for h in steps])
best = float(steps[errors.argmin()])
print(f"float64: best near h = {best:.0e}, where the error is "
      f"{errors.min():.0e}")
for h in (1e-1, 1e-5, 1e-12):
    print(f"  h = {h:.0e}   error {error(h):.0e}")

single = np.array([error(h, np.float32) for h in steps[steps > 1e-7]])
print(f"float32: never better than {single.min():.0e}")
assert 1e-7 < best < 1e-4 and errors.min() < 1e-10
assert error(1e-1) > 1e6 * errors.min() and error(1e-12) > 1e4 * errors.min()
assert single.min() > 1e3 * errors.min()

# %% tags=["hidden"]
with plot.figure(8, 4.5, "The error of a measured slope: sin at 1") as fig:
    ax = fig.subplots()
    ax.loglog(steps, np.maximum(errors, 1e-13), "o-", markersize=3,
              color=plot.COLORS[0], label="measured in float64")
    ax.loglog(steps[steps > 1e-7], single, "o-", markersize=3,
              color=plot.COLORS[1], label="measured in float32")
    ax.loglog(steps, steps ** 2 * np.cos(1) / 6, "--", color="gray",
              label="the curve: h² / 6 · cos 1")
    ax.loglog(steps, 1e-16 / steps, ":", color="gray",
              label="rounding: 10⁻¹⁶ / h")
    ax.set(xlabel="step h", ylabel="error", ylim=(1e-13, 1))
    ax.legend(fontsize=9)
picture(fig, options, "v_curve")

# %% [markdown]
"""
The V has its lowest point where both errors are equal, near h = ∛10⁻¹⁶ ≈ 5 ·
10⁻⁶. Ten digits of sixteen are left: enough to tell a factor 2 from rounding,
and a gradient that is off by 10⁻⁵, too. In float32 the best step is larger and
its error a thousand times as large, or more. That is why a check computes in
float64, whatever your network trains in.

## Which loss to take

A backward gets an upstream gradient v and returns Jᵀ v. The check makes a
number of the outputs, L = Σ v · y, and measures its slopes. Why not take v = 1,
the plain sum? Here is a softmax whose backward is wrong: it forgets that every
output depends on every input.
"""


# %%
def softmax(x: Array) -> Array:
    """Each row becomes probabilities, (rows, classes)."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


def softmax_backward(v: Array, x: Array) -> Array:
    """Right: y · (v − Σ v · y)."""
    y = softmax(x)
    return np.asarray(y * (v - (v * y).sum(-1, keepdims=True)))


def nothing(v: Array, x: Array) -> Array:
    """Wrong: always 0."""
    return 0 * x


def slopes(x: Array, v: Array, h: float = 6e-6) -> Array:
    """∂L/∂x for L = Σ v · softmax(x), entry by entry."""
    found = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        moved = np.zeros_like(x)
        moved[index] = h
        change = softmax(x + moved) - softmax(x - moved)
        found[index] = (v * change).sum() / (2 * h)
    return found


random = np.random.default_rng(0)
x = random.standard_normal((2, 3))
verdicts = {}
for name, v in (("ones", np.ones((2, 3))),
                ("random v", random.standard_normal((2, 3)))):
    for backward in (softmax_backward, nothing):
        off = float(np.abs(backward(v, x) - slopes(x, v)).max())
        verdicts[name, backward.__name__] = off < 1e-7
        print(f"  {name:9} {backward.__name__:17} off by {off:.0e}  "
              f"{'agrees' if off < 1e-7 else 'WRONG'}")
assert verdicts["ones", "nothing"], "ones are blind: a 0 passes"
assert not verdicts["random v", "nothing"]
assert verdicts["random v", "softmax_backward"]

# %% [markdown]
"""
With ones even a backward that returns 0 passes! The outputs of a softmax add
up to 1, so that their plain sum does not move, whatever x does. The same holds
for a normalization, whose outputs add up to 0. Ones are blind there; random
numbers are not.

## How to read the verdict

`gradcheck_function` does what we did, for any number of inputs, and looks for
the mistake as well. Let us get the softmax wrong on purpose.
"""


# %%
def diagonal(v: Array, x: Array) -> Array:
    """Wrong: the slope of each output along its own input, and no other."""
    y = softmax(x)
    return np.asarray(v * y * (1 - y))


report = gradcheck_function(softmax, diagonal, [x], name="my_softmax",
                            raise_exception=False)
print(report)
assert not report.passed and report.kind == "diagonal_only"
assert gradcheck_function(softmax, softmax_backward, [x]).passed

# %% [markdown]
"""
Read it from the top:

1. *Which* gradient, and in how many entries. All of them: look at the formula.
   A few: look at an index, an edge, a mask. If the shape is wrong, stop here.
2. *analytic* is what your backward returned, *numeric* what was measured. The
   second is right. If their quotient is the same everywhere, a constant is
   missing: a sign, a 2, a 1/n.
3. The cause, if the numbers tell one. It is only given if it holds at other
   random points, too; `minigrad/check/MISTAKES.md` lists all that are known.

## Where there is no slope

At a kink, such as ReLU at 0, the slopes to the left and to the right differ,
and no number is the derivative. The check measures both sides. It accepts any
gradient that lies between them and leaves the entry out; three entries of the
next input stand at 0. The fourth tests something. And it may be that float64
can show nothing at all: then the verdict is neither right nor wrong.
"""

# %%
relu = lambda x: np.maximum(x, 0)
kinks = gradcheck_function(relu, lambda v, x: v * (x > 0),
                           [np.array([0.0, 0.0, 0.0, 2.0])], name="relu")
print(kinks)
lost = gradcheck_function(lambda x: x + 1e30, lambda v, x: v, [np.ones(2)],
                          name="far_away", raise_exception=False)
print(lost)
assert kinks.passed and int(kinks.comparisons[0].kinks.sum()) == 3
assert not lost.passed and not lost.measurable

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="gradient_check", best_step=best,
              least_error=float(errors.min()))

# %% [markdown]
"""
## What to remember

- Two errors meet at h ≈ ∛ε, and leave ten digits in float64.
- The upstream gradient of a check has to be random. Ones are blind wherever
  outputs add up to a constant.
- A check that passes says: right *here*. Choose inputs away from kinks, and not
  so large that everything saturates.

## Things to try

- Take tanh at 40, and a backward that returns 0. Why does it pass, and what
  does the report say of it? Then pass `strict=True`.
- Spoil `softmax_backward` in another way, and guess the verdict before you run
  it.
"""
