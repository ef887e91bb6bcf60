"""Values and gradients of every function against PyTorch's, on generated calls (float64, 1e-9 relative).

Intended differences from PyTorch, each also stated in the docstring of the function:

- ``mse_loss`` and the other losses of two tensors raise ShapeError when the shapes differ, where PyTorch
  broadcasts with a warning; losses raise for an empty batch, where PyTorch gives nan.
- ``view`` and ``reshape`` copy where the memory does not allow a view; PyTorch's ``view`` refuses.
- ``//``, ``%`` of a number by a tensor and ``floor_divide`` have gradients (0, and −⌊x / y⌋ for the divisor
  of a remainder), where PyTorch has none and raises.
- ``topk`` is always sorted, and ``sort`` always stable, which PyTorch allows.
- Of scattered values only as many as the index names receive a gradient; PyTorch raises for more values.
- ``take_along_dim`` raises for an index outside, where PyTorch counts on from the other end.
- ``stack`` and ``cat`` take NumPy arrays, comparisons and arithmetic numbers for any operand.
- RNN, LSTM and GRU refuse a ``bidirectional`` that is not a bool; PyTorch takes whatever counts as true.
- ``multinomial`` without replacement never draws a position of weight 0; PyTorch does when no other is left.
- Random numbers come from NumPy's generators: the same distributions, other numbers.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad
import oracle_calls_arrange  # noqa: F401  (fills the table)
import oracle_calls_entries  # noqa: F401
import oracle_calls_layers  # noqa: F401
import oracle_calls_network  # noqa: F401
from minigrad.autograd.methods import AttachedMethods
from oracle_calls import TABLE, Const, Dtype, calls_of
from oracle_compare import array_of, difference, disagreements, flat, outcome
from oracle_databases import operation

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

# What isn't a function of tensors, has no counterpart, or is compared elsewhere.
EXEMPT = {
    "not functions of tensors": "backend.default_dtype get_default_dtype set_default_dtype manual_seed "
    "get_rng_state set_rng_state Generator device Tensor Size load save summary is_grad_enabled "
    "set_grad_enabled enable_grad no_grad is_tensor compile export_c",
    "random; their statistics are tested in test_oracle_init": "rand randn randint randperm rand_like "
    "randn_like multinomial bernoulli",
    "not initialized": "empty empty_like",
    "takes a NumPy array alone; see below": "from_numpy",
    "the default device": "get_default_device set_default_device",
    "graph and device": "backward register_hook retain_grad cpu cuda to type_as is_contiguous",
}
EXEMPT_NAMES = {name for names in EXEMPT.values() for name in names.split()}

# Methods that change the tensor: compared below, after a copy.
IN_PLACE: dict[str, tuple[Any, ...]] = {
    "add_": (2.5,), "sub_": (2.5,), "mul_": (2.5,), "div_": (2.5,), "clamp_": (-0.5, 0.5), "fill_": (3.0,),
    "zero_": (), "neg_": (), "abs_": (), "exp_": (), "log_": (), "sqrt_": (), "relu_": (), "sigmoid_": (),
    "tanh_": (), "pow_": (2,), "masked_fill_": (np.arange(4) > 1, 2.5)}
CASTS = ("half", "float", "double", "int", "long", "bool")


@pytest.mark.parametrize("name", sorted(TABLE))
def test_values_and_gradients_equal_those_of_pytorch(name: str) -> None:
    found = [text for call in calls_of(name) for text in disagreements(torch, call)]
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:20])


def test_the_table_holds_more_than_2000_calls() -> None:
    counts = {name: len(calls_of(name)) for name in TABLE}
    assert sum(counts.values()) >= 2000
    assert min(counts.values()) >= 1, counts


def public_functions(namespace: Any) -> set[str]:
    """The names of a namespace that can be called."""
    names = getattr(namespace, "__all__", None) or [n for n in vars(namespace) if not n.startswith("_")]
    return {n for n in names if callable(getattr(namespace, n))
            and not isinstance(getattr(namespace, n), type)}


def test_every_public_name_is_in_the_table() -> None:
    short = {name.rpartition(".")[2] for name in TABLE}
    short |= {name.rpartition(".")[2] for name in in_databases()}
    missing = public_functions(minigrad) - short - EXEMPT_NAMES
    missing |= {f"F.{n}" for n in public_functions(minigrad.nn.functional)
                if f"F.{n}" not in TABLE and f"nn.functional.{n}" not in in_databases()}
    methods = {n for n in vars(AttachedMethods) if not n.startswith("_")}
    missing |= {f"Tensor.{n}" for n in attached_methods() | methods
                if n not in short | EXEMPT_NAMES | set(IN_PLACE) | set(CASTS) | {"copy_"}}
    assert not missing, f"no calls of {sorted(missing)}"


def in_databases() -> set[str]:
    """What test_oracle_database_samples compares, with the samples of PyTorch's own database."""
    databases = pytest.importorskip("torch.testing._internal.common_methods_invocations",
                                    exc_type=ImportError)
    aliases = {alias.name for entry in databases.op_db if operation(entry.name) for alias in entry.aliases}
    return {entry.name for entry in databases.op_db if operation(entry.name)} | aliases


