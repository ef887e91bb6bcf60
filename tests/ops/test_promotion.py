"""Mixing dtypes: PyTorch's table, for all pairs of dtypes and kinds of operands."""
import numpy as np
import pytest

import minigrad
from minigrad.backend.dtypes import promote_types, result_type

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

NAMES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
ARITHMETIC = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "/": lambda a, b: a / b}
COMPARISONS = {"==": lambda a, b: a == b, "<": lambda a, b: a < b, ">=": lambda a, b: a >= b}
PYTHON = [True, 2, 2.5]


def both(name, zero_d):
    """The same value in minigrad and in PyTorch."""
    values = np.array(1 if zero_d else [1, 0], getattr(np, name if name != "bool" else "bool_"))
    return minigrad.tensor(values), torch.tensor(values)


def name_of(x):
    return str(x.dtype).replace("torch.", "")


@pytest.mark.parametrize("symbol", [*ARITHMETIC, *COMPARISONS])
@pytest.mark.parametrize("first_0_d", [False, True])
@pytest.mark.parametrize("second_0_d", [False, True])
def test_pairs_of_tensors(symbol, first_0_d, second_0_d):
    operator = {**ARITHMETIC, **COMPARISONS}[symbol]
    for a in NAMES:
        for b in NAMES:
            (x, tx), (y, ty) = both(a, first_0_d), both(b, second_0_d)
            z, tz = operator(x, y), operator(tx, ty)
            assert name_of(z) == name_of(tz), (a, symbol, b)
            assert np.array_equal(z.numpy(), tz.numpy(), equal_nan=True), (a, symbol, b)


@pytest.mark.parametrize("symbol", [*ARITHMETIC, *COMPARISONS])
@pytest.mark.parametrize("zero_d", [False, True])
def test_tensor_and_python_number(symbol, zero_d):
    operator = {**ARITHMETIC, **COMPARISONS}[symbol]
    for a in NAMES:
        for number in PYTHON:
            x, tx = both(a, zero_d)
            for z, tz in ((operator(x, number), operator(tx, number)),
                          (operator(number, x), operator(number, tx))):
                assert name_of(z) == name_of(tz), (a, symbol, number)
                assert np.array_equal(z.numpy(), tz.numpy(), equal_nan=True), (a, symbol, number)


def test_promote_types_is_pytorchs_table():
    for a in NAMES:
        for b in NAMES:
            ours = promote_types(np.dtype(a), np.dtype(b))
            assert str(ours) == str(torch.promote_types(getattr(torch, a), getattr(torch, b)))[6:], (a, b)


def test_default_dtype_of_a_float_beside_integers():
    counts = minigrad.tensor([1, 2])
    assert (counts * 0.5).dtype == minigrad.float32
    minigrad.set_default_dtype(minigrad.float64)
    assert (counts * 0.5).dtype == minigrad.float64


def test_integers_wrap_around():
    for number in (-1, 300):
        ours = minigrad.tensor([1, 200], dtype=minigrad.uint8) + number
        assert ours.tolist() == (torch.tensor([1, 200], dtype=torch.uint8) + number).tolist()


def test_numpy_scalars_alone_keep_their_dtype():
    assert result_type(np.float64(1)) == np.float64 and result_type(np.float32(1), 2.0) == np.float32
    assert result_type(np.ones(2, np.float32), np.float64(1)) == np.float32


def test_gradients_come_back_in_the_dtype_of_their_input():
    for a in ("float16", "float32", "float64"):
        for b in ("float16", "float32", "float64"):
            x = minigrad.tensor([2.0], dtype=a, requires_grad=True)
            y = minigrad.tensor(3.0, dtype=b, requires_grad=True)
            (x * y).sum().backward()
            assert x.grad.dtype == np.dtype(a) and y.grad.dtype == np.dtype(b)
            assert x.grad.item() == 3 and y.grad.item() == 2


@pytest.mark.parametrize("dtype", [minigrad.int64, minigrad.uint8, minigrad.bool_])
def test_integers_made_of_a_result_are_outside_of_the_graph(dtype):
    x = minigrad.ones(3, requires_grad=True)
    whole = (x * 3).to(dtype)
    assert not whole.requires_grad and whole.numpy().tolist() == np.full(3, 3).astype(dtype).tolist()
    (whole * x).sum().backward()                            # a constant factor
    assert x.grad.tolist() == whole.float().tolist()
    assert not (x * 3).long().float().requires_grad and x.half().requires_grad
