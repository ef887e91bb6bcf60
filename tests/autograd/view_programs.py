"""Random programs of views and changes in place, run by minigrad and by PyTorch:

    python tests/autograd/view_programs.py 5000 --seed 1

A program is a list of steps on a growing list of tensors: views and views of views, changes in place through
any of them, arithmetic, hooks, ``retain_grad``, ``detach``, each step perhaps under ``no_grad``. After every
step all values are compared, in the end all gradients, those that hooks saw, and second derivatives.

One thing is left out: a hook that changes the gradient of a base, in a second derivative, after ``exp_`` and
its like through a view. Their derivative needs their result, which for PyTorch is the view, behind the hook,
and for minigrad what ``exp`` gave, before it.
"""
from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Callable

import numpy as np
import torch

import minigrad

Step = tuple[str, tuple[Any, ...], bool]        # name, arguments, under no_grad


@dataclass
class Run:
    """One library's side of a program."""

    lib: Any
    safe: bool = False                      # PyTorch: in other words that leave more saved values alone
    tensors: list[Any] = field(default_factory=list)
    leaves: list[Any] = field(default_factory=list)
    retained: list[int] = field(default_factory=list)
    seen: list[Any] = field(default_factory=list)

    def start(self, arrays: list[np.ndarray]) -> None:
        """Two leaves that require gradients, data, and two results."""
        make = torch.tensor if self.lib is torch else minigrad.tensor
        self.leaves = [make(a.copy()) for a in arrays[:2]]
        for leaf in self.leaves:
            leaf.requires_grad_()
        self.tensors = [*self.leaves, *(make(a.copy()) for a in arrays[2:])]
        self.tensors += [self.leaves[0] * 1.5, self.leaves[1].sin()]

    def step(self, step: Step) -> None:
        """Do one step; what it makes is appended."""
        name, args, no_grad = step
        if no_grad:
            with self.lib.no_grad():
                self._do(name, args)
        else:
            self._do(name, args)

    def _do(self, name: str, args: tuple[Any, ...]) -> None:
        x = self.tensors[args[0]]
        if name == "hook":
            number, factor = len(self.seen), args[1]
            self.seen.append([])
            x.register_hook(lambda g: self.seen[number].append(array(g)) or (g * factor if factor else None))
        elif name == "retain":
            x.retain_grad()
            self.retained.append(args[0])
        else:
            if name in CHANGES:
                attempt(lambda: x.grad_fn)  # PyTorch calls a view a leaf before somebody looks
            values = [self.tensors[a[0]] if isinstance(a, list) else a for a in args[1:]]
            made = (SAFE if self.safe and name in SAFE else STEPS)[name](x, *values)
            if name in RESULTS and name != "detach":
                made = made.contiguous()    # NumPy and PyTorch may lay out a result in other orders
            if made is not None:
                self.tensors.append(made)

    def loss(self, chosen: list[int], coefficients: list[float]) -> Any:
        """A number that depends on the chosen tensors, some of them squared."""
        total = (self.tensors[0] * 0.5).sum()
        for i, c in zip(chosen, coefficients):
            t = self.tensors[i]
            total = total + ((t * t).sum() * c if c > 0 else (t * c).sum())
        return total

    def gradients(self, loss: Any, second: bool) -> list[Any]:
        """Of the leaves and of what was retained, then what the hooks saw, then second derivatives."""
        if not second:
            loss.backward()
            watched = [*self.leaves, *(self.tensors[i] for i in self.retained)]
            return [*(array(t.grad) for t in watched), *sum(self.seen, [])]
        grad = self.lib.autograd.grad
        first = grad(loss, self.leaves, create_graph=True, allow_unused=True)
        found = [*map(array, first), *sum(self.seen, [])]
        total = sum((g * g).sum() for g in first if g is not None)
        if not getattr(total, "requires_grad", False):
            return [*found, None, None]
        return [*found, *map(array, grad(total, self.leaves, allow_unused=True))]


def array(t: Any) -> Any:
    """The values; None stays None."""
    return None if t is None else t.detach().numpy().copy()


