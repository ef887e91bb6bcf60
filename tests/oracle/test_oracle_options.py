"""Every option that PyTorch has is either accepted, with the effect it has there, or refused by name.

Accepted ones are found in the tables of calls and layers, whose results equal PyTorch's; so an option
that was accepted and ignored would fail there. All others must raise NotImplementedError, or TypeError
for an unknown keyword, with the option's name in the message.
"""
from __future__ import annotations

import inspect
from typing import Any, Callable

import numpy as np
import pytest

import minigrad
import oracle_calls_arrange  # noqa: F401  (fills the table)
import oracle_calls_entries  # noqa: F401
import oracle_calls_layers  # noqa: F401
import oracle_calls_network  # noqa: F401
from oracle_calls import TABLE, calls_of, given, resolved
from test_oracle_layers import CASES
from test_oracle_optimizers import OPTIMIZERS, SCHEDULES, grouped

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

# The options of functions that are built in, and so have no signature: from their documentation.
DOCUMENTED = {
    "F.avg_pool2d": "input kernel_size stride padding ceil_mode count_include_pad divisor_override",
    "F.conv1d": "input weight bias stride padding dilation groups",
    "F.conv2d": "input weight bias stride padding dilation groups",
    "F.conv_transpose2d": "input weight bias stride padding output_padding groups dilation",
    "F.cosine_similarity": "x1 x2 dim eps", "F.gelu": "input approximate", "F.linear": "input weight bias",
    "F.logsigmoid": "input", "F.one_hot": "tensor num_classes", "F.prelu": "input weight",
    "F.hardshrink": "input lambd", "F.softshrink": "input lambd", "F.softplus": "input beta threshold",
    "F.max_pool1d": "input kernel_size stride padding dilation ceil_mode return_indices",
    "F.max_pool2d": "input kernel_size stride padding dilation ceil_mode return_indices",
    "F.scaled_dot_product_attention": "query key value attn_mask dropout_p is_causal scale enable_gqa",
    "add": "alpha out", "sub": "alpha out", "mul": "out", "div": "rounding_mode out", "clamp": "min max out",
    "exp": "out", "pow": "out", "round": "decimals out", "lerp": "out", "where": "out",
    "sum": "dim keepdim dtype", "mean": "dim keepdim dtype out", "var": "dim correction keepdim unbiased out",
    "std": "dim correction keepdim unbiased out", "prod": "dim keepdim dtype", "max": "dim keepdim out",
    "min": "dim keepdim out", "amax": "dim keepdim out", "amin": "dim keepdim out", "argmax": "dim keepdim",
    "argmin": "dim keepdim", "logsumexp": "dim keepdim out", "any": "dim keepdim out",
    "all": "dim keepdim out",
    "norm": "p dim keepdim out dtype", "cumsum": "dim dtype out", "sort": "dim descending stable out",
    "argsort": "dim descending stable", "topk": "k dim largest sorted out", "median": "dim keepdim out",
    "flatten": "start_dim end_dim", "squeeze": "dim", "cat": "dim out", "stack": "dim out", "split": "dim",
    "chunk": "dim", "unbind": "dim", "flip": "dims", "roll": "shifts dims", "tril": "diagonal out",
    "triu": "diagonal out", "diagonal": "offset dim1 dim2",
    "diag": "diagonal out", "hstack": "out", "vstack": "out", "repeat_interleave": "dim output_size",
    "gather": "dim sparse_grad out", "scatter": "dim reduce", "take_along_dim": "dim out",
    "index_select": "dim out", "nonzero": "as_tuple out", "matmul": "out", "bmm": "out", "mm": "out",
    "tensordot": "dims out", "softmax": "dim dtype out", "log_softmax": "dim dtype out",
    "allclose": "rtol atol equal_nan", "isclose": "rtol atol equal_nan", "logit": "eps out",
    "nan_to_num": "nan posinf neginf out", "clip": "min max out",
    "zeros": "out dtype layout requires_grad pin_memory", "ones": "out dtype layout requires_grad",
    "full": "out dtype layout requires_grad", "eye": "m out dtype layout requires_grad",
    "arange": "end step out dtype layout requires_grad", "linspace": "out dtype layout requires_grad",
    "zeros_like": "dtype layout requires_grad memory_format", "tensor": "dtype requires_grad pin_memory",
}

