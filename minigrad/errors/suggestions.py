"""Names that don't exist, and what was probably meant: "nn.Lineer" is "nn.Linear", Keras's "Dense" as well.

Nothing is looked up until somebody reads the message, so code that only asks (``hasattr``) pays nothing.

    offer_names(__name__, "nn")             at the end of a module: its own missing names
    raise MissingName("Linear", name, …)    in a class's __getattr__
    Elsewhere("Use x.to(dtype).")           a class attribute in the place of a name that others use: no
                                            __getattr__, which would slow every attribute down
"""
from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from typing import Any, NoReturn

from ..terminal.spelling import printable

#: What other libraries, or other places in minigrad, call it. By the module's name as users write it.
HABITS: dict[str, dict[str, str]] = {
    "minigrad": {
        "array": "minigrad.tensor(data)", "asarray": "minigrad.as_tensor(data)", "Variable": "minigrad.tensor(data, "
        "requires_grad=True)", "variable": "minigrad.tensor(data, requires_grad=True)", "concatenate": "minigrad.cat",
        "concat": "minigrad.cat", "random": "minigrad.rand or minigrad.randn", "seed": "minigrad.manual_seed",
        "expand_dims": "minigrad.unsqueeze", "newaxis": "None", "absolute": "minigrad.abs", "power": "minigrad.pow",
        "FloatTensor": "minigrad.tensor(data)", "LongTensor": "minigrad.tensor(data)", "Module": "nn.Module",
        "arccos": "minigrad.acos", "arcsin": "minigrad.asin", "arctan": "minigrad.atan", "grad": "minigrad.autograd.grad",
        "stop_gradient": "x.detach()", "size": "x.shape", "float": "minigrad.float32"},
    "nn": {
        "Dense": "nn.Linear(in_features, out_features)", "Input": "nothing: the first layer says how many features",
        "MaxPooling2D": "nn.MaxPool2d", "AveragePooling2D": "nn.AvgPool2d", "BatchNormalization": "nn.BatchNorm1d or "
        "nn.BatchNorm2d", "LayerNormalization": "nn.LayerNorm", "GlobalAveragePooling2D": "nn.AdaptiveAvgPool2d(1)",
        "SimpleRNN": "nn.RNN", "Activation": "nn.ReLU, nn.Tanh …", "Reshape": "x.reshape(…) in forward",
        "CategoricalCrossentropy": "nn.CrossEntropyLoss", "SparseCategoricalCrossentropy": "nn.CrossEntropyLoss",
        "BinaryCrossentropy": "nn.BCELoss", "MeanSquaredError": "nn.MSELoss", "MeanAbsoluteError": "nn.L1Loss",
        "Model": "nn.Module", "Layer": "nn.Module", "Swish": "nn.SiLU", "Attention": "nn.MultiheadAttention"},
    "F": {"categorical_crossentropy": "F.cross_entropy", "mean_squared_error": "F.mse_loss", "swish": "F.silu",
          "binary_crossentropy": "F.binary_cross_entropy", "attention": "F.scaled_dot_product_attention"},
    "optim": {"GradientDescent": "optim.SGD", "Momentum": "optim.SGD(…, momentum=0.9)",
              "StepLR": "optim.lr_scheduler.StepLR", "LRScheduler": "optim.lr_scheduler"},
}
MODEL_HABITS = {
    "backward": "loss.backward(): the loss is what gradients start from", "fit": "minigrad.train.fit(model, …)",
    "predict": "model(x), or minigrad.train.predict(model, x)", "evaluate": "minigrad.train.evaluate(model, …)",
    "compile": "nothing: loss and optimizer are given to minigrad.train.fit", "params": "model.parameters()",
    "summary": "minigrad.summary(model, …)", "save": "minigrad.save(model.state_dict(), path)",
    "load": "model.load_state_dict(minigrad.load(path))", "add": "model.append(layer), of an nn.Sequential",
    "weights": "model.parameters(), or layer.weight", "step": "optimizer.step()", "kernel": "layer.weight",
    "device": "next(model.parameters()).device", "layers": "model.children()"}
TENSOR_HABITS = {
    "astype": "x.to(dtype), x.float(), x.long()", "copy": "x.clone()", "backwards": "x.backward()",
    "zero_grad": "x.grad = None", "to_numpy": "x.detach().numpy()", "asnumpy": "x.detach().numpy()",
    "assign": "x[...] = value, under no_grad", "cast": "x.to(dtype)", "gradient": "x.grad, after backward()",
    "expand_dims": "x.unsqueeze(dim)", "append": "minigrad.cat([x, y])", "assign_sub": "x -= value, under no_grad",
    "ravel": "x.flatten()", "stop_gradient": "x.detach()"}