def assign(x: Any, index: Any, value: Any) -> None:
    x[index] = value


def scale(x: Any, index: Any, value: Any) -> None:
    x[index] *= value


def increase(x: Any, value: Any) -> None:
    x += value


def reduce(x: Any, value: Any) -> None:
    x *= value


def masked(x: Any, value: Any) -> None:
    x.masked_fill_(x.detach() > 0.3, value)


def assign_masked(x: Any, value: Any) -> None:
    x[x.detach() > 0.3] = value


def alter(name: str) -> Callable[..., None]:
    """The method in place, without its result."""
    def change(x: Any, *args: Any) -> None:
        assert getattr(x, name)(*args) is x
    return change


VIEWS: dict[str, Callable[..., Any]] = {
    "part": lambda x, a, b: x[a:b], "every": lambda x: x[::2], "row": lambda x, i: x[i],
    "column": lambda x, i: x[..., i], "columns": lambda x: x[..., 1:], "all": lambda x: x[:],
    "transpose": lambda x: x.transpose(0, -1), "reshape": lambda x: x.reshape(-1),
    "view": lambda x: x.view(-1, 1), "unsqueeze": lambda x, d: x.unsqueeze(d),
    "squeeze": lambda x: x.squeeze(),
    "expand": lambda x: x.expand(2, *x.shape), "diagonal": lambda x: x.diagonal(0, 0, -1),
    "chunk": lambda x, i: x.chunk(2)[i], "unbind": lambda x: x.unbind()[0], "flatten": lambda x: x.flatten(),
    "split": lambda x: x.split(1)[-1], "movedim": lambda x: x.movedim(0, -1), "none": lambda x: x[None],
}
RESULTS: dict[str, Callable[..., Any]] = {
    "times": lambda x, c: x * c, "sin": lambda x: x.sin(), "tanh": lambda x: x.tanh(),
    "square": lambda x: x ** 2, "clone": lambda x: x.clone(), "sum": lambda x: x.sum(0),
    "product": lambda x, y: x * y, "plus": lambda x, y: x + y, "detach": lambda x: x.detach(),
}
CHANGES: dict[str, Callable[..., Any]] = {
    "mul_c": alter("mul_"), "add_c": alter("add_"), "fill_": alter("fill_"), "zero_": alter("zero_"),
    "clamp_": alter("clamp_"), "tanh_": alter("tanh_"), "sigmoid_": alter("sigmoid_"), "neg_": alter("neg_"),
    "pow_": alter("pow_"), "relu_": alter("relu_"),
    "exp_": lambda x: alter("exp_")(alter("clamp_")(x, -1, 1) or x),
    "mul_": alter("mul_"), "add_": alter("add_"), "sub_": alter("sub_"), "copy_": alter("copy_"),
    "assign_c": assign, "assign": assign, "scale": scale, "increase": increase, "reduce": reduce,
    "masked": masked, "assign_masked": assign_masked,
}


def rewritten(name: str) -> Callable[..., None]:
    """The change as a result that is copied back: what PyTorch saves is then not what is overwritten."""
    def change(x: Any, *args: Any) -> None:
        x.copy_(getattr(x.clone(), name.rstrip("_"))(*args))
    return change


