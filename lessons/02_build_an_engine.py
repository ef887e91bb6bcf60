# ---
# title: an engine from nothing
# documents: none, it comes before them
# time: 4 s
# needs:
# ---

# %% [markdown]
"""
# Build an engine

**You will know** how a program differentiates any formula, because you will own
one that does: a hundred lines, without a library, that train a network.
**Time:** an evening. **You need:** lesson 1 (tensors and gradients).

In lesson 1 (tensors and gradients) you walked back through a formula on paper,
and minigrad did the same by itself. Here is how. The cells below are the whole
engine, and at the end they are yours, as one file. It begins as usual:
"""

# %% tags=["engine.py"]
# An engine for slopes: numbers that remember how they came about.
import math
import random

# %% tags=["hidden"]
import inspect
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures import engine as figures
from lessons.support import begin, keep, picture, read_options, write_results
from minigrad.autograd.function import Function

options = read_options("build_an_engine", "An engine, from nothing.")
begin(options)

# %% [markdown]
"""
## A number that remembers

To Python, 2.0 · 3.0 is 6.0, and nothing in 6.0 says where it came from. To walk
back we need exactly that. So we wrap the number, and give it a memory: what it
was made from (`inputs`), and how fast it rises with each of them (`slopes`),
which is known at once. How fast the final result rises with it (`grad`) nobody
knows yet: that is what the walk back is for. What `born` is good for, you will
see.
"""


# %% tags=["engine.py"]
class Value:
    """A number that remembers what it was made from."""

    count = 0                           # how many there are

    def __init__(self, data, inputs=(), slopes=()):
        self.data = data                # the number
        self.inputs = inputs            # the Values it was made from
        self.slopes = slopes            # ∂self/∂input for each of them
        self.grad = 0.0                 # ∂result/∂self: see backward
        Value.count += 1
        self.born = Value.count         # inputs have lower numbers

    def __repr__(self):
        return f"Value({self.data:.4g}, grad={self.grad:.4g})"


# %% [markdown]
"""
## Three operations, and their slopes

An operation computes a number, and notes its slope along each input:

    a + b       along a: 1              along b: 1
    a · b       along a: b              along b: a
    tanh a      along a: 1 − tanh² a

Why? Make a larger by a little h. Then a + b grows by h: slope 1. And a · b
becomes (a + h) · b, which is h · b more: slope b. The tanh bends any number
into the range from −1 to 1; lesson 7 (activations) derives its slope.
"""


# %% tags=["engine.py"]
def add(a, b):
    """a + b."""
    return Value(a.data + b.data, (a, b), (1.0, 1.0))


def multiply(a, b):
    """a · b."""
    return Value(a.data * b.data, (a, b), (b.data, a.data))


def tanh(a):
    """tanh a, between −1 and 1."""
    t = math.tanh(a.data)
    return Value(t, (a,), (1 - t * t,))


Value.__add__, Value.__mul__, Value.tanh = add, multiply, tanh


# %% [markdown]
"""
The last line gives the signs + and * to the class. Look at what a product
remembers. And never believe a slope before you have measured it: move each
input a little to both sides, as in lesson 1 (tensors and gradients).
"""

# %%
c = Value(2.0) * Value(3.0)
print("a * b ", c, "\ninputs", c.inputs, "\nslopes", c.slopes)


def measured(f, numbers, k, h=1e-6):
    """The slope of f along its k-th number, by a central difference."""
    def at(shift):
        moved = [n + shift * (i == k) for i, n in enumerate(numbers)]
        return f(*map(Value, moved)).data
    return (at(h) - at(-h)) / (2 * h)


print("\n          along  noted     measured")
for operation, numbers in ((add, (2.0, 3.0)), (multiply, (2.0, 3.0)),
                           (tanh, (0.5,)), (tanh, (2.0,))):
    made = operation(*map(Value, numbers))
    for k, slope in enumerate(made.slopes):
        found = measured(operation, numbers, k)
        print(f"{operation.__name__:8}  {'ab'[k]:5}  {slope:.6f}  {found:.6f}")
        assert abs(slope - found) < 1e-8

# %% tags=["hidden"]
fig = figures.tangents([
    ("a · 3", lambda a: Value(a) * Value(3.0), (1.0,)),
    ("tanh a", lambda a: Value(a).tanh(), (-2.0, 0.5, 2.0))])
picture(fig, options, "tangents")

# %% [markdown]
"""
## Walking back along a chain

Now a formula of several steps, a neuron (神经元) with one input:

    y = tanh(w·x + b)        p = w·x,   s = p + b,   y = tanh s

How fast does y rise with w? Slopes along a path multiply (链式法则), and we
know each: ∂y/∂w = ∂y/∂s · ∂s/∂p · ∂p/∂w. So start with 1 at the result, go back
through the inputs, and multiply by each slope on the way. A first try:
"""


