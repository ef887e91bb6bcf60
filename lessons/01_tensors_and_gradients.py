# ---
# title: tensors and gradients
# documents: none, it comes before them
# time: 2 s
# needs:
# ---

# %% [markdown]
"""
# Tensors and gradients

**You will know** what a gradient is, and three ways to find one: measure it,
derive it on paper, let minigrad find it.
**Time:** 15 minutes. **You need:** Python, and the slope of x² from school.

A network is a formula with many numbers in it. It learns by changing these
numbers so that an error becomes smaller. Of each number it must know one thing:
if I make it a little larger, does the error rise or fall, and how fast? The
answer is a slope, and all slopes together are the gradient (梯度).
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import begin, picture, read_options, write_results
from minigrad import plot
from minigrad.trace import draw

options = read_options("tensors_and_gradients",
                       "Tensors, and a slope found in three ways.")
begin(options)

# %% [markdown]
"""
## Tensors

A tensor (张量) is a block of numbers: one number, a row of them, a table, a
stack of tables … Its shape says how many there are along each axis. Wrong
shapes are among the commonest mistakes, and so all lessons write the shapes
beside the code.
"""

# %%
scalar = minigrad.tensor(2.0)                                       # ()
vector = minigrad.tensor([1.0, 2.0, 3.0])                           # (3,)
# (2, 3): 2 rows, 3 columns
matrix = minigrad.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

print("Three tensors")
print("          shape   axes  numbers  dtype")
for name, t in (("scalar", scalar), ("vector", vector), ("matrix", matrix)):
    print(f"  {name}  {str(tuple(t.shape)):6}  {t.ndim:4}  {t.numel():7}  "
          f"{t.dtype}")

# %% [markdown]
"""
The arithmetic signs work number by number. `@` is the product of matrices: each
row of the left times each column of the right, added up. `sum` and `mean` make
many numbers into one: all of them, or with `dim` along one axis, 0 down the
rows, 1 across the columns.
"""

# %%
print("\nOperations")
print("  vector + 10       ", (vector + 10).tolist())        # (3,)
print("  vector * vector   ", (vector * vector).tolist())    # (3,)
print("  matrix @ vector   ", (matrix @ vector).tolist())    # (2,)
print("  matrix.sum()      ", matrix.sum().item())           # ()
print("  matrix.sum(dim=0) ", matrix.sum(dim=0).tolist())    # (3,)
print("  matrix.mean(dim=1)", matrix.mean(dim=1).tolist())   # (2,)

by_rows = [1 * 1 + 2 * 2 + 3 * 3, 4 * 1 + 5 * 2 + 6 * 3]
assert (matrix @ vector).tolist() == by_rows

# %% [markdown]
"""
The dtype (数据类型) says how a number is stored. float32 keeps about 7 digits,
is fast, and is what networks use. float64 keeps about 16 digits; we take it
where we compare numbers closely, as in this lesson. int64 is for counting and
for labels.
"""

# %%
print("\nHow a number is stored")
for dtype in (minigrad.float32, minigrad.float64):
    tenth = minigrad.tensor(0.1, dtype=dtype)           # ()
    one = minigrad.tensor(1.0, dtype=dtype)             # ()
    print(f"  {dtype}   0.1 is {tenth.item():.17f}   "
          f"1 + 0.00000001 == 1: {(one + 1e-8 == one).item()}")
print(f"  a list of whole numbers becomes {minigrad.tensor([7, 2, 1]).dtype}")

# %% [markdown]
"""
## A slope, measured

Here is a small formula with two inputs. Think of x and y as two numbers of a
network, and of the result as its error, the loss (损失):

    loss = (x·y + x)²        x = 2, y = 3:   (2·3 + 2)² = 8² = 64

How fast does it rise with x? Go a little to the right, go a little to the left,
and divide the difference of the heights by the distance:

    slope ≈ (f(x + h) − f(x − h)) / 2h

