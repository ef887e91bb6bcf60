# ---
# title: the same engine, with tensors
# documents: none, it comes before them
# time: 2 s
# needs:
# ---

# %% [markdown]
"""
# An engine of tensors

**You will know** what changes in an engine when its numbers become arrays: the
slope of a matrix product, and broadcasting, undone.
**Time:** 40 minutes. **You need:** lesson 2 (build an engine).

The engine of lesson 2 (build an engine) makes a Value for every number. The
network for XOR had 17 parameters, and each round made more than 150 Values. A
network that reads digits has a hundred thousand. So let one value hold an array
(数组), and one operation work on all its numbers at once.
"""

# %% tags=["tensor_engine.py"]
# The engine with arrays: values that hold many numbers.
import numpy as np

# %% tags=["hidden"]
import sys
import textwrap
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import minigrad
from lessons.figures import broadcasting
from lessons.support import begin, keep, picture, read_options, write_results

options = read_options("engine_of_tensors", "The same engine, with tensors.")
begin(options)

# %% [markdown]
"""
## Slopes become a function

For numbers, an operation notes its slope. For arrays of a thousand numbers each
there would be a million slopes, one for each pair of input and output. But
nobody asks for them. What the walk needs is only: **when this slope arrives at
the result, what goes on to the input?** So each operation notes a function that
answers this, one for each input. g is what arrives: an array of the shape of
the result, with ∂loss/∂result for each of its numbers.

    sum of a + b      to a: g            to b: g
    a · b             to a: g · b        to b: g · a        number by number
    tanh a            to a: g · (1 − tanh² a)
    a @ b             to a: g @ bᵀ       to b: aᵀ @ g

The first three are those of lesson 2 (build an engine), for each number by
itself. For the matrix product: a number of a is multiplied by a whole row of b,
and each product goes to another result. So there is a path through each, and
slopes of paths add up: that sum is again a matrix product. Lesson 13 (ReLU
network) derives it; below it is measured.
"""


# %% tags=["tensor_engine.py"]
class Value:
    """An array that remembers what it was made from."""

    count = 0

    def __init__(self, data, inputs=(), passes=()):
        self.data = np.asarray(data, dtype=np.float64)
        self.inputs = inputs
        self.passes = passes            # for each input: g → what goes on
        self.grad = np.zeros_like(self.data)
        Value.count += 1
        self.born = Value.count

    def __add__(self, other):
        return Value(self.data + other.data, (self, other),
                     (lambda g: g, lambda g: g))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other),
                     (lambda g: g * other.data, lambda g: g * self.data))

    def __matmul__(self, other):        # (n, k) @ (k, m) → (n, m)
        return Value(self.data @ other.data, (self, other),
                     (lambda g: g @ other.data.T, lambda g: self.data.T @ g))

    def tanh(self):
        t = np.tanh(self.data)
        return Value(t, (self,), (lambda g: g * (1 - t * t),))

    def sum(self):                      # any shape → ()
        return Value(self.data.sum(), (self,),
                     (lambda g: g * np.ones_like(self.data),))


# %% [markdown]
"""
The walk stays as it was, word by word, but for one line: the slope is not
multiplied, the function is called.
"""


# %% tags=["tensor_engine.py"]
def walk(result):
    """All values that result was made from, the youngest first."""
    found, waiting = {result}, [result]
    while waiting:
        for x in waiting.pop().inputs:
            if x not in found:
                found.add(x)
                waiting.append(x)
    return sorted(found, key=lambda value: value.born, reverse=True)


def backward(result):
    """Set grad = ∂result/∂value for all values that result was made from."""
    order = walk(result)
    for value in order:
        value.grad = np.zeros_like(value.data)
    result.grad = np.ones_like(result.data)
    for value in order:
        for x, pass_on in zip(value.inputs, value.passes):
            x.grad = x.grad + fitted(pass_on(value.grad), x.data)


# %%
def unfitted(g, data):
    """g as it is, for now."""
    return g


fitted = unfitted


def measured(f, arrays, k, h=1e-6):
    """The slopes of f along its k-th array, each by a central difference."""
    found = np.zeros_like(arrays[k])
    for place in np.ndindex(found.shape):
        heights = []
        for shift in (h, -h):
            moved = [a.copy() for a in arrays]
            moved[k][place] += shift
            heights.append(f(*map(Value, moved)).data)
        found[place] = (heights[0] - heights[1]) / (2 * h)
    return found