SAFE: dict[str, Callable[..., Any]] = {
    "chunk": lambda x, i: x[:-(-x.shape[0] // 2)], "unbind": lambda x: x[0], "split": lambda x: x[-1:],
    "exp_": lambda x: rewritten("exp_")(x) if x.copy_(x.clone().clamp(-1, 1)) is not None else None,
    "increase": rewritten("add_"), "reduce": rewritten("mul_"),
    "mul_c": rewritten("mul_"), "add_c": rewritten("add_"),
    **{name: rewritten(name) for name in ("clamp_", "tanh_", "sigmoid_", "neg_", "pow_", "relu_", "mul_",
                                          "add_", "sub_")},
    "scale": lambda x, index, value: assign(x, index, x[index].clone() * value),
}
KEEP_RESULT = ("exp_", "tanh_", "sigmoid_")
STEPS = {**VIEWS, **RESULTS, **CHANGES}


def random_step(rng: np.random.Generator, tensors: list[Any]) -> Step:
    """A step that fits the shapes there are, mostly on the tensors made last."""
    n = len(tensors)
    at = int(n - 1 - min(rng.geometric(0.25) - 1, n - 1)) if rng.random() < 0.8 else int(rng.integers(n))
    x = tensors[at]
    kind = rng.choice(["view", "result", "change", "watch"], p=[0.36, 0.2, 0.36, 0.08])
    no_grad = bool(rng.random() < 0.08)
    if kind == "watch" and at > 1 and attempt(lambda: x.grad_fn)[0] is None:
        kind = "result"                     # a hook on a view taken under no_grad ends PyTorch itself
    if kind == "watch":
        return (("retain", (at,), False) if rng.random() < 0.5 else
                ("hook", (at, float(rng.choice([0.0, 2.0]))), False))
    table = {"view": VIEWS, "result": RESULTS, "change": CHANGES}[kind]
    name = str(rng.choice(sorted(table)))
    size = x.shape[0] if x.ndim else 0
    c = round(float(rng.uniform(-1, 1)), 2)
    args: tuple[Any, ...] = ()
    if name == "part":
        args = (int(rng.integers(max(size, 1))), None) if rng.random() < 0.5 else (0, 2)
    elif name in ("row", "column"):
        args = (int(rng.choice([0, -1])),)
    elif name == "chunk":
        args = (0,)
    elif name == "unsqueeze":
        args = (int(rng.integers(x.ndim + 1)),)
    elif name in ("times", "mul_c", "add_c", "fill_", "masked", "assign_masked"):
        args = (c,)
    elif name == "clamp_":
        args = (-0.5, 0.5)
    elif name == "pow_":
        args = (2,)
    elif name in ("product", "plus", "mul_", "add_", "sub_", "copy_", "increase", "reduce"):
        fits = [i for i, t in enumerate(tensors) if broadcasts(t.shape, x.shape, name in ("product", "plus"))
                and (name not in CHANGES or not overlap(t, x))]
        if not fits:
            return "clone", (at,), no_grad
        args = ([int(rng.choice(fits))],)
    elif name in ("assign_c", "scale"):
        args = (index(rng, x), c)
    elif name == "assign":
        place = index(rng, x)
        part, error = attempt(lambda: x.detach()[place])
        shape = x.shape if error is not None else part.shape
        fits = [i for i, t in enumerate(tensors) if broadcasts(t.shape, shape, False) and not overlap(t, x)]
        args = (place, [int(rng.choice(fits))] if fits else c)
    return name, (at, *args), no_grad


def index(rng: np.random.Generator, x: Any) -> Any:
    return [0, slice(0, 2), slice(None, None, 2), (Ellipsis, 0), [0, -1], slice(None)][rng.integers(6)]


def broadcasts(shape: Any, into: Any, both_ways: bool) -> bool:
    """Whether the first shape broadcasts to the second."""
    try:
        return both_ways and np.broadcast_shapes(shape, into) is not None \
            or np.broadcast_shapes(shape, into) == tuple(into)
    except ValueError:
        return False


def overlap(a: Any, b: Any) -> bool:
    """Whether two tensors show the same memory in two ways: PyTorch then reads what it has just written."""
    same = a.data_ptr() == b.data_ptr() and a.shape == b.shape and a.stride() == b.stride()
    return not same and np.shares_memory(a.detach().numpy(), b.detach().numpy())


def attempt(action: Callable[..., Any], *args: Any) -> tuple[Any, Exception | None]:
    try:
        return action(*args), None
    except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError) as error:
        return None, error


def equal(a: Any, b: Any) -> bool:
    """Equal up to rounding; no gradient counts as 0."""
    if a is None or b is None:
        return bool(np.all((a if b is None else b) == 0)) if not (a is None and b is None) else True
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-7, atol=1e-9, equal_nan=True)


@dataclass
class Outcome:
    """What came of it: "same", "wrong", "refused" by minigrad alone, "only PyTorch refused", "both"."""

    kind: str
    steps: list[Step]
    about: str = ""


