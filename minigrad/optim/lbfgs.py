"""L-BFGS: Newton's method with a curvature that is guessed from the last gradients; for full batches."""
from __future__ import annotations

from typing import Any, Callable, Iterable

from ..autograd import Tensor, enable_grad
from ..autograd.source import caller
from ..autograd.tensor import wrap
from ..autograd.views import changed
from ..backend.arrays import Array, array_module
from ..errors.arguments import require_integers
from .line_search import strong_wolfe
from .optimizer import Optimizer

LISTS = ("old_dirs", "old_stps")                        # of arrays
NUMBERS = ("func_evals", "n_iter", "t", "H_diag", "prev_loss", "ro", "al")


class LBFGS(Optimizer):
    """Limited-memory BFGS (Nocedal 1980; Liu and Nocedal 1989). ``step(closure)`` makes up to max_iter moves.

        y = g − g₋₁,  s = θ − θ₋₁               the last history_size pairs are kept
        d = −H g                                H, the inverse curvature, from the pairs: H y = s for the last
        θ ← θ + t d                             t = lr, at the very first min(1, 1 / Σ|g|) · lr

    The closure clears the gradients, computes the loss, calls backward and returns the loss; it is called
    many times in a step. With line_search_fn="strong_wolfe" t is searched for. A step ends after max_iter
    moves or max_eval calls, when max |g| ≤ tolerance_grad, or when less than tolerance_change changes. One
    group of parameters only (else ValueError).

    >>> w = minigrad.tensor([3.0, -2.0], requires_grad=True)
    >>> opt = minigrad.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     opt.zero_grad()
    ...     loss = ((w - minigrad.tensor([1.0, 5.0])) ** 2 * minigrad.tensor([1.0, 9.0])).sum()
    ...     loss.backward()
    ...     return loss
    >>> _ = opt.step(closure)
    >>> w.detach().round(decimals=3)
    tensor([1., 5.])
    """

    state_names = ("d", "prev_flat_grad")
    number_names = (*LISTS, *NUMBERS)

    def __init__(self, params: Iterable[Any], lr: float = 1.0, max_iter: int = 20,
                 max_eval: int | None = None, tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9,
                 history_size: int = 100, line_search_fn: str | None = None) -> None:
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change,
            "history_size": history_size, "line_search_fn": line_search_fn})

    def check_options(self, group: dict[str, Any]) -> None:
        """As for any optimizer; and one group only."""
        super().check_options(group)
        if self.param_groups and self.param_groups[0]["params"] is not group["params"]:
            raise ValueError("LBFGS: all parameters share one curvature, so there can be one group only.")
        require_integers("LBFGS", max_iter=group["max_iter"], history_size=group["history_size"])
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError("LBFGS: line_search_fn must be None or 'strong_wolfe', got "
                             f"{group['line_search_fn']!r}.")

    # ── all parameters as one vector ──────────────────────────────────────────────────────────

    @property
    def _params(self) -> list[Tensor]:
        return list(self.param_groups[0]["params"])

    def _gradient(self) -> Array:
        """All gradients in one vector; zeros where there is none."""
        library = array_module(self._params[0]._array)
        return library.concatenate([
            library.zeros(p._array.size, p._array.dtype) if p._grad is None else p._grad._array.reshape(-1)
            for p in self._params])

    def _move(self, t: float, d: Array, start: list[Array] | None = None) -> None:
        """θ ← θ + t d, from where it is or from a start."""
        at = 0
        for i, p in enumerate(self._params):
            part = d[at:at + p._array.size].reshape(p._array.shape)
            at += p._array.size
            p._array[...] = (p._array if start is None else start[i]) + part * part.dtype.type(t)
        changed(self._params, caller(1))

    # ── a step ────────────────────────────────────────────────────────────────────────────────

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Up to max_iter moves; returns the loss before them. Raises TypeError without a closure."""
        if closure is None:
            raise TypeError("LBFGS.step: needs a closure, a function that calls zero_grad(), computes the "
                            "loss, calls backward() and returns the loss.")
        self._run_hooks(self._before, closure)
        evaluate, group, state = enable_grad()(closure), self.param_groups[0], self.state[self._params[0]]
        first = evaluate()
        loss, g, calls = float(first), self._gradient(), 1
        state.setdefault("n_iter", 0)
        state["func_evals"] = state.get("func_evals", 0) + 1
        moves, flat = 0, bool(abs(g).max() <= group["tolerance_grad"])
        while not flat and moves < group["max_iter"] and (moves == 0 or calls < group["max_eval"]):
            moves += 1
            state["n_iter"] += 1
            d, before = self._direction(state, g, group["history_size"]), loss
            t = float(group["lr"]) * (min(1.0, 1.0 / float(abs(g).sum())) if state["n_iter"] == 1 else 1.0)
            state.update(d=d, t=t, prev_flat_grad=g.copy(), prev_loss=loss)
            slope = float(g @ d)
            if slope > -group["tolerance_change"]:
                break
            more = 0
            if group["line_search_fn"] is not None:
                loss, g, t, more = self._searched(evaluate, loss, g, d, t, slope, group, calls)
                state["t"] = t
                self._move(t, d)
            else:
                self._move(t, d)
                if moves != group["max_iter"]:              # else nobody would use the gradient
                    loss, g, more = float(evaluate()), self._gradient(), 1
            calls += more
            state["func_evals"] += more
            flat = bool(abs(g).max() <= group["tolerance_grad"])
            if float(abs(d * g.dtype.type(t)).max()) <= group["tolerance_change"] \
                    or abs(loss - before) < group["tolerance_change"]:
                break
        self._run_hooks(self._after, closure)
        return first

    def _searched(self, evaluate: Callable[[], Any], loss: float, g: Array, d: Array, t: float, slope: float,
                  group: dict[str, Any], calls: int) -> tuple[float, Array, float, int]:
        """What a line search finds; the parameters are where they were."""
        start = [p._array.copy() for p in self._params]

        def at(t: float) -> tuple[float, Array]:
            self._move(t, d, start)
            found = float(evaluate()), self._gradient()
            self._move(0.0, d, start)
            return found
        return strong_wolfe(at, loss, g, d, t, slope, group["tolerance_change"], group["max_eval"] - calls)

    @staticmethod
    def _direction(state: dict[str, Any], g: Array, size: int) -> Array:
        """−H g, by the two loops of Nocedal 1980; at first −g."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -g
        ys, ss, ro = state["old_dirs"], state["old_stps"], state["ro"]
        y, s = g - state["prev_flat_grad"], state["d"] * g.dtype.type(state["t"])
        product = float(y @ s)
        if product > 1e-10:                                 # else the curvature would not be positive
            for old, new in ((ys, y), (ss, s), (ro, 1.0 / product)):
                del old[:max(0, len(old) + 1 - size)]
                old.append(new)
            state["H_diag"] = product / float(y @ y)
        number = g.dtype.type
        al: list[Any] = [None] * len(ys)
        q = -g
        for i in reversed(range(len(ys))):
            al[i] = float(ss[i] @ q) * ro[i]
            q -= ys[i] * number(al[i])
        d: Array = q * number(state["H_diag"])
        for i in range(len(ys)):
            d += ss[i] * number(al[i] - float(ys[i] @ d) * ro[i])
        state["al"] = al + [None] * (size - len(al))        # as long as PyTorch's
        return d

    # ── saving ────────────────────────────────────────────────────────────────────────────────

    def state_dict(self) -> dict[str, Any]:
        """The one curvature, as the state of the first parameter, under PyTorch's names."""
        saved = super().state_dict()
        for values in saved["state"].values():
            values.update({name: [wrap(x.copy()) for x in values[name]] for name in LISTS if name in values})
            values.update({name: list(values[name]) for name in ("ro", "al") if name in values})
        return saved

    def state_shape(self, p: Tensor, name: str) -> tuple[int, ...]:
        """One vector for all parameters."""
        return (sum(p._array.size for p in self._params),)

    def loaded(self, p: Tensor, name: str, value: Any) -> Any:
        """Lists of vectors and of numbers beside what any optimizer keeps."""
        if name in LISTS:
            return [super(LBFGS, self).loaded(p, "d", x) for x in value]
        if name in ("ro", "al"):
            return [x if x is None else float(x) for x in value]
        if name in ("func_evals", "n_iter"):
            return super().loaded(p, "step", value)
        return super().loaded(p, name, value)