def check(title, f, *arrays):
    """Walk f back, and compare each slope with the measured one."""
    values = [Value(a) for a in arrays]
    backward(f(*values))
    print(f"\n{title}")
    for k, value in enumerate(values):
        same = (value.grad.shape == arrays[k].shape
                and np.allclose(value.grad, measured(f, arrays, k), atol=1e-6))
        print(f"  input {k}: shape {str(arrays[k].shape):7} "
              f"gradient {str(value.grad.shape):7} "
              f"{'as measured' if same else 'WRONG'}")
        yield same


rng = np.random.default_rng(options.seed)
A, B = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))     # (2, 3), (3, 4)
assert all(check("Σ tanh(A @ B)", lambda a, b: (a @ b).tanh().sum(), A, B))

# %% [markdown]
"""
## Broadcasting: one number used many times

Add a row (3,) to a matrix (2, 3), and NumPy adds the row to each line of it.
This is broadcasting (广播): the smaller array is repeated along the axes it
lacks. It is how a layer adds its biases to each example. What does the engine
say?
"""

# %%
M = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])            # (2, 3)
v = np.array([0.5, -1.0, 2.0])                              # (3,)


def squares(m, v):
    """Σᵢⱼ (mᵢⱼ + vⱼ)²."""
    z = m + v                           # (2, 3) + (3,) → (2, 3)
    return (z * z).sum()


right = list(check("Σ (M + v)², the engine as it is", squares, M, v))
assert right == [True, False]

# %% [markdown]
"""
The gradient of v has the shape (2, 3), and v has only three numbers. A gradient
must have the shape of its array: one slope for each number.

Each number of v was used twice, once in each row. So two paths lead from it to
the result, and slopes of paths add up:

    ∂loss/∂vⱼ = Σᵢ gᵢⱼ            the sum over the axis that was repeated

**What was repeated going forward is summed going back.** That is all there is
to it, and it is done in one place, for all operations.
"""

# %% tags=["hidden"]
picture(broadcasting.there_and_back(M, v, 2 * (M + v)), options,
        "broadcasting")


# %% tags=["tensor_engine.py"]
def summed(g, data):
    """g, summed over the axes in front that data lacks."""
    while g.ndim > data.ndim:
        g = g.sum(axis=0)
    return g


fitted = summed                         # what backward calls


# %%
assert all(check("Σ (M + v)², mended", squares, M, v))
v_value = Value(v)
backward(squares(Value(M), v_value))
print("  ∂loss/∂v, walked:  ", v_value.grad)
print("  on paper, Σ 2(M+v):", (2 * (M + v)).sum(axis=0))
assert np.allclose(v_value.grad, (2 * (M + v)).sum(axis=0))

# %% [markdown]
"""
(An array can also be repeated along an axis where its size is 1, as (2, 1) is.
Then that axis is summed, and stays. Write it in exercise 3: `python -m lessons
check 3`.)

## A layer is two operations

Four examples as four rows, and a layer for all of them at once:

    a = tanh(x @ W + b)      x (4, 2)   W (2, 4)   b (4,)   a (4, 4)

This is the network of lesson 2 (build an engine) again, 17 parameters, in four
arrays. It learns XOR with a dozen Values in each round.
"""


# %% tags=["tensor_engine.py"]
def network(x, W1, b1, W2, b2):
    """Two layers: (n, 2) → (n, 4) → (n, 1)."""
    return ((x @ W1 + b1).tanh() @ W2 + b2).tanh()


def loss_of(parameters, x, wanted):
    """Σ (output − wanted)²; ``x`` and ``wanted`` are arrays."""
    distance = network(Value(x), *parameters) + Value(-wanted)
    return (distance * distance).sum()


X = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])  # (4, 2)
WANTED = np.array([[-1.0], [1.0], [1.0], [-1.0]])                   # (4, 1)