OPTIMIZER_HABITS = {
    "zero_grads": "optimizer.zero_grad()", "zero_gradients": "optimizer.zero_grad()", "zerograd": "optimizer.zero_grad()",
    "clear_grad": "optimizer.zero_grad()", "backward": "loss.backward()", "minimize": "loss.backward(), then "
    "optimizer.step()", "apply_gradients": "optimizer.step()", "steps": "optimizer.step()", "lr": "optimizer."
    'param_groups[0]["lr"]', "learning_rate": 'optimizer.param_groups[0]["lr"]'}
#: Where a name may be that was looked for in the wrong place: the module, and what users call it.
PLACES = {"minigrad": "minigrad", "minigrad.nn": "nn", "minigrad.nn.functional": "F", "minigrad.nn.init": "nn.init",
          "minigrad.optim": "optim", "minigrad.optim.lr_scheduler": "optim.lr_scheduler", "minigrad.data":
          "minigrad.data", "minigrad.train": "minigrad.train"}


class MissingName(AttributeError):
    """An attribute that isn't there; its message, worked out when it is read, says what may be meant.

    >>> str(MissingName("nn", "Lineer", lambda: ["Linear", "ReLU"]))
    "nn has no attribute 'Lineer'. Did you mean nn.Linear?"
    """

    def __init__(self, owner: str, name: str, names: Callable[[], Iterable[str]] = tuple,
                 habits: Mapping[str, str] | None = None, module: str = "") -> None:
        super().__init__(name=name, obj=None)           # else Python's traceback would suggest once more
        self.owner, self.names, self.habits, self.module = owner, names, habits or {}, module

    def __str__(self) -> str:
        return printable(f"{self.owner} has no attribute {self.name!r}{self._hint()}")

    def __reduce__(self) -> tuple[Any, ...]:
        return AttributeError, (str(self),)

    def _hint(self) -> str:
        if self.name in self.habits:
            return f". In minigrad it is {self.habits[self.name]}."
        package = self.module and "__path__" in vars(sys.modules[self.module])
        if package and find_spec(f"{self.module}.{self.name}") is not None:
            return f" yet: write import {self.module}.{self.name} first."
        close = nearest(self.name, self.names())
        if close is not None and (plain(close) == plain(self.name) or not self.module):
            return f". Did you mean {self.owner}.{close}?"
        elsewhere = [f"{shown}.{found}" for place, shown in PLACES.items() if self.module and place != self.module
                     and place in sys.modules for found in vars(sys.modules[place]).get("__all__", [])
                     if plain(found) == plain(self.name)]
        if elsewhere:
            return f". Did you mean {elsewhere[0]}?"
        return f". Did you mean {self.owner}.{close}?" if close is not None else "."


MissingName.__name__, MissingName.__qualname__ = "AttributeError", "AttributeError"     # as tracebacks show it
MissingName.__module__ = "builtins"


def plain(name: str) -> str:
    """A name without capitals and underscores: "Conv2D" and "conv_2d" are both "conv2d"."""
    return name.replace("_", "").lower()


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The public name most like ``name``, or None.

    >>> nearest("Addam", ["Adam", "SGD"]), nearest("fit", ["Adam", "SGD"])
    ('Adam', None)
    """
    import difflib                                      # only when there is something to suggest
    known = {plain(known): known for known in names if not known.startswith("_")}
    found = difflib.get_close_matches(plain(name), known, n=1, cutoff=0.7)
    return known[found[0]] if found else None


def offer_names(module: str, shown: str) -> None:
    """Let a module's missing names say what may be meant; ``shown`` is what users call the module."""
    space = vars(sys.modules[module])

    def missing(name: str) -> NoReturn:
        raise missing_from(module, shown, name)
    space["__getattr__"] = missing


def missing_from(module: str, shown: str, name: str) -> AttributeError:
    """The error for a name that a module lacks."""
    space = vars(sys.modules[module])
    if name.startswith("_"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    return MissingName(shown, name, lambda: space.get("__all__", list(space)), HABITS.get(shown), module)


class Elsewhere:
    """Stands for an attribute that the class doesn't have, but users of other libraries look for."""

    def __init__(self, hint: str) -> None:
        self.hint = hint
        self.__doc__ = f"Not here. In minigrad it is {hint}."
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        if obj is None:
            return self
        raise MissingName(type(obj).__name__, self.name, habits={self.name: self.hint})


def offer_habits(cls: type, habits: Mapping[str, str]) -> None:
    """Put an ``Elsewhere`` in the place of each name that the class lacks."""
    for name, hint in habits.items():
        if not hasattr(cls, name):
            stand_in = Elsewhere(hint)
            stand_in.__set_name__(cls, name)
            setattr(cls, name, stand_in)