This is a central difference (中心差分). It needs no idea of how f is made.
Simple as it is, it is how every gradient of minigrad is tested.
"""


# %%
def loss_of(x: float, y: float) -> float:
    """The formula above."""
    return (x * y + x) ** 2


def slope(f: Callable[[float], float], x: float, h: float = 1e-5) -> float:
    """The slope of f at x, measured."""
    return (f(x + h) - f(x - h)) / (2 * h)


measured_x = slope(lambda x: loss_of(x, 3.0), 2.0)      # x moves, y stays
measured_y = slope(lambda y: loss_of(2.0, y), 3.0)      # y moves, x stays
print("\nloss = (x·y + x)² at x = 2, y = 3")
print(f"  the loss                     {loss_of(2.0, 3.0):10.5f}")
print(f"  slope along x, measured      {measured_x:10.5f}")
print(f"  slope along y, measured      {measured_y:10.5f}")

# %% [markdown]
"""
This is what is measured. The line through two points of the curve has a slope
that everyone can compute: height over distance. Let the points come closer, and
the line becomes the tangent (切线), which only touches the curve. Its slope is
the slope of the curve.
"""

# %% tags=["hidden"]
with plot.figure(8, 4.5, "Lines that become the tangent at x = 2") as fig:
    ax = fig.subplots()
    xs = np.linspace(0, 3.5, 100)
    ax.plot(xs, loss_of(xs, 3.0), color=plot.BLUE, label="loss, with y = 3")
    for h, shade in ((1.4, 0.3), (0.7, 0.55)):
        low, high = loss_of(2.0, 3.0), loss_of(2.0 + h, 3.0)
        through = low + (high - low) / h * (xs - 2)
        ax.plot(xs, through, color=plot.GRAY, alpha=shade,
                label=f"through x = 2 and {2 + h:.1f}: slope "
                      f"{(high - low) / h:.0f}")
        ax.plot([2 + h], [high], "o", color=plot.GRAY, alpha=shade)
    ax.plot(xs, 64 + measured_x * (xs - 2), "--", color=plot.ORANGE,
            label=f"the tangent: slope {measured_x:.0f}")
    ax.plot([2], [64], "o", color=plot.ORANGE)
    ax.set(xlabel="x", ylabel="(x·y + x)²", ylim=(-60, 200))
    ax.legend(loc="upper left")
picture(fig, options, "tangent")

# %% [markdown]
"""
How small should h be? Take x³ at x = 2, whose slope is 3x² = 12, and measure it
on one side only, and on both:

    one side      (f(x + h) − f(x)) / h          the error shrinks with h
    both sides    (f(x + h) − f(x − h)) / 2h     it shrinks with h², much faster

But when h is too small, f(x + h) and f(x − h) agree in nearly all of their 16
digits, and what is left of the difference is rounding. Near h = 0.00001 the
central difference is at its best.
"""

# %%
print("\nThe error of a measured slope: x³ at x = 2, where it is 12")
print("         h   one side   both sides")
errors = {}
for exponent in (-1, -2, -3, -5, -7, -9, -11, -13):
    h = 10.0 ** exponent
    one_sided = ((2 + h) ** 3 - 2 ** 3) / h
    errors[exponent] = abs(slope(lambda x: x ** 3, 2.0, h) - 12)
    print(f"  {f'1e{exponent}':>8}   {abs(one_sided - 12):8.0e}   "
          f"{errors[exponent]:10.0e}")

assert errors[-5] < 1e-8 < min(errors[-1], errors[-13])

# %% [markdown]
"""
## The same slope, derived

Write the formula in single steps, so that each has a slope everyone knows:

    a = x·y          ∂a/∂x = y      ∂a/∂y = x
    b = a + x        ∂b/∂a = 1      ∂b/∂x = 1
    loss = b²        ∂loss/∂b = 2b

The chain rule (链式法则) says: slopes along a path multiply. And if several
paths lead from x to the loss, their slopes add up. Here x is used twice, in a
and in b:

    ∂loss/∂x = 2b · 1              the path  x → b → loss
             + 2b · 1 · y          the path  x → a → b → loss
    ∂loss/∂y = 2b · 1 · x          the path  y → a → b → loss

