"""Every public name explains itself: a docstring with an example, which runs after ``import minigrad``."""
import doctest
import importlib
import inspect

import pytest

import minigrad
from minigrad import Tensor, nn, ones, tensor, zeros
from minigrad.nn import functional as F

MODULES = ["minigrad", "minigrad.autograd", "minigrad.check", "minigrad.data", "minigrad.data.distributed",
           "minigrad.distributed", "minigrad.envs", "minigrad.launch", "minigrad.linalg", "minigrad.special",
           "minigrad.statistics",
           "minigrad.nn", "minigrad.nn.functional", "minigrad.nn.init", "minigrad.nn.utils",
           "minigrad.nn.parallel", "minigrad.nn.utils.parametrizations", "minigrad.nn.utils.parametrize",
           "minigrad.nn.utils.prune", "minigrad.nn.utils.rnn", "minigrad.distributions",
           "minigrad.distributions.constraints", "minigrad.optim", "minigrad.optim.lr_scheduler",
           "minigrad.optim.swa_utils", "minigrad.files.saving", "minigrad.text", "minigrad.trace",
           "minigrad.train", "minigrad.vision.transforms", "minigrad.vision.utils"]

EXEMPT = {
    "minigrad.train.Run": "made by fit only; the example of Callback uses one",
}


def is_documented_here(name, value, module):
    """A function or class of minigrad's, and not one that the module only imports for its own use."""
    if name.startswith("_") or not (inspect.isclass(value) or inspect.isfunction(value)):
        return False
    listed = getattr(module, "__all__", None)
    return value.__module__.startswith("minigrad") and (
        name in listed if listed is not None
        else module.__name__ == "minigrad" or value.__module__ == module.__name__)


def public_names():
    """{"minigrad.nn.Linear": the class, …}: each object once, under the first name that it has."""
    found, seen = {}, set()
    for path in MODULES:
        module = importlib.import_module(path)
        for name, value in sorted(vars(module).items()):
            if is_documented_here(name, value, module) and id(value) not in seen:
                seen.add(id(value))
                found[f"{path}.{name}"] = value
    return found


PUBLIC = public_names()


def has_example(value):
    return ">>> " in (value.__doc__ or "")


def failures(value, name):
    """How many examples of the docstring fail, where only minigrad and what they import is imported."""
    names = {"minigrad": minigrad}
    test = doctest.DocTestParser().get_doctest(inspect.cleandoc(value.__doc__), names, name, None, None)
    report = []
    failed = doctest.DocTestRunner(verbose=False).run(test, out=report.append).failed
    return failed, "".join(report)


def test_the_names_are_found():
    assert len(PUBLIC) > 280
    for name in ("minigrad.matmul", "minigrad.nn.Linear", "minigrad.optim.Adam", "minigrad.train.fit"):
        assert name in PUBLIC


@pytest.mark.parametrize("name", [n for n in PUBLIC if n not in EXEMPT])
def test_it_has_an_example_and_the_example_runs(name):
    value = PUBLIC[name]
    assert value.__doc__ and value.__doc__.strip(), f"{name} has no docstring"
    assert has_example(value), f"{name} has no example in its docstring"
    failed, report = failures(value, name)
    assert not failed, report


def test_every_exemption_is_needed():
    for name in EXEMPT:
        assert PUBLIC[name].__doc__ and not has_example(PUBLIC[name])


def test_what_is_missing_or_wrong_is_seen():
    def bare():
        """Says nothing."""

    def wrong():
        """
        >>> minigrad.tensor([1.0]).exp()
        tensor([2.])
        """

    def unimported():
        """
        >>> ones(1)
        tensor([1.])
        """

    class Heir(nn.Linear):      # a docstring is not inherited
        pass

    assert not has_example(bare) and has_example(wrong)
    assert failures(wrong, "wrong")[0] == failures(unimported, "unimported")[0] == 1
    assert not has_example(Heir)


# Methods without a docstring: each is one line that calls this documented method or function.
SHORTHANDS = {"T": Tensor.permute, "cpu": Tensor.to, "cuda": Tensor.to, "reshape_as": Tensor.reshape,
              "type_as": Tensor.to, "view_as": Tensor.view, "where": minigrad.where,
              "adjoint": Tensor.permute, "cholesky": minigrad.linalg.cholesky,
              "pinverse": minigrad.linalg.pinv, "polygamma": minigrad.polygamma,
              **dict.fromkeys(["bfloat16", "bool", "byte", "char", "double", "float", "half", "int", "long",
                               "short"], Tensor.to)}