# A value for every option that is refused, other than its default.
TRIAL: dict[str, Any] = {
    "out": np.zeros(3), "inplace": True, "size_average": False, "reduce": False, "rounding_mode": "floor",
    "max_norm": 1.0, "norm_type": 1.0, "scale_grad_by_freq": True, "sparse": True, "enable_gqa": True,
    "sparse_grad": True, "output_size": 5, "layout": "strided", "pin_memory": True,
    "memory_format": "preserve", "foreach": True, "fused": True, "capturable": True, "differentiable": True,
    "decoupled_weight_decay": True, "proj_size": 2, "add_bias_kv": True, "add_zero_attn": True, "kdim": 9,
    "vdim": 9,
    "padding_mode": "reflect", "antialias": True, "p": "nuc", "dtype": "float64"}

# Private, or read by PyTorch's own machinery only; options whose effect is not a value (where, how).
NO_OPTION = {"self", "args", "kwargs", "_stacklevel", "_weight", "_freeze", "device", "dtype", "min_value",
             "max_value", "norm_type",          # norm_type means something beside max_norm only
             "size_average", "reduce"}          # other words for reduction, see below


def names_of(name: str) -> list[str]:
    """The parameters of PyTorch's function."""
    if name in DOCUMENTED:
        return DOCUMENTED[name].split()
    try:
        return list(inspect.signature(resolved(torch, name)).parameters)
    except ValueError:                                          # built in: the options that we have
        return own_parameters(resolved(minigrad, name))


def own_parameters(function: Callable[..., Any]) -> list[str]:
    """The names that a function of ours takes, without those that accept only PyTorch's default."""
    return list(inspect.signature(function).parameters)


FUNCTIONS = sorted({n for n in TABLE if n.startswith("F.")} | set(DOCUMENTED))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_options_of_functions(name: str) -> None:
    ours = resolved(minigrad, name)
    own = own_parameters(ours)
    calls = calls_of(name)
    for option in names_of(name):
        if option in NO_OPTION | {"input", "requires_grad"} - {"dtype", "norm_type"}:
            continue
        if option == "inplace" and option in own or option in ("out", "layout", "pin_memory",
                                                                    "memory_format"):   # test_pytorch_forms
            continue
        if option in own:
            where = own.index(option)
            given_it = any(option in c.kwargs or len(c.args) > where for c in calls)
            assert given_it, f"{name}: no call gives {option}"
        elif not any(option in c.kwargs for c in calls):        # flip takes dims in a way of its own
            refused(ours, calls[0], option)


def refused(function: Callable[..., Any], call: Any, option: str) -> None:
    """A value other than the default raises, and the message names the option."""
    args = given(minigrad, call.args, [])
    kwargs = {k: given(minigrad, v, []) for k, v in call.kwargs.items()}
    with pytest.raises((NotImplementedError, TypeError), match=option):
        function(*args, **{**kwargs, option: given(minigrad, TRIAL[option], [])})


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES}))
def test_options_of_layers(name: str) -> None:
    cases = [case for case in CASES if case[0] == name]
    own = own_parameters(getattr(minigrad.nn, name).__init__)
    theirs = getattr(torch.nn, name).__init__
    names = list(inspect.signature(theirs).parameters)
    if names == ["self", "args", "kwargs"]:
        names = own
    for option in names:
        if option in NO_OPTION:
            continue
        if option == "inplace":
            continue
        if option in own and not refuses_value(option):
            where = own.index(option) - 1
            tried = any(option in case[2] or len(case[1]) > where for case in cases)
            assert tried, f"{name}: {option} not tried"
        else:
            with pytest.raises((NotImplementedError, TypeError), match=option):
                _, args, options, _ = cases[0]
                getattr(minigrad.nn, name)(*args[:1] if name == "Softmax" else args,
                                           **{**options, option: TRIAL[option]})


def refuses_value(option: str) -> bool:
    """Options that stand in our signature, but are accepted at their default only."""
    return option == "sparse"


def test_the_default_of_a_refused_option_is_accepted() -> None:
    x = minigrad.tensor([-1.0, 2.0])
    assert minigrad.nn.functional.relu(x, inplace=False).tolist() == [0, 2]
    assert minigrad.nn.ReLU6(False)(x).tolist() == [0, 2]
    assert minigrad.nn.LeakyReLU(0.5, inplace=False)(x).tolist() == [-0.5, 2]
    assert minigrad.nn.functional.mse_loss(x, x, size_average=None, reduction="sum").item() == 0
    assert minigrad.optim.AdamW([minigrad.nn.Parameter(x)], lr=0.1, foreach=False, fused=None)


