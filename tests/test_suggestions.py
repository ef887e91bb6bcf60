"""Missing names and wrong calls say what was probably meant, and cost nothing where nobody asks."""
from __future__ import annotations

import difflib
import pickle
import re
import subprocess
import sys
import traceback
from typing import Any

import numpy as np
import pytest

import minigrad
import minigrad.data
import minigrad.train
from minigrad import Tensor, nn, optim
from minigrad.errors import DTypeError, GraphError
from minigrad.errors.other_names import MODEL, MODULES, OPTIMIZER, TENSOR
from minigrad.errors.options import refuses
from minigrad.nn import functional as F

LAYER = nn.Linear(2, 2)
SGD = optim.SGD(LAYER.parameters(), lr=0.1)
X = minigrad.ones(3, 2)


@pytest.mark.parametrize("owner, name, meant", [
    (nn, "Lineer", "nn.Linear?"), (nn, "Conv2D", "nn.Conv2d?"), (nn, "Dense", "nn.Linear(in_features"),
    (minigrad, "tensr", "minigrad.tensor?"), (minigrad, "no_gard", "minigrad.no_grad?"),
    (minigrad, "Linear", "nn.Linear?"), (minigrad, "concatenate", "minigrad.cat"),
    (minigrad, "vision", "import minigrad.vision first"), (F, "relu6x", "F.relu6?"), (F, "Linear",
                                                                                      "F.linear?"),
    (F, "ReLU", "F.relu?"), (F, "crossentropy", "F.cross_entropy?"), (optim, "Addam", "optim.Adam?"),
    (minigrad.data, "Dataloader", "minigrad.data.DataLoader?"), (minigrad.train, "Fit",
                                                                 "minigrad.train.fit?"),
    (LAYER, "wieght", "Linear.weight?"), (LAYER, "paramters", "Linear.parameters?"),
    (LAYER, "backward", "loss.backward()"), (X, "astype", "x.to(dtype)"), (X, "backwards", "x.backward()"),
    (SGD, "zero_grads", "optimizer.zero_grad()")])
def test_a_missing_name_says_what_may_be_meant(owner: Any, name: str, meant: str,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "vision":
        monkeypatch.delitem(minigrad.__dict__, "vision", raising=False)     # as before its import
    assert not hasattr(owner, name)
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'") as caught:
        getattr(owner, name)
    assert meant in str(caught.value)
    shown = traceback.format_exception_only(caught.type, caught.value)
    assert "".join(shown) == f"AttributeError: {caught.value}\n"        # and Python adds nothing to it
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_typing_error_on_a_tensor_is_left_to_python() -> None:
    """A __getattr__ would make every attribute of every tensor slower; tracebacks suggest by themselves."""
    assert not any("__getattr__" in vars(cls) for cls in (*Tensor.__mro__, *optim.Optimizer.__mro__))
    done = subprocess.run([sys.executable, "-c", "import minigrad; minigrad.ones(1).backwrd()"],
                          capture_output=True, text=True)
    assert "Did you mean: 'backward'?" in done.stderr


def test_nothing_is_compared_until_the_message_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(difflib, "get_close_matches", lambda *args, **kwargs: calls.append(1) or [])
    assert not hasattr(nn, "Lineer") and not hasattr(LAYER, "wieght")
    assert calls == []
    with pytest.raises(AttributeError) as caught:
        getattr(nn, "Lineer")
    assert str(caught.value) == "nn has no attribute 'Lineer'." and calls == [1]


def test_importing_minigrad_does_not_import_difflib() -> None:
    code = ("import sys, numpy; sys.modules.pop('difflib', None); import minigrad; "
            "print('difflib' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True,
                          text=True).stdout.strip() == "False"


def test_names_of_other_libraries_are_explained_only_where_they_are_missing() -> None:
    modules = {"minigrad": minigrad, "nn": nn, "F": F, "optim": optim}
    owners = [(X, TENSOR), (SGD, OPTIMIZER), (LAYER, MODEL)]
    for owner, names in [*owners, *((modules[shown], names) for shown, names in MODULES.items())]:
        assert [name for name in names if hasattr(owner, name)] == []


@pytest.mark.parametrize("make, meant", [
    (lambda: nn.ReLU(X), "nn.ReLU()(x)"), (lambda: nn.Softmax(X), "nn.Softmax()(x)"),
    (lambda: nn.Linear(X), "nn.Linear()(x)"), (lambda: nn.Flatten(X), "nn.Flatten()(x)"),
    (lambda: nn.CrossEntropyLoss(X, X), "loss = nn.CrossEntropyLoss()"),
    (lambda: nn.MSELoss(X, X), "loss = nn.MSELoss()"), (lambda: nn.MSELoss(X), "loss = nn.MSELoss()"),
    (lambda: optim.SGD(LAYER), "Pass model.parameters()"),
    (lambda: optim.SGD(LAYER.parameters), "Call it: model.parameters()"),
    (lambda: nn.Sequential([LAYER]), r"nn.Sequential(*layers)"),
    (lambda: nn.Sequential(LAYER, nn.ReLU), "nn.ReLU()"),
    (lambda: minigrad.tensor(1.0, 2.0), "tensor([1.0, 2.0])"),
    (lambda: minigrad.data.DataLoader(X, X), "DataLoader(TensorDataset(x, y), batch_size=32)")])
def test_a_wrong_call_says_how_to_call(make: Any, meant: str) -> None:
    with pytest.raises(TypeError) as caught:
        make()
    assert meant in str(caught.value)


@pytest.mark.parametrize("owner, name", [(X, "require_grad"), (LAYER.weight, "requires_gard"), (SGD, "lr")])
def test_what_would_do_nothing_is_not_assigned(owner: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=r"In minigrad it is (x.requires_grad|optimizer.param_groups)"):
        setattr(owner, name, 0.1)
    assert name not in vars(owner)


def test_a_class_of_ones_own_may_have_these_names() -> None:
    class Slow(optim.SGD):
        def __init__(self) -> None:
            super().__init__([nn.Parameter(minigrad.ones(2))], lr=0.1)
            self.lr = 0.1

    slow = Slow()
    assert slow.lr == 0.1
    del slow.lr
    assert not hasattr(slow, "lr")


@pytest.mark.parametrize("name, value, call", [("train", False, "train(False)"), ("eval", True, "eval()"),
                                               ("requires_grad", False, "requires_grad_(False)")])
def test_a_method_that_is_assigned_warns(name: str, value: bool, call: str) -> None:
    layer = nn.Linear(2, 1)
    with pytest.warns(UserWarning, match=re.escape(f"Linear.{name} = {value} changes nothing in the module. "
                                                   f"Call {call}.")) as seen:
        setattr(layer, name, value)
    assert seen[0].filename == __file__


def test_a_copy_that_leaves_the_graph_warns() -> None:
    x = minigrad.ones(2, requires_grad=True)
    for data, meant in ((x * 2, "Use the tensor itself; where"),
                        ([x.sum(), x[0]], r"minigrad.stack\(list\)")):
        with pytest.warns(UserWarning, match=f"no gradient flows back through the copy.*{meant}") as seen:
            minigrad.tensor(data)
        assert seen[0].filename == __file__
    for data in (x, (x * 2).detach(), [x.sum().item()], []):        # a leaf's numbers: nothing lay behind it
        minigrad.tensor(data)


@pytest.mark.parametrize("option, meant", [
    ("learning_rate", " Did you mean lr?"), ("momentun", " Did you mean momentum?"), ("qqqqqqqqqq", "")])
def test_an_argument_of_another_name_says_which_is_meant(option: str, meant: str) -> None:
    with pytest.raises(TypeError) as caught:
        optim.SGD(LAYER.parameters(), **{option: 0.1})
    assert str(caught.value) == f"SGD: got an unexpected keyword argument {option!r}.{meant}"


def test_an_error_in_the_function_stays_as_it_is() -> None:
    @refuses(foreach=False)
    def function(*, a: Any, **more: Any) -> None:
        raise TypeError("inside")

    with pytest.raises(TypeError, match="^inside$"):
        function(a=1, b=2)


def test_a_loss_takes_weights_and_a_layer_of_ones_own_takes_tensors() -> None:
    class Scaled(nn.Module):
        def __init__(self, scale: Tensor) -> None:
            super().__init__()
            self.scale = nn.Parameter(scale)

    assert nn.CrossEntropyLoss(minigrad.ones(3)).weight.shape == (3,)
    assert Scaled(minigrad.ones(2)).scale.shape == (2,)


def test_swapped_arguments_of_cross_entropy_are_named() -> None:
    with pytest.raises(DTypeError, match=r"swapped\? It is cross_entropy\(scores, labels\)"):
        F.cross_entropy(minigrad.tensor([0, 1, 1]), X)


def test_an_optimizer_without_parameters_asks_for_a_list_of_layers() -> None:
    with pytest.raises(ValueError, match="use nn.ModuleList"):
        optim.SGD([], lr=0.1)


# ── NumPy ─────────────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("function, own", [(np.exp, "minigrad.exp"), (np.absolute, "minigrad.abs"),
                                           (np.arctan, "minigrad.atan")])