# %%
def first_try(value, arriving):
    """Add what arrives, and pass on at once what is there."""
    value.grad += arriving
    for x, slope in zip(value.inputs, value.slopes):
        first_try(x, value.grad * slope)


def one_neuron(w, x, b):
    """tanh(w·x + b)."""
    return (w * x + b).tanh()


numbers = (0.5, 2.0, -0.3)
values = [Value(n) for n in numbers]
first_try(one_neuron(*values), 1.0)
print()
for k, value in enumerate(values):
    found = measured(one_neuron, numbers, k)
    print(f"∂y/∂{'wxb'[k]}   walked {value.grad:.6f}   measured {found:.6f}")
    assert abs(value.grad - found) < 1e-8

# %% [markdown]
"""
## The diamond: why the order matters

It works. Now use a value twice:

    a = 3·x      p = 2·a      q = 5·a      r = p + q

Two paths lead from a to r, so the graph looks like a diamond. On paper r = 21x,
with slope 21. Along the paths, which add up: 3·2·1 + 3·5·1 = 6 + 15 = 21.
"""

# %% tags=["hidden"]
picture(figures.diamond(), options, "diamond")


# %%
def diamond(x):
    """r, by two paths."""
    a = Value(3.0) * x
    return Value(2.0) * a + Value(5.0) * a


x = Value(1.0)
first_try(diamond(x), 1.0)
print(f"\nthe diamond   walked {x.grad:.1f}"
      f"   measured {measured(diamond, (1.0,), 0):.1f}")
assert round(x.grad) == 27 and round(measured(diamond, (1.0,), 0)) == 21

# %% [markdown]
"""
27 is wrong. What happened at a? First 2 arrived through p, and a passed on 2·3
= 6. Then 5 arrived through q: a.grad is 7, and a passed on 7·3 = 21. The 2 went
on twice. Should a pass on only what is new? That is right, but then each path
is walked by itself, and 40 diamonds in a row have a million million.

The cure: **a value passes its slope on once, when all of it has arrived**, that
is, after everything that was made from it has had its turn. This is called a
topological order (拓扑排序), and we have one already: a value is always born
after its inputs. So collect all values, each once, and take the youngest first.
"""


# %% tags=["engine.py"]
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
        value.grad = 0.0
    result.grad = 1.0
    for value in order:
        for x, slope in zip(value.inputs, value.slopes):
            x.grad += value.grad * slope


# %%
x = Value(1.0)
backward(diamond(x))
print(f"the diamond   walked {x.grad:.1f}, in order")
assert x.grad == 21.0

tower = x = Value(1.0)
for _ in range(40):                     # 2⁴⁰ paths
    tower = tower + tower
backward(tower)
print(f"40 diamonds   slope {x.grad:.0f} = 2⁴⁰, {len(walk(tower))} values "
      "walked")
assert x.grad == 2.0 ** 40 and len(walk(tower)) == 41

# %% [markdown]
"""
In `backward`, the last three lines are the chain rule: multiply along a path
(`*`), add where paths meet (`+=`). Does it hold for any formula? Let the
computer make some up, each of thirty operations on values that are there.
Compare each slope with the measured one, 200 times.
"""

# %%
dice = random.Random(options.seed)
worst = 0.0
for _ in range(200):
    plan = [(dice.choice("+·t"), dice.random(), dice.random())
            for _ in range(30)]

    def formula(*values):
        """Thirty operations on values that are there, as planned."""
        made = list(values)
        for sign, i, j in plan:
            a, b = made[int(i * len(made))], made[int(j * len(made))]
            made.append((a + b).tanh() if sign == "+" else
                        a * b if sign == "·" else a.tanh())
        return made[-1] + made[0] * made[1] * made[2]

    numbers = [dice.uniform(-1, 1) for _ in range(3)]
    values = [Value(n) for n in numbers]
    backward(formula(*values))
    for k, value in enumerate(values):
        worst = max(worst, abs(value.grad - measured(formula, numbers, k)))
print(f"\n200 formulas made up: the slopes differ by {worst:.0e} at most")
assert worst < 1e-6

# %% [markdown]
"""
## A neuron, a layer, a network

A neuron multiplies each input by a weight (权重), adds a bias (偏置), and bends
the sum with tanh. A layer (层) is several neurons that look at the same inputs.
A network is several layers, each fed by the one before.
"""