if __name__ == "__main__":
    dice = np.random.default_rng(0)
    parameters = [Value(dice.uniform(-1, 1, size=(2, 4))), Value(np.zeros(4)),
                  Value(dice.uniform(-1, 1, size=(4, 1))), Value(np.zeros(1))]
    start = [p.data for p in parameters]
    losses = []
    for _ in range(300):
        loss = loss_of(parameters, X, WANTED)
        backward(loss)
        for p in parameters:
            p.data = p.data - 0.1 * p.grad
        losses.append(float(loss.data))
    print(f"\nXOR: the loss goes from {losses[0]:.3f} to {losses[-1]:.3f}")
    print("  got", network(Value(X), *parameters).data[:, 0].round(3))

# %%
assert losses[-1] < 0.1
print(f"Values in one round: {len(walk(loss_of(parameters, X, WANTED)))}")
keep("engine_of_tensors", "tensor_engine.py", options)

# %% [markdown]
"""
## The same in minigrad

Three hundred rounds of the same, from the same start. What differs: a tensor
says with `requires_grad=True` that its slope is wanted, and `backward` *adds*
to `.grad`, where yours sets it. So `.grad` must be cleared after each step.
"""

# %%
tensors = [minigrad.tensor(p, requires_grad=True) for p in start]
x, wanted = minigrad.tensor(X), minigrad.tensor(WANTED)     # (4, 2), (4, 1)
theirs = []
for _ in range(300):
    loss = ((network(x, *tensors) - wanted) ** 2).sum()
    loss.backward()
    with minigrad.no_grad():            # the step isn't part of the formula
        for p in tensors:
            p -= 0.1 * p.grad
            p.grad = None
    theirs.append(loss.item())
furthest = max(abs(a - b) for a, b in zip(losses, theirs))
print(f"\nlosses of 300 rounds, yours and minigrad's: {furthest:.0e} apart")
assert furthest < 1e-9

# %% [markdown]
"""
## What .grad does, and does not do

It adds up. A second `backward` of a new loss does not replace the first slope.
That is as it should be: a loss computed in two halves has the same gradient as
one computed whole. But it means that a training loop must clear the old
gradients before each step.

A tensor made without `requires_grad` has none, and neither has what is computed
inside `minigrad.no_grad()`, where no notes are taken.
"""

# %%
x = minigrad.tensor(2.0, requires_grad=True)        # ()
y = minigrad.tensor(3.0, requires_grad=True)        # ()
loss = (x * y + x) ** 2
loss.backward()
print("\nWhat .grad does")
print(f"  after the first backward   x.grad = {x.grad.item():5.0f}")
((x * y + x) ** 2).backward()  # the formula again: a new graph
print(f"  after a second one         x.grad = {x.grad.item():5.0f}")
assert x.grad.item() == 2 * 64

x.grad = None                                       # forget
c = minigrad.tensor(5.0)                            # no requires_grad
(c * x).backward()
print(f"  of 5·x, cleared before     x.grad = {x.grad.item():5.0f}    "
      f"c.grad = {c.grad}")
with minigrad.no_grad():
    print(f"  inside no_grad             needs one: {(x * y).requires_grad}")

# %% [markdown]
"""
Three mistakes that everyone makes once, and what minigrad says. Read such
messages to the end: the last sentence is what to do.
"""

# %%
def whole_numbers():
    """A slope needs numbers that can change a little."""
    minigrad.tensor([1, 2], requires_grad=True)


mistakes = {
    "backward twice": loss.backward,
    "a slope along whole numbers": whole_numbers,
    "backward from many numbers": (minigrad.ones(2) * x).backward,
}
for what, mistake in mistakes.items():
    try:
        mistake()
    except (minigrad.errors.GraphError, minigrad.errors.DTypeError) as error:
        print(f"\n{what}")
        print(textwrap.fill(f"{type(error).__name__}: {error}", 78,
                            initial_indent="  ", subsequent_indent="  ",
                            break_on_hyphens=False))
    else:
        raise AssertionError(f"{what} should have been an error")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="engine_of_tensors", last_loss=losses[-1])

# %% [markdown]
"""
## What to remember

- A gradient has the shape of its tensor.
- Going back, an operation needs no table of slopes, only a function from what
  arrives to what goes on.
- What was repeated going forward is summed going back.
- minigrad's `.grad` adds up; clear it before the next step.

## Things to try

- Give your engine `mean`, and the transpose `t`. What goes back through them?
- Let `fitted` return g as it is, and train on. Where do you notice it first?
"""