@pytest.mark.parametrize("requires_grad", [True, False])
def test_a_function_of_numpy_names_that_of_minigrad(function: Any, own: str, requires_grad: bool) -> None:
    with pytest.raises(GraphError, match=f"NumPy cannot compute with a tensor.*{own}"):
        function(minigrad.ones(2, requires_grad=requires_grad))


OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "@", "<", "<=", ">", ">=", "==", "!="]


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_array_on_the_left_of_an_operator_is_recorded(operator: str) -> None:
    a, b = np.array([[4.0, 3.0], [2.0, 1.0]]), np.array([[1.0, 3.0], [2.0, 5.0]])
    x = minigrad.tensor(b, requires_grad=True)
    names = {"a": a, "b": b, "x": x, "np": np}
    result = eval(f"a {operator} x", names)
    assert isinstance(result, Tensor) and np.allclose(result.detach().numpy(), eval(f"a {operator} b", names))
    assert result.requires_grad == (operator in "+ - * / // ** @ %".split())
    scalar = eval(f"np.float64(2) {operator} x", names) if operator != "@" else None
    assert scalar is None or isinstance(scalar, Tensor)


def test_an_array_that_is_changed_in_place_becomes_a_tensor_and_out_is_refused() -> None:
    a = kept = np.ones(2)
    x = minigrad.ones(2, dtype=minigrad.float64, requires_grad=True)
    a += x
    assert isinstance(a, Tensor) and a.requires_grad and kept.tolist() == [1.0, 1.0]
    with pytest.raises(GraphError, match="np.add"):
        np.add(kept, x, out=np.zeros(2))
    with pytest.raises(GraphError, match="np.add"):
        np.add.outer(kept, x)


@pytest.mark.parametrize("function, method", [(np.sum, "sum"), (np.mean, "mean"), (np.max, "max"), (np.prod,
                                                                                                    "prod")])
def test_reductions_of_numpy_are_the_tensors_own(function: Any, method: str) -> None:
    x = minigrad.tensor([1.0, 2.0, 4.0], requires_grad=True)
    result = function(x)
    assert result.requires_grad and result.item() == getattr(x, method)().item()