def test_methods_of_tensor_are_documented():
    """A method that is a function, too, is documented there; the others have docstrings of their own."""
    methods = [name for name in dir(Tensor) if not name.startswith("_") and name != "grad_fn"]
    bare = [name for name in methods if not inspect.getdoc(getattr(Tensor, name))]
    assert sorted(bare) == sorted(SHORTHANDS)
    assert all(documented.__doc__ for documented in SHORTHANDS.values())
    functions = {id(value) for value in PUBLIC.values()}
    assert sum(id(getattr(Tensor, name)) in functions for name in methods) > 90


# (the documented function, a call that it refuses); the docstring must name the class of the error.
REFUSED = {
    "amax": (minigrad.amax, lambda: zeros(0).amax(), "ShapeError"),
    "amax dim": (minigrad.amax, lambda: ones(2).amax(3), "RangeError"),
    "arange": (minigrad.arange, lambda: minigrad.arange(0, 1, 0), "RangeError"),
    "as_tensor": (minigrad.as_tensor, lambda: minigrad.as_tensor(["a"]), "DTypeError"),
    "bmm": (minigrad.bmm, lambda: minigrad.bmm(ones(2, 2, 3), ones(1, 3, 3)), "ShapeError"),
    "broadcast_to": (minigrad.broadcast_to, lambda: ones(2).broadcast_to(3), "ShapeError"),
    "cat": (minigrad.cat, lambda: minigrad.cat([ones(2, 2), ones(3, 3)]), "ShapeError"),
    "chunk": (minigrad.chunk, lambda: ones(2).chunk(0), "ShapeError"),
    "clamp": (minigrad.clamp, lambda: ones(2).clamp(), "ValueError"),
    "conv1d": (minigrad.conv1d, lambda: minigrad.conv1d(ones(2), ones(2)), "ShapeError"),
    "cumsum": (minigrad.cumsum, lambda: ones(2).cumsum(3), "RangeError"),
    "dot": (minigrad.dot, lambda: minigrad.dot(ones(2), ones(3)), "ShapeError"),
    "dropout": (minigrad.dropout, lambda: minigrad.dropout(ones(2), 2), "RangeError"),
    "einsum": (minigrad.einsum, lambda: minigrad.einsum("ij->i", ones(2)), "ShapeError"),
    "einsum form": (minigrad.einsum, lambda: minigrad.einsum("ij->z", ones(2, 2)), "ValueError"),
    "eq": (minigrad.eq, lambda: ones(2) == ones(3), "ShapeError"),
    "flatten": (minigrad.flatten, lambda: ones(2, 2).flatten(1, 0), "ShapeError"),
    "from_numpy": (minigrad.from_numpy, lambda: minigrad.from_numpy([1]), "DTypeError"),
    "gather": (minigrad.gather, lambda: ones(2).gather(0, tensor([3])), "RangeError"),
    "index_select": (minigrad.index_select, lambda: ones(2).index_select(0, tensor([3])), "RangeError"),
    "masked_fill": (minigrad.masked_fill, lambda: ones(2).masked_fill(tensor([1, 0]), 0), "DTypeError"),
    "mean": (minigrad.mean, lambda: tensor([1]).mean(), "TypeError"),
    "median": (minigrad.median, lambda: zeros(0).median(), "RangeError"),
    "movedim": (minigrad.movedim, lambda: ones(2, 2).movedim(0, 4), "RangeError"),
    "mul": (minigrad.mul, lambda: ones(2) * ones(3), "ShapeError"),
    "norm": (minigrad.norm, lambda: ones(2).norm("nuc"), "NotImplementedError"),
    "outer": (minigrad.outer, lambda: minigrad.outer(ones(2, 2), ones(2)), "ShapeError"),
    "permute": (minigrad.permute, lambda: ones(2, 2).permute(0), "ShapeError"),
    "permute twice": (minigrad.permute, lambda: ones(2, 2).permute(0, 0), "RangeError"),
    "promotion": (minigrad.set_default_dtype, lambda: minigrad.set_default_dtype("int64"), "TypeError"),
    "randint": (minigrad.randint, lambda: minigrad.randint(3, 3, (1,)), "RangeError"),
    "repeat_interleave": (minigrad.repeat_interleave,
                          lambda: ones(2).repeat_interleave(tensor([1, 2, 3])), "ShapeError"),
    "roll": (minigrad.roll, lambda: ones(2, 2).roll((1, 2), 0), "ShapeError"),
    "scatter": (minigrad.scatter, lambda: ones(2).scatter(0, tensor([4]), 1.0), "RangeError"),
    "split": (minigrad.split, lambda: ones(2).split([1, 2]), "ShapeError"),
    "squeeze": (minigrad.squeeze, lambda: ones(2).squeeze(3), "RangeError"),
    "stack": (minigrad.stack, lambda: minigrad.stack([ones(2), ones(3)]), "ShapeError"),
    "tensordot": (minigrad.tensordot, lambda: minigrad.tensordot(ones(2), ones(3), 1), "ShapeError"),
    "tile": (minigrad.tile, lambda: ones(2).tile(-1), "ShapeError"),
    "topk": (minigrad.topk, lambda: ones(2).topk(3), "RangeError"),
    "tril": (minigrad.tril, lambda: ones(2).tril(), "ShapeError"),
    "unflatten": (minigrad.unflatten, lambda: ones(4).unflatten(0, (3, 2)), "ShapeError"),
    "avg_pool2d": (F.avg_pool2d, lambda: F.avg_pool2d(ones(1, 1, 2, 2), 3), "ShapeError"),
    "batch_norm": (F.batch_norm, lambda: F.batch_norm(ones(1, 2), None, None, training=True), "ShapeError"),
    "binary_cross_entropy": (F.binary_cross_entropy,
                             lambda: F.binary_cross_entropy(ones(2) * 2, ones(2)), "RangeError"),
    "embedding": (F.embedding, lambda: F.embedding(tensor([5]), ones(2, 2)), "RangeError"),
    "fold": (F.fold, lambda: F.fold(ones(1, 3, 4), 2, 2), "ShapeError"),
    "gelu": (F.gelu, lambda: F.gelu(ones(2), "x"), "ValueError"),
    "group_norm": (F.group_norm, lambda: F.group_norm(ones(2, 3), 2), "ShapeError"),
    "hardtanh": (F.hardtanh, lambda: F.hardtanh(ones(2), 2, 1), "ValueError"),
    "huber_loss": (F.huber_loss, lambda: F.huber_loss(ones(2), ones(2), delta=0), "ValueError"),
    "interpolate": (F.interpolate, lambda: F.interpolate(ones(1, 1, 2, 2)), "ValueError"),
    "layer_norm": (F.layer_norm, lambda: F.layer_norm(ones(2, 2), 3), "ShapeError"),
    "linear": (F.linear, lambda: F.linear(ones(2), ones(2, 3)), "ShapeError"),
    "max_pool2d": (F.max_pool2d, lambda: F.max_pool2d(ones(1, 1, 2, 2), 2, padding=2), "ShapeError"),
    "mse_loss": (F.mse_loss, lambda: F.mse_loss(ones(2), ones(3)), "ShapeError"),
    "nll_loss": (F.nll_loss, lambda: F.nll_loss(ones(2, 2), tensor([1.0, 0.0])), "DTypeError"),
    "one_hot": (F.one_hot, lambda: F.one_hot(tensor([5]), 2), "RangeError"),
    "pad": (F.pad, lambda: F.pad(ones(2), (1,)), "ShapeError"),
    "smooth_l1_loss": (F.smooth_l1_loss, lambda: F.smooth_l1_loss(ones(2), ones(2), beta=-1), "ValueError"),
    "unfold": (F.unfold, lambda: F.unfold(ones(1, 1, 2, 2), 3), "ShapeError"),
    "Parameter": (nn.Parameter, lambda: nn.Parameter(tensor([1])), "DTypeError"),
    "Embedding": (nn.Embedding, lambda: nn.Embedding(3, 2)(tensor([3])), "RangeError"),
    "GroupNorm": (nn.GroupNorm, lambda: nn.GroupNorm(2, 3), "ShapeError"),
    "LSTM": (nn.LSTM, lambda: nn.LSTM(3, 5)(zeros(7, 2, 4)), "ShapeError"),
    "Softmax": (nn.Softmax, lambda: nn.Softmax(2)(zeros(3)), "RangeError"),
    "ModuleDict": (nn.ModuleDict, lambda: nn.ModuleDict()["a"], "KeyError"),
    "fans": (nn.init.fans, lambda: nn.init.fans(zeros(3)), "ShapeError"),
    "calculate_gain": (nn.init.calculate_gain, lambda: nn.init.calculate_gain("x"), "ValueError"),
    "Optimizer": (minigrad.optim.Optimizer, lambda: minigrad.optim.SGD([]), "ValueError"),
    "Adam": (minigrad.optim.Adam, lambda: minigrad.optim.Adam([ones(1)], lr=-1.0), "ValueError"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_errors_it_names_are_the_errors_it_raises(case):
    function, call, error = REFUSED[case]
    assert error in function.__doc__, f"the docstring does not name {error}"
    with pytest.raises(Exception) as caught:
        call()
    assert type(caught.value).__name__ == error