def attached_methods() -> set[str]:
    """The functions that the operations attached to Tensor, and have the same name there."""
    return {n for n in vars(minigrad.Tensor) if not n.startswith("_") and n in vars(minigrad)
            and callable(getattr(minigrad, n)) and not isinstance(getattr(minigrad, n), (type, np.dtype))}


def test_every_function_of_pytorch_that_has_a_method_has_it_here() -> None:
    ours = {name for name in TABLE if "." not in name and hasattr(torch.Tensor, name)}
    missing = sorted(n for n in ours if not hasattr(minigrad.Tensor, n))
    assert not missing, missing


@pytest.mark.parametrize("name", sorted(n for n in TABLE if "." not in n and n not in ("tensor",)))
def test_the_method_gives_what_the_function_gives(name: str) -> None:
    if not hasattr(minigrad.Tensor, name):
        pytest.skip("not a method, in PyTorch neither")
    compared = 0
    for call in calls_of(name):
        first = call.args[0].array if isinstance(call.args[0], Const) else call.args[0]
        if name == "where" or not isinstance(first, np.ndarray):
            continue                                # x.where(condition, y) has calls of its own
        function, _ = outcome(minigrad, call)
        method, _ = outcome(minigrad, call._replace(name=f"Tensor.{name}"))
        for a, b in zip(flat(function), flat(method)):
            assert np.array_equal(array_of(a), array_of(b), equal_nan=array_of(a).dtype.kind == "f"), call
            compared += 1
    assert compared or name in ("where",)


@pytest.mark.parametrize("name", sorted(IN_PLACE))
def test_in_place_methods(name: str) -> None:
    values = np.random.default_rng(0).standard_normal((3, 4))
    ours, theirs = minigrad.tensor(values), torch.tensor(values)
    assert getattr(ours, name)(*IN_PLACE[name]) is ours
    getattr(theirs, name)(*[torch.tensor(a) if isinstance(a, np.ndarray) else a for a in IN_PLACE[name]])
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-14)
    target, source = minigrad.zeros(3, 4), minigrad.tensor(values[0])
    expected = torch.zeros(3, 4).copy_(torch.tensor(values[0]))
    assert np.array_equal(target.copy_(source).numpy(), expected.numpy())


@pytest.mark.parametrize("name", CASTS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool", "uint8"])
def test_casts(name: str, dtype: str) -> None:
    values = np.array([0.0, 1.0, 2.7, 100.2]).astype(dtype)
    ours, theirs = getattr(minigrad.tensor(values), name)(), getattr(torch.tensor(values), name)()
    assert str(ours.dtype) == str(theirs.dtype).replace("torch.", "")
    assert np.array_equal(ours.numpy(), theirs.numpy())


def recast(value: Any, dtype: str) -> Any:
    """An argument with every float64 array in another dtype."""
    if isinstance(value, Const):
        return Const(recast(value.array, dtype))
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.float64:
        with np.errstate(all="ignore"):
            return np.asarray(value).astype(dtype)
    if isinstance(value, (list, tuple)) and not isinstance(value, Dtype):
        return type(value)([recast(v, dtype) for v in value])
    return value


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-4), ("float16", 0.05), ("int32", 1e-4),
                                              ("uint8", 1e-4), ("bool", 1e-4)])
