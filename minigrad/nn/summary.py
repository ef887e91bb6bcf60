"""What a network consists of: its layers, the shapes between them, parameters and operations.

The shapes are observed, not computed from rules: the model runs once on zeros, and hooks note every call
of a layer.
"""
from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any, Callable, Iterator, Sequence

from ..autograd import Tensor, no_grad
from ..backend.arrays import CPU
from ..backend.dtypes import default_dtype
from ..errors import ShapeError
from ..ops.convolution import pair
from ..ops.create import zeros
from ..terminal.spelling import printable
from .activation import ReLU, Sigmoid, Tanh
from .conv import Conv2d
from .dropout import Dropout
from .evaluating import evaluating
from .linear import Flatten, Identity, Linear
from .module import Module
from .pooling import MaxPool2d
from .softmax import LogSoftmax, Softmax

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerSummary:
    """One call of one layer. Shapes are those of one sample, without the batch dimension."""

    name: str
    kind: str
    input_shape: Any
    output_shape: Any
    parameters: int             # 0 if an earlier row counted them
    shared: bool                # whether an earlier row counted the parameters
    flops: int | None           # None: unknown for this kind of layer


@dataclass
class Summary:
    """What ``summary`` found; ``print`` it for the table.

    Attributes:
        layers: one LayerSummary for each call, in the order of the calls.
        parameters, trainable_parameters: of the whole model, each counted once.
        flops: of all layers where they are known, for one sample, forward.
        parameter_bytes: the memory of the parameters.
    """

    model: str
    input_shape: Any
    layers: list[LayerSummary] = field(default_factory=list)
    parameters: int = 0
    trainable_parameters: int = 0
    parameter_bytes: int = 0

    @property
    def flops(self) -> int:
        """Additions, multiplications, comparisons … of one sample's forward pass, where known."""
        return sum(layer.flops or 0 for layer in self.layers)

    def __str__(self) -> str:
        rows = [("layer", "", "output shape", "parameters", "FLOPs"),
                ("", "input", _text(self.input_shape), "", "")]
        for layer in self.layers:
            rows.append((layer.name, layer.kind, _text(layer.output_shape),
                         "shared" if layer.shared else f"{layer.parameters:,}",
                         "not known" if layer.flops is None else f"{layer.flops:,}"))
        least = "at least " if any(layer.flops is None for layer in self.layers) else ""
        rows.append(("total", "", "", f"{self.parameters:,}", f"{least}{self.flops:,}"))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = ["  ".join(cell.ljust(width) if i < 3 else cell.rjust(width)
                           for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
                 for row in rows]
        rule = "─" * max(map(len, lines))
        frozen = self.parameters - self.trainable_parameters
        end = (f"{self.trainable_parameters:,} parameters are trained, {frozen:,} are frozen; they take "
               f"{_bytes(self.parameter_bytes)}. FLOPs are for one sample, forward.")
        return printable("\n".join([self.model, rule, lines[0], rule, *lines[1:-1], rule, lines[-1], end]))

    __repr__ = __str__


def summary(model: Module, input_shape: Sequence[Any], dtype: Any = None) -> Summary:
    """The layers of ``model`` with their output shapes, parameters and operations.

    Args:
        input_shape: of one sample, without the batch dimension, such as (1, 28, 28); for a model with
            several inputs a list of such shapes.
        dtype: of the input; the default float when None, ``minigrad.int64`` for word numbers.

    The model runs once on zeros, in evaluation mode and without recording, and is left as it was. FLOPs of
    one sample are counted with these formulas (an addition or a multiplication is one, a multiply-add two):

        Conv2d     2 · C · KH · KW · O · OH · OW,  less O · OH · OW without a bias (C: of one group)
        Linear     2 · in · out for each row,  less out without a bias
        MaxPool2d  KH · KW − 1 comparisons per output;  ReLU one per entry
        Sigmoid, Tanh four per entry;  Softmax, LogSoftmax five

    Raises ShapeError for an invalid ``input_shape``, and whatever the model raises.

    >>> from minigrad import nn, summary
    >>> summary(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), (3,)).parameters
    8
    """
    shapes = [tuple(s) for s in input_shape] if _nested(input_shape) else [tuple(input_shape)]
    for shape in shapes:
        if not all(isinstance(n, int) and n > 0 for n in shape):
            raise ShapeError(f"summary: input_shape must hold the sizes of one sample, such as "
                             f"(1, 28, 28), got {input_shape!r}.")
    parameters = list(model.parameters())
    device = parameters[0].device if parameters else CPU
    inputs = [zeros(1, *shape, dtype=dtype or default_dtype(), device=device) for shape in shapes]
    found = Summary(type(model).__name__, shapes[0] if len(shapes) == 1 else shapes,
                    parameters=sum(p.numel() for p in parameters),
                    trainable_parameters=sum(p.numel() for p in parameters if p.requires_grad),
                    parameter_bytes=sum(p.numel() * p.dtype.itemsize for p in parameters))
    with evaluating(model), no_grad(), _noted_calls(model, found.layers):
        model(*inputs)
    return found


@contextmanager
def _noted_calls(model: Module, rows: list[LayerSummary]) -> Iterator[None]:
    """Within this block every call of a layer adds a row, an outer call before the calls inside it.

    A layer is a module without sub-modules, or one with parameters of its own.
    """
    counted: set[int] = set()
    places: list[int] = []                      # for each call that is running, the place of its row

    def begin(module: Module, args: Any) -> None:
        places.append(len(rows))

    def note(name: str, module: Module, args: Any, output: Any) -> None:
        own = {id(p): p.numel() for p in module.parameters(recurse=False)}
        new = sum(n for key, n in own.items() if key not in counted)
        shared = bool(own) and counted.issuperset(own)
        counted.update(own)
        rows.insert(places.pop(), LayerSummary(name or "(model)", type(module).__name__, _shape(args),
                                               _shape(output), new, shared, _flops(module, output)))

    with ExitStack() as hooks:
        for name, module in model.named_modules():
            if not any(True for _ in module.children()) or any(True for _ in module.parameters(False)):
                hooks.enter_context(module.register_forward_pre_hook(begin))
                hooks.enter_context(module.register_forward_hook(partial(note, name)))
        yield


# ── counting operations ───────────────────────────────────────────────────────────────────────────

def _product_flops(layer: Any, y: Tensor) -> int:
    return y.numel() * (2 * prod(layer.weight.shape[1:]) - (layer.bias is None))


def _pool_flops(layer: Any, y: Tensor) -> int:
    return y.numel() * (prod(pair(layer.kernel_size, "MaxPool2d")) - 1)


_FORMULAS: dict[type, Callable[[Any, Tensor], int]] = {
    Conv2d: _product_flops, Linear: _product_flops, MaxPool2d: _pool_flops}
_PER_ENTRY = {ReLU: 1, Sigmoid: 4, Tanh: 4, Softmax: 5, LogSoftmax: 5, Flatten: 0, Identity: 0, Dropout: 0}


def _flops(module: Module, output: Any) -> int | None:
    if not isinstance(output, Tensor):
        return None
    if type(module) in _PER_ENTRY:
        return _PER_ENTRY[type(module)] * output.numel()
    formula = _FORMULAS.get(type(module))
    return None if formula is None else formula(module, output)


# ── text ──────────────────────────────────────────────────────────────────────────────────────────

def _nested(shape: Sequence[Any]) -> bool:
    return len(shape) > 0 and isinstance(shape[0], (tuple, list))


def _shape(value: Any) -> Any:
    """The shape without the batch dimension, or a list of shapes."""
    if isinstance(value, Tensor):
        return tuple(value.shape[1:])
    if isinstance(value, (tuple, list)):
        shapes = [_shape(v) for v in value if isinstance(v, (Tensor, tuple, list))]
        return shapes[0] if len(shapes) == 1 else shapes
    return ()


def _text(shape: Any) -> str:
    if isinstance(shape, list):
        return ", ".join(map(_text, shape))
    return "×".join(map(str, shape)) or "1"


def _bytes(count: int) -> str:
    return f"{count / 2**20:.2f} MiB" if count >= 2**20 else f"{count / 2**10:.1f} KiB"
