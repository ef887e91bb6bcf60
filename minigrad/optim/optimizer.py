"""Optimizer: what all of them share — parameter groups, state, and how both are saved."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Callable

import numpy as np

from ..autograd import Tensor, enable_grad
from ..autograd.hooks import RemovableHandle
from ..autograd.source import caller
from ..autograd.tensor import wrap
from ..autograd.views import changed
from ..backend.arrays import Array, device_of, move
from ..errors import ShapeError
from ..errors.arguments import require_not_negative, require_numbers
from ..errors.other_names import OPTIMIZER
from ..errors.states import kind_of
from ..errors.suggestions import offer_other_names
from . import on_gpu
from .subnormal import SETTLE_EVERY, settle


#: Options of any optimizer that are numbers from 0.
NOT_NEGATIVE = ("lr", "eps", "weight_decay", "momentum", "alpha", "lr_decay", "initial_accumulator_value",
                "rho", "momentum_decay", "lambd", "t0")


class Optimizer:
    """Base class. ``param_groups`` is a list of dicts: parameters, and the options they are updated with.

    Args:
        params: an iterable of Tensors, or of dicts ``{"params": …, "lr": …}`` with their own options.
        defaults: the options of groups that do not give their own.

    Raises TypeError for anything but leaf tensors, ValueError for no parameters, one given twice, or an
    option out of range.

    >>> model = minigrad.nn.Linear(2, 1)
    >>> groups = [{"params": model.weight}, {"params": model.bias, "lr": 0.5}]
    >>> [group["lr"] for group in minigrad.optim.SGD(groups, lr=0.1).param_groups]
    [0.1, 0.5]
    """

    #: The names of the per-parameter arrays, in the layout of PyTorch's state_dict.
    state_names: tuple[str, ...] = ()
    #: The names of the numbers beside them; and how many steps were made, "step".
    number_names: tuple[str, ...] = ()
    #: Which of them are decaying means of gradients, and which of squares.
    means: tuple[str, ...] = ()
    squares: tuple[str, ...] = ()
    #: The function of ``optim.on_gpu`` that updates many parameters at once, if there is one.
    together = ""
    _since_settled = 0
    _before: dict[int, Any] = {}        # hooks before and after a step
    _after: dict[int, Any] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "update" in cls.__dict__ and "together" not in cls.__dict__:
            cls.together = ""               # another formula than the one that the kernel computes

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(f"{type(self).__name__}: expected an iterable of tensors, got one tensor. "
                            "Pass [tensor], or model.parameters().")
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        if not isinstance(params, Iterable):
            hint = "Call it: model.parameters()." if callable(params) and hasattr(params, "__self__") \
                else "Pass model.parameters()."
            raise TypeError(f"{type(self).__name__}: expected an iterable of tensors, got "
                            f"{type(params).__name__}. {hint}")
        groups = list(params)
        if not groups:
            raise ValueError(f"{type(self).__name__}: got no parameters. Is model.parameters() empty (layers "
                             "in a plain list are not found: use nn.ModuleList), or was the generator used "
                             "up before?")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Add parameters with their own options; each parameter may be in one group only."""
        group = {**self.defaults, **group}
        params = group["params"]
        group["params"] = [params] if isinstance(params, Tensor) else list(params)
        known = {id(p) for g in self.param_groups for p in g["params"]}
        for p in group["params"]:
            if not isinstance(p, Tensor) or not p.is_leaf:
                raise TypeError(f"{type(self).__name__}: expected leaf tensors, got "
                                f"{type(p).__name__ if not isinstance(p, Tensor) else 'a computed one'}.")
            if id(p) in known:
                raise ValueError(f"{type(self).__name__}: a parameter is in more than one group.")
            known.add(id(p))
        self.check_options(group)
        self.param_groups.append(group)

    def check_options(self, group: dict[str, Any]) -> None:
        """Raise ValueError for options out of range, TypeError for what isn't a number."""
        name, options = type(self).__name__, {key: group[key] for key in NOT_NEGATIVE if key in group}
        lr = options.get("lr")
        if isinstance(lr, Tensor):
            if lr.numel() != 1:
                raise ValueError(f"{name}: lr must be one number, got a tensor of shape {tuple(lr.shape)}.")
            options["lr"] = lr.item()
        require_not_negative(name, **options)
        if "betas" in group:
            betas = group["betas"]
            if not isinstance(betas, (tuple, list)) or len(betas) != 2:
                raise ValueError(f"{name}: betas must be two numbers in [0, 1), got {betas!r}.")
            require_numbers(f"{name}: betas", first=betas[0], second=betas[1])
            if not all(0 <= beta < 1 for beta in betas):
                raise ValueError(f"{name}: betas must be in [0, 1), got {betas}.")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, so that the next backward does not add to them."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none or p._grad is None:
                    p._grad = None
                else:
                    p.grad = p.grad.detach().zero_()        # also one from create_graph

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient. ``closure`` computes the loss again, if given."""
        self._run_hooks(self._before, closure)
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        where = caller(1)
        for group in self.param_groups:
            ready = [p for p in group["params"] if p._grad is not None]
            on_cpu = all([type(p._array) is np.ndarray for p in ready])
            for p in ready if on_cpu else on_gpu.update(self, ready, group):
                self.update(p, p._grad._array, self.state[p], group)        # type: ignore[union-attr]
            changed(ready, where)
        self._since_settled += 1
        if self._since_settled >= SETTLE_EVERY:
            self._settle()
        self._run_hooks(self._after, closure)
        return loss

    def _settle(self) -> None:
        """Means that have decayed to nothing become 0, before they become subnormal and slow."""
        self._since_settled = 0
        for state in self.state.values():
            for name in self.means + self.squares:
                if state.get(name) is not None:
                    settle(state[name], name in self.squares)

    def begin(self, p: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Before the first step of a parameter: a count of 0, and zeros for every array that is needed."""
        state.update(step=0, **{name: np.zeros_like(p._array) for name in self.needed_state(group)
                                if name in self.state_names})

    def update(self, p: Tensor, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter in place from its gradient g. Each optimizer defines it."""
        raise NotImplementedError

    # ── hooks ─────────────────────────────────────────────────────────────────────────────────

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; the handle's ``remove()`` ends it."""
        self._before = self.__dict__.get("_before", {})
        return RemovableHandle.add(self._before, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The same after each step."""
        self._after = self.__dict__.get("_after", {})
        return RemovableHandle.add(self._after, hook)

    def _run_hooks(self, hooks: dict[int, Any], closure: Any) -> None:
        for hook in list(hooks.values()):
            hook(self, () if closure is None else (closure,), {})

    # ── saving ────────────────────────────────────────────────────────────────────────────────

    def state_dict(self) -> dict[str, Any]:
        """``{"state": {i: {...}}, "param_groups": [...]}`` with parameters numbered, as in PyTorch."""
        self._settle()              # so that training goes on from a saved state just as it does here
        number = {id(p): i for i, p in enumerate(p for g in self.param_groups for p in g["params"])}
        state = {number[id(p)]: {k: wrap(v) if k in self.state_names and v is not None else v
                                 for k, v in values.items()}
                 for p, values in self.state.items() if values}
        groups = [{**{k: v for k, v in g.items() if k != "params"},
                   "params": [number[id(p)] for p in g["params"]]} for g in self.param_groups]
        return {"state": state, "param_groups": groups}

    @property
    def names_its_state(self) -> bool:
        """Whether it is known what the state may hold: not of an optimizer that only defines ``step``."""
        return bool(self.state_names) or type(self).update is not Optimizer.update

    def needed_state(self, group: dict[str, Any]) -> tuple[str, ...]:
        """What the state of a parameter holds after its first step under these options."""
        return ()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a saved state. Everything is checked before anything changes.

        Raises ValueError (ShapeError for a shape) for a state that ``step`` could not continue from.
        """
        params = [p for g in self.param_groups for p in g["params"]]
        saved = self._saved_groups(state_dict)
        if [len(g["params"]) for g in saved] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError(f"{type(self).__name__}.load_state_dict: the saved groups hold "
                             f"{[len(g['params']) for g in saved]} parameters, this optimizer's "
                             f"{[len(g['params']) for g in self.param_groups]}.")
        options = [self._saved_options(own, new) for own, new in zip(self.param_groups, saved)]
        groups = [{**own, **new} for own, new in zip(self.param_groups, options) for _ in own["params"]]
        order = [i for g in saved for i in g["params"]]
        loaded: dict[Tensor, dict[str, Any]] = {}
        for p, i, group in zip(params, order, groups):
            values = state_dict["state"].get(i, state_dict["state"].get(str(i), {}))
            if not isinstance(values, Mapping):
                raise ValueError(f"{type(self).__name__}.load_state_dict: the state of parameter {i} must be "
                                 f"a dict, got {values!r:.60}.")
            foreign = sorted(set(values) - {"step", *self.state_names, *self.number_names})
            if foreign and self.names_its_state:
                raise ValueError(f"{type(self).__name__}.load_state_dict: the saved state holds "
                                 f"{', '.join(foreign)}: it is another optimizer's.")
            missing = [name for name in self.needed_state(group) if values.get(name) is None]
            if values and missing:
                raise ValueError(f"{type(self).__name__}.load_state_dict: the saved state of parameter {i} "
                                 f"lacks {', '.join(missing)}. It was damaged or made by hand.")
            loaded[p] = {k: self.loaded(p, k, v) for k, v in values.items()}
        self._since_settled = 0
        for p in [p for p in self.state if not loaded.get(p)]:
            del self.state[p]
        for p, values in loaded.items():
            self._replace(p, values)
        for own, new in zip(self.param_groups, options):
            for extra in set(own) - set(new) - {"params", *self.defaults}:
                del own[extra]
            own.update(new)

    def _saved_groups(self, state_dict: Any) -> list[dict[str, Any]]:
        """The groups of a saved state, whose layout is checked here."""
        if isinstance(state_dict, Mapping) and isinstance(state_dict.get("state"), Mapping):
            groups = state_dict.get("param_groups")
            if isinstance(groups, (list, tuple)) and all(
                    isinstance(g, Mapping) and isinstance(g.get("params"), (list, tuple))
                    and all(isinstance(i, int) for i in g["params"]) for g in groups):
                return list(groups)
        raise ValueError(f"{type(self).__name__}.load_state_dict: expected a dict of 'state', a dict, and "
                         "'param_groups', a list of dicts with their 'params', as state_dict() returns it.")

    def _saved_options(self, own: dict[str, Any], saved: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a saved group; ValueError for one of another kind than here."""
        new = {k: tuple(v) if isinstance(v, list) and isinstance(own.get(k), tuple) else v
               for k, v in saved.items() if k != "params"}
        for name, value in new.items():
            now = own.get(name)
            kind = kind_of(now)
            if not kind.test(value) or isinstance(now, tuple) and len(now) != len(value):
                raise ValueError(f"{type(self).__name__}.load_state_dict: the option {name} must be like "
                                 f"{now!r}, got {value!r:.60}.")
        self.check_options({**own, **new})
        return new

    def _replace(self, p: Tensor, values: dict[str, Any]) -> None:
        """Put new values into the dict and arrays that exist: a captured step goes on using them."""
        if not values:
            return
        state = self.state[p]
        for name, array in state.items():
            if name in self.state_names and array is not None and values.get(name) is not None:
                array[...] = values[name]
                values[name] = array
        state.clear()
        state.update(values)

    def state_shape(self, p: Tensor, name: str) -> tuple[int, ...]:
        """The shape of one of the arrays kept for a parameter."""
        return p._array.shape

    def loaded(self, p: Tensor, name: str, value: Any) -> Any:
        """A value of a saved state as it is kept for a parameter. Raises ValueError for one that can't be."""
        if name == "step":
            try:
                count = -1.0 if isinstance(value, str) else float(value)    # PyTorch keeps a tensor
            except (TypeError, ValueError, RuntimeError):
                count = -1.0
            if not count >= 0 or count % 1:
                raise ValueError(f"{type(self).__name__}.load_state_dict: step must be an integer from 0, "
                                 f"got {value!r:.60}.")
            return int(count)
        if name in self.number_names:
            try:
                return float(value)
            except (TypeError, ValueError, RuntimeError):
                raise ValueError(f"{type(self).__name__}.load_state_dict: {name} must be a number, got "
                                 f"{value!r:.60}.") from None
        if name not in self.state_names or value is None:
            return value.clone() if isinstance(value, Tensor) else value
        array = value._array if isinstance(value, Tensor) else np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise ValueError(f"{type(self).__name__}.load_state_dict: {name} must be a tensor of numbers, "
                             f"got {value!r:.60}.")
        if array.shape != self.state_shape(p, name):
            raise ShapeError(f"{type(self).__name__}.load_state_dict: {name} has shape "
                             f"{tuple(array.shape)}, the parameter {tuple(p.shape)}.")
        return move(array.astype(p.dtype), device_of(p._array)).copy()

    def __repr__(self) -> str:
        lines = [f"group {i}: " + ", ".join(f"{k}={v}" for k, v in g.items() if k != "params")
                 + f", {len(g['params'])} parameters" for i, g in enumerate(self.param_groups)]
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines) + "\n)"


offer_other_names(Optimizer, OPTIMIZER)