@pytest.mark.parametrize("name", sorted(TABLE))
def test_other_dtypes(name: str, dtype: str, tolerance: float) -> None:
    """The dtype of the result is PyTorch's, or, for integers only, an error says that there is none."""
    found = []
    for call in calls_of(name)[::7]:
        low = call._replace(args=recast(call.args, dtype),
                            kwargs={k: recast(v, dtype) for k, v in call.kwargs.items()})
        try:
            theirs, _ = outcome(torch, low)
        except (RuntimeError, ValueError, TypeError):           # not there on a CPU
            continue
        try:
            ours, _ = outcome(minigrad, low)
        except (minigrad.errors.DTypeError, TypeError):
            assert not dtype.startswith("float"), low
            continue
        if name in ("topk", "einsum") and not dtype.startswith("float"):
            continue                                # the order of ties; integers summed by one operand alone
        found += [difference(f"{low} result {i}", a, b, tolerance)
                  for i, (a, b) in enumerate(zip(ours, theirs))]
    messages = [text for text in found if text]
    assert not messages, "\n".join(messages[:10])


def test_from_numpy_shares_the_memory() -> None:
    array = np.zeros(3)
    shared = minigrad.from_numpy(array)
    array[0] = 5
    assert shared.tolist() == torch.from_numpy(array).tolist() == [5, 0, 0]


NUMPY_NAMES = ["sum", "mean", "var", "std", "prod", "amax", "amin", "max", "min", "argmax", "argmin", "any",
               "all", "logsumexp", "norm"]


@pytest.mark.parametrize("name", NUMPY_NAMES)
def test_axis_and_keepdims_mean_dim_and_keepdim(name: str) -> None:
    x = minigrad.tensor(np.random.default_rng(0).standard_normal((3, 4)))
    function = getattr(minigrad, name)
    for keep in (True, False):
        a, b = function(x, axis=1, keepdims=keep), function(x, dim=1, keepdim=keep)
        for one, other in zip(flat(a), flat(b)):
            assert one.shape == other.shape and np.array_equal(one.numpy(), other.numpy())
    with pytest.raises(TypeError, match="axis"):
        function(x, axis=0, dim=1)


@pytest.mark.parametrize("name", ["cumsum", "sort", "argsort", "softmax", "log_softmax", "cat", "stack",
                                  "flip", "roll", "topk", "squeeze", "unsqueeze", "split", "chunk", "unbind",
                                  "gather", "index_select", "take_along_dim", "repeat_interleave"])
def test_axis_means_dim_beside_reductions(name: str) -> None:
    x = minigrad.tensor(np.random.default_rng(0).standard_normal((1, 4)))
    first = [x, x] if name in ("cat", "stack") else x
    index = minigrad.zeros(1, 4, dtype=minigrad.int64)
    extra: dict[str, Any] = {"roll": {"shifts": 1}, "topk": {"k": 1}, "split": {"split_size": 1},
                             "chunk": {"chunks": 2}, "gather": {"index": index},
                             "index_select": {"index": index[0]}, "take_along_dim": {"indices": index},
                             "repeat_interleave": {"repeats": 2}}.get(name, {})
    function = getattr(minigrad, name)
    own = "dims" if name in ("flip", "roll") else "dim"
    for a, b in zip(flat(function(first, axis=0, **extra)), flat(function(first, **{own: 0}, **extra))):
        assert a.shape == b.shape and np.array_equal(a.numpy(), b.numpy())


MISTAKES: list[Any] = [lambda x, y: minigrad.mul(x, y) + 1e-7, lambda x, y: minigrad.mul(x.detach(), y),
                       lambda x, y: minigrad.mul(x, y).float(), lambda x, y: minigrad.mul(x, y)[:1]]


@pytest.mark.parametrize("wrong", MISTAKES)
def test_the_comparison_finds_planted_mistakes(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    call = next(c for c in calls_of("mul") if all(np.size(a) > 1 for a in c.args))
    assert not disagreements(torch, call)
    original = minigrad.mul
    monkeypatch.setattr(minigrad, "mul", lambda x, y: (monkeypatch.undo(), wrong(x, y))[1])
    found = disagreements(torch, call)
    assert found and minigrad.mul is original
