"""Loss scaling for float16: gradients that would round to 0 are computed larger, and divided at the end.

float16 has no number between 0 and 6·10⁻⁸. Many gradients are smaller; multiplied by 65,536 they are not.
The backward pass is linear in its start, so that scaling the loss scales every gradient alike. When one
overflows instead, the step is skipped and the scale halved (Micikevicius et al. 2018).

    scaler = minigrad.amp.GradScaler()
    scaler.scale(loss).backward()
    scaler.step(optimizer)              # divides the gradients; skips the step after an overflow
    scaler.update()

With float32 none of this is needed; on a GPU ``minigrad.cuda.set_float32_matmul_precision("high")`` is a
simpler way to use the tensor cores.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from .autograd import Tensor
from .autograd.tensor import wrap
from .backend.arrays import array_module, on_host
from .backend.gpu.mirror import Mirror
from .backend.gpu.recording import current
from .errors import GraphError, RangeError
from .errors.states import COUNT, NUMBER, Kind, check_state
from .optim import Optimizer


class GradScaler:
    """Keeps the scale: halved after an overflow, doubled after ``growth_interval`` good steps.

    Reads one value per step, which waits for the GPU: a captured step contains only
    ``scale(loss).backward()``, and ``step`` and ``update`` come after it. Raises RangeError for a scale or
    factors that make no sense.

    >>> w = minigrad.tensor([1.0], requires_grad=True)
    >>> sgd, scaler = minigrad.optim.SGD([w], lr=0.1), minigrad.amp.GradScaler(init_scale=1024.0)
    >>> scaler.scale((w * 2).sum()).backward()
    >>> scaler.step(sgd); scaler.update()
    >>> w, scaler.get_scale()
    (tensor([0.8000], requires_grad=True), 1024.0)
    """

    def __init__(self, init_scale: float = 65536.0, growth_factor: float = 2.0, backoff_factor: float = 0.5,
                 growth_interval: int = 2000, enabled: bool = True) -> None:
        if not init_scale > 0 or not growth_factor > 1 or not 0 < backoff_factor < 1 or growth_interval < 1:
            raise RangeError("GradScaler: expected init_scale > 0, growth_factor > 1, 0 < backoff_factor < 1 "
                             f"and growth_interval from 1, got {init_scale}, {growth_factor}, "
                             f"{backoff_factor}, {growth_interval}.")
        self._scale, self._enabled = float(init_scale), enabled
        self.growth_factor, self.backoff_factor = growth_factor, backoff_factor
        self.growth_interval, self._good_steps = growth_interval, 0
        self._on_device: Mirror | None = None
        self._finite: dict[int, bool] = {}          # of each optimizer since the last update

    def is_enabled(self) -> bool:
        """Whether it scales; if not, everything passes through unchanged."""
        return self._enabled

    def get_scale(self) -> float:
        """What the loss is multiplied by."""
        return self._scale if self._enabled else 1.0

    def scale(self, loss: Tensor) -> Tensor:
        """The loss times the scale, which is kept on the loss's GPU, so that a captured step follows it."""
        if not self._enabled:
            return loss
        if on_host(loss._array):
            return loss * self._scale
        if self._on_device is None:
            self._on_device = Mirror(array_module(loss._array), np.float32)
        return loss * wrap(self._on_device.follow(lambda: (self._scale,))[0])

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divide the gradients by the scale now, as clipping needs; ``step`` then doesn't do it again.

        Raises GraphError when that has already been done since the last update.
        """
        if not self._enabled:
            return
        if current() is not None:
            raise GraphError("capture: GradScaler looks at the gradients to decide whether to step. Let the "
                             "captured step end with scaler.scale(loss).backward(), and call "
                             "scaler.step(optimizer) and scaler.update() after it.")
        if id(optimizer) in self._finite:
            raise GraphError("GradScaler: the gradients of this optimizer have already been unscaled. "
                             "Call update() after each step.")
        total: Any = None
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    g = p.grad._array
                    # In float32 at least: as a float16, 1 / scale may be 0, and all gradients with it.
                    exact = np.promote_types(g.dtype, np.float32)
                    array_module(g).multiply(g, exact.type(1 / self._scale), out=g, dtype=exact)
                    p.grad._changed_in_place()
                    finite = array_module(g).isfinite(g).all()
                    total = finite if total is None else total & finite
        self._finite[id(optimizer)] = True if total is None else bool(total)    # the one value read

    def step(self, optimizer: Optimizer) -> None:
        """``optimizer.step()``, unless a gradient is infinite or NaN."""
        if not self._enabled:
            optimizer.step()
            return
        if id(optimizer) not in self._finite:
            self.unscale_(optimizer)
        if self._finite[id(optimizer)]:
            optimizer.step()

    def update(self) -> None:
        """Set the scale for the next step. Raises GraphError when there was no step."""
        if not self._enabled:
            return
        if not self._finite:
            raise GraphError("GradScaler: update() before any step(). Call scaler.step(optimizer) first.")
        if all(self._finite.values()):
            self._good_steps += 1
            if self._good_steps >= self.growth_interval:
                self._scale, self._good_steps = self._scale * self.growth_factor, 0
        else:
            self._scale, self._good_steps = self._scale * self.backoff_factor, 0
        self._finite.clear()

    def state_dict(self) -> dict[str, Any]:
        """The scale and the count of good steps, for a checkpoint."""
        return {"scale": self._scale, "good_steps": self._good_steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """What ``state_dict`` returned; DataError for anything else."""
        check_state("GradScaler", state, good_steps=COUNT,
                    scale=Kind("a number above 0", lambda x: NUMBER.test(x) and 0 < x < math.inf))
        self._scale, self._good_steps = float(state["scale"]), int(state["good_steps"])