@pytest.mark.parametrize("old", [dict(size_average=False), dict(size_average=True), dict(reduce=False),
                                 dict(size_average=False, reduce=True)])
@pytest.mark.filterwarnings("ignore:size_average")
def test_the_old_flags_say_which_reduction_is_meant(old: dict[str, bool]) -> None:
    x, y = np.array([1.0, 2.0, 5.0]), np.array([1.0, 4.0, 2.0])
    for make in (lambda lib: lib.nn.functional.mse_loss(lib.tensor(x), lib.tensor(y), **old),
                 lambda lib: lib.nn.L1Loss(**old)(lib.tensor(x), lib.tensor(y)),
                 lambda lib: lib.nn.PoissonNLLLoss(**old)(lib.tensor(x), lib.tensor(y))):
        assert make(minigrad).tolist() == pytest.approx(make(torch).tolist())


@pytest.mark.filterwarnings("ignore:size_average")
def test_poisson_nll_loss_takes_all_positions_of_pytorch() -> None:
    x, y = np.array([0.5, 2.0]), np.array([1.0, 3.0])
    for old in ((False,), (None, 0.5), (None, 0.5, False), (None, 0.5, None, "sum")):
        a, b = (lib.nn.functional.poisson_nll_loss(lib.tensor(x), lib.tensor(y), False, False, *old)
                for lib in (minigrad, torch))
        assert a.tolist() == pytest.approx(b.tolist())


def test_the_old_flags_by_position_are_refused_with_a_sentence() -> None:
    """PyTorch has them in front of reduction, where nothing tells them from other options."""
    x, functional = minigrad.tensor([-1.0, 2.0]), minigrad.nn.functional
    for call in (lambda: functional.kl_div(x, x, "mean", False, True),
                 lambda: functional.kl_div(x, x, "mean", size_average=True),
                 lambda: minigrad.nn.MSELoss("mean", True)):
        with pytest.raises(NotImplementedError, match="size_average and reduce are old words for reduction"):
            call()
    for call in (lambda: functional.kl_div(x, x, False), lambda: functional.l1_loss(x, x, None),
                 lambda: minigrad.nn.MSELoss(False)(x, x)):
        with pytest.raises(ValueError, match="reduction must be 'mean', 'sum' or 'none', got (False|None)"):
            call()


@pytest.mark.parametrize("name", sorted({n for n, _ in OPTIMIZERS}))
def test_options_of_optimizers(name: str) -> None:
    make = getattr(minigrad.optim, name)
    own = own_parameters(make.__init__)
    for option in inspect.signature(getattr(torch.optim, name).__init__).parameters:
        if option in ("self", "params"):
            continue
        if option in own:
            assert any(option in o for n, o in OPTIMIZERS if n == name), f"{name}: {option} not tried"
        elif option in ("foreach", "fused"):                # they change no result
            make([minigrad.nn.Parameter(minigrad.ones(2))], lr=0.1, **{option: True})
        else:
            with pytest.raises((NotImplementedError, TypeError), match=option):
                make([minigrad.nn.Parameter(minigrad.ones(2))], lr=0.1, **{option: TRIAL[option]})


NAMES = sorted({n.partition("-")[0] for n in SCHEDULES} - {"SWALR"} | {"ReduceLROnPlateau"})


@pytest.mark.parametrize("name", NAMES)
def test_options_of_schedules(name: str) -> None:
    own = own_parameters(getattr(minigrad.optim.lr_scheduler, name).__init__)
    theirs = list(inspect.signature(getattr(torch.optim.lr_scheduler, name).__init__).parameters)
    assert own == theirs
    grouped(minigrad)                           # the schedules themselves run in test_oracle_optimizers


@pytest.mark.parametrize("name", ["uniform_", "normal_", "constant_", "ones_", "zeros_", "xavier_uniform_",
                                  "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"])
def test_options_of_initializations(name: str) -> None:
    assert own_parameters(getattr(minigrad.nn.init, name)) == \
        list(inspect.signature(getattr(torch.nn.init, name)).parameters)


def test_values_that_are_not_there_are_named() -> None:
    x = minigrad.ones(1, 1, 4, 4)
    functional = minigrad.nn.functional
    for call, word in ((lambda: functional.interpolate(x, 2, mode="trilinear"), "trilinear"),
                       (lambda: minigrad.norm(x, "nuc"), "nuc"),
                       (lambda: x.view(minigrad.int32), "dtype"),
                       (lambda: minigrad.nn.Embedding(3, 2, sparse=True), "sparse")):
        with pytest.raises(NotImplementedError, match=word):
            call()