The order matters for the work: begin at the loss and go backward. Then 2b is
computed once, and all inputs use it. With a million inputs this is the
difference between one walk and a million.
"""

# %%
x, y = 2.0, 3.0
a = x * y                               # forward: 6
b = a + x                               # 8
loss = b ** 2                           # 64

grad_b = 2 * b                          # backward: ∂loss/∂b = 16
grad_a = grad_b * 1                     # ∂loss/∂a = 16
grad_x = grad_b * 1 + grad_a * y        # both paths: 16 + 48
grad_y = grad_a * x                     # 32
print("\nDerived, from the loss backward")
print(f"  ∂loss/∂b {grad_b:4.0f}    ∂loss/∂a {grad_a:4.0f}    "
      f"∂loss/∂x {grad_x:4.0f}    ∂loss/∂y {grad_y:4.0f}")

assert abs(grad_x - measured_x) < 1e-6 and abs(grad_y - measured_y) < 1e-6

# %% [markdown]
"""
## The same slope, by machine

What we have just done needs no thought, so a machine can do it.
`requires_grad=True` says: I will ask for the slope along this one. From then on
each operation notes what it was made from. `backward()` walks from the loss
back through these notes, multiplies along each path and adds up where paths
meet. The results are in `.grad`. This is automatic differentiation (自动微分),
in short autograd.
"""

# %%
x = minigrad.tensor(2.0, requires_grad=True)        # ()
y = minigrad.tensor(3.0, requires_grad=True)        # ()
a = x * y
b = a + x
loss = b ** 2
loss.backward()

print("\n                 ∂loss/∂x    ∂loss/∂y")
print(f"  measured     {measured_x:10.5f}  {measured_y:10.5f}")
print(f"  derived      {grad_x:10.5f}  {grad_y:10.5f}")
print(f"  by minigrad  {x.grad.item():10.5f}  {y.grad.item():10.5f}")

assert x.grad.item() == grad_x and y.grad.item() == grad_y

# %% [markdown]
"""
## The graph

The notes form the computational graph (计算图). Each result knows its
`grad_fn`, the operation that made it, and this knows in `edges` where its
inputs came from: another operation, or a leaf (叶子), which is a tensor that we
made ourselves. Below, each line is made from the lines indented under it;
PowScalar is "to the power of a number", here the square. x appears twice: two
paths, whose slopes 16 and 48 add up to 64.
"""

# %%
leaf_names = {id(x): "x", id(y): "y"}


def print_graph(node: object, depth: int = 1) -> None:
    """One line for each operation or leaf, its inputs indented under it."""
    if isinstance(node, minigrad.Tensor):
        name = leaf_names[id(node)]
        print("    " * depth + f"{name}, a leaf: {node.item():.0f}")
        return
    print("    " * depth + node.name)
    for edge in node.edges:
        print_graph(edge, depth + 1)


print("\nThe graph of the loss, from the loss down to the leaves")
print_graph(loss.grad_fn)

# %% [markdown]
"""
minigrad can draw the graph: forward along the arrows go the values, and
backward against them the slopes (grad). In each box stands what it computes,
its value, and the slope of the loss along it.
"""

# %%
picture(draw(loss, title="loss = (x·y + x)²"), options, "graph")


# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="tensors_and_gradients", slope_x=measured_x,
              slope_y=measured_y)

# %% [markdown]
"""
## What to remember

- A gradient is a slope for each number, in the shape of the tensor it belongs
  to.
- Along a path slopes multiply; where paths meet they add up. That is all of
  the chain rule.
- `requires_grad=True` asks for a slope, `backward()` computes it, `.grad`
  holds it.
- Never believe a derived gradient before you have measured it:
  (f(x + h) − f(x − h)) / 2h.

## Things to try

- Change the formula to (x·y + y)·x: predict both slopes on paper, then let
  minigrad check them. Exercise 1 (`python -m lessons check 1`) has the lesson's
  formula again, and x² · e⁻ˣ.
- How does minigrad do it? In lesson 2 (build an engine) you write it
  yourself.
"""