def run_program(seed: int) -> Outcome:
    """Draw a program and run it in both; what PyTorch alone refuses, it gets again in other words."""
    outcome = _compare(seed, safe=False)
    if outcome.kind == "only PyTorch refused":
        again = _compare(seed, safe=True)
        if again.kind in ("wrong", "same"):
            return Outcome(again.kind, again.steps, again.about + " (in words that PyTorch takes)")
    return outcome


def _compare(seed: int, safe: bool, length: int = 12) -> Outcome:
    rng = np.random.default_rng(seed)
    arrays = [rng.uniform(-1, 1, (3, 3)) for _ in range(4)]
    theirs, ours = Run(torch, safe), Run(minigrad)
    theirs.start(arrays)
    ours.start(arrays)
    steps: list[Step] = []
    for _ in range(int(rng.integers(4, length + 1))):
        step = random_step(rng, theirs.tensors)
        if safe and step[0] == "hook":      # in other words, other tensors are asked for gradients
            continue
        before = [t.detach().clone() for t in theirs.tensors]
        _, error = attempt(theirs.step, step)
        if error is not None:               # most refusals are of the student's kind: a shape, a leaf; go on
            if any(not torch.equal(a, t.detach()) for a, t in zip(before, theirs.tensors)):
                return Outcome("both", steps)
            if step[0] in CHANGES and attempt(ours.step, step)[1] is None:
                return Outcome("only PyTorch refused", [*steps, step], str(error).split(".")[0][:60])
            continue
        steps.append(step)
        _, error = attempt(ours.step, step)
        if error is not None:
            return Outcome("refused", steps, f"{step[0]}: {error}")
        for i, (a, b) in enumerate(zip(theirs.tensors, ours.tensors)):
            if not equal(array(a), array(b)):
                return Outcome("wrong", steps, f"values of tensor {i}: {array(b)} instead of {array(a)}")
    chosen = [int(i) for i in rng.choice(len(theirs.tensors), min(5, len(theirs.tensors)), replace=False)]
    coefficients = [round(float(c), 2) for c in rng.uniform(-1, 1, 5)]
    behind = any(name in KEEP_RESULT and theirs.tensors[args[0]]._is_view() for name, args, _ in steps)
    second = bool(rng.random() < 0.4) and not (behind and any(s[0] == "hook" and s[1][1] for s in steps))

    def gradients(run: Run) -> list[Any]:
        return run.gradients(run.loss(chosen, coefficients), second)
    expected, error = attempt(gradients, theirs)
    found, own = attempt(gradients, ours)
    about = f" (loss of {chosen} with {coefficients}, second={second})"
    if error is not None:
        return Outcome("both" if own is not None else "only PyTorch refused", steps,
                       "" if own is not None else str(error).split("[")[0][:60])
    if own is not None:
        return Outcome("refused", steps, f"backward: {own}")
    if len(found) != len(expected):
        return Outcome("wrong", steps, f"{len(found)} gradients, expected {len(expected)}" + about)
    for a, b in zip(expected, found):
        if not equal(a, b):
            return Outcome("wrong", steps, f"{b} instead of {a}" + about)
    return Outcome("same", steps)


def main() -> None:
    """Run many programs; print the counts, each wrong one, and each kind of refusal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("programs", nargs="?", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=3, help="examples of each kind")
    args = parser.parse_args()
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for number in range(args.programs):
        outcome = run_program(args.seed * 10 ** 6 + number)
        counts[outcome.kind] += 1
        if outcome.kind in ("same", "both"):
            continue
        kind = outcome.kind if outcome.kind == "wrong" else f"{outcome.kind}: {outcome.about[:60]}"
        kinds[kind] += 1
        if kinds[kind] <= args.show:
            print(args.seed * 10 ** 6 + number, outcome.kind, outcome.about)
            for step in outcome.steps:
                print("   ", step)
    print(dict(counts))
    for kind, count in kinds.most_common():
        print(f"{count:5d}  {kind}")


if __name__ == "__main__":
    main()