# %% tags=["engine.py"]
class Neuron:
    """tanh(w₁x₁ + w₂x₂ + … + b), with random weights at first."""

    def __init__(self, inputs, dice):
        self.weights = [Value(dice.uniform(-1, 1)) for _ in range(inputs)]
        self.bias = Value(0.0)

    def __call__(self, xs):
        total = self.bias
        for w, x in zip(self.weights, xs):
            total = total + w * x
        return total.tanh()


class Network:
    """Layers of neurons. Network([2, 4, 1], dice): two inputs, one output."""

    def __init__(self, sizes, dice):
        self.layers = [[Neuron(n, dice) for _ in range(m)]
                       for n, m in zip(sizes, sizes[1:])]

    def __call__(self, xs):
        for layer in self.layers:
            xs = [neuron(xs) for neuron in layer]
        return xs

    def parameters(self):
        """All that learning may change."""
        return [p for layer in self.layers for neuron in layer
                for p in (*neuron.weights, neuron.bias)]


# %% [markdown]
"""
## It learns XOR

Exclusive or (异或): true when exactly one of two inputs is true. With −1 for
false and 1 for true, no single neuron can do it, as no straight line separates
the two cases. A network can, once someone finds its 17 weights and biases. So:
compute the loss, the squared distance from what we want; walk back; move each
parameter a little against its slope, which is downhill; and again.
"""


# %% tags=["engine.py"]
XOR = (((-1.0, -1.0), -1.0), ((-1.0, 1.0), 1.0),
       ((1.0, -1.0), 1.0), ((1.0, 1.0), -1.0))


def loss_of(network, examples):
    """Σ (output − wanted)²."""
    total = Value(0.0)
    for numbers, wanted in examples:
        (output,) = network([Value(n) for n in numbers])
        distance = output + Value(-wanted)
        total = total + distance * distance
    return total


def learn(network, examples, rounds=300, rate=0.1):
    """Walk downhill; the loss of each round."""
    losses = []
    for _ in range(rounds):
        loss = loss_of(network, examples)
        backward(loss)
        for p in network.parameters():
            p.data -= rate * p.grad
        losses.append(loss.data)
    return losses


if __name__ == "__main__":
    network = Network([2, 4, 1], random.Random(0))
    losses = learn(network, XOR)
    print(f"\nXOR: the loss goes from {losses[0]:.3f} to {losses[-1]:.3f}")
    for numbers, wanted in XOR:
        (output,) = network([Value(n) for n in numbers])
        print(f"  {numbers}   wanted {wanted:4}   got {output.data:6.3f}")

# %% tags=["hidden"]
fig = figures.xor(losses,
                  lambda u, v: network([Value(u), Value(v)])[0].data, XOR)
picture(fig, options, "xor")

# %% [markdown]
"""
## It is yours

All cells of the engine, as a file that needs nothing but Python. Change it,
break it, teach it new operations.
"""

# %%
keep("build_an_engine", "engine.py", options)

# %% [markdown]
"""
## The same in minigrad

minigrad is this engine, grown up:

| yours | minigrad | in `minigrad/` |
| --- | --- | --- |
| `Value` | `Tensor`, with an array in it | `autograd/tensor.py` |
| `add`, `multiply`, `tanh` | a `Function` each | `ops/` |
| their result, `slopes` | `forward`, `backward` | `autograd/function.py` |
| `walk`, `backward` | the walk, `backward` | `autograd/engine.py` |

One thing differs. You note slopes at once. With arrays these would be huge
tables, so minigrad saves what it needs for them, and multiplies when the walk
comes by. See its tanh: g is what arrives, and g · (1 − y²) your last line.
"""

# %%
x = minigrad.tensor(0.5, requires_grad=True)        # ()
kind = type(x.tanh().grad_fn)
print(f"\n{Path(inspect.getsourcefile(kind)).name}\n{inspect.getsource(kind)}")
assert issubclass(kind, Function)

# Both know +, * and tanh(), so the last formula made up takes tensors as well.
tensors = [minigrad.tensor(np.float64(v.data), requires_grad=True)
           for v in values]
formula(*tensors).backward()
for v, t in zip(values, tensors):
    print(f"yours {v.grad:15.12f}   minigrad's {t.grad.item():15.12f}")
    assert abs(v.grad - t.grad.item()) < 1e-12

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="build_an_engine", last_loss=losses[-1])

# %% [markdown]
"""
## What to remember

- A result remembers its inputs and its slope along each. That is the graph.
- Walk back from the result, each value after all that was made from it.
- Multiply along a path, add where paths meet. `backward` is ten lines.

## Things to try

- Teach your engine subtraction and eˣ: one function each. Measure the slopes.
- If `born` were lost, could you find an order from `inputs` alone? Exercise 5
  (`python -m lessons check 5`).
"""
