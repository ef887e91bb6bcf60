"""What every operation has to fulfil, on generated shapes, layouts and options."""
import importlib
import pkgutil

import numpy as np
import pytest
from hypothesis import given, settings
from op_table import SAVES, load

import minigrad
from minigrad.autograd import Function, Tensor
from minigrad.check import gradcheck, gradgradcheck
from minigrad.errors import GraphError
from minigrad.linalg.solving import Matrices
from minigrad.ops.pointwise import Pairwise, Pointwise
from minigrad.ops.recurrent import Sequence

TABLE = load()
ABSTRACT = {Pointwise, Pairwise, Matrices, Sequence}        # what only others derive from
every_op = pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)


# What carries an operation of the student's own, one that is random, one that needs several processes. Tests
# are in tests/autograd/test_custom_functions.py, tests/distributions/ and tests/distributed/.
ELSEWHERE = {*(("minigrad.autograd.custom", name) for name in ("Call", "Once", "Result")),
             ("minigrad.distributions.gamma", "StandardGamma"),
             ("minigrad.nn.sync_norm", "StandardizeTogether")}


def operations(base=Function):
    """Every operation of the package: all subclasses that compute something."""
    for op in base.__subclasses__():
        if op.__module__.startswith("minigrad."):
            yield op
            yield from operations(op)


def tensors(case, dtype=np.float64, copied=False):
    """The inputs as leaves that require gradients; copied: in memory of their own."""
    made = []
    for x in case.inputs:
        if x is not None:
            x = Tensor(np.array(x, dtype) if copied else x.astype(dtype, copy=False), requires_grad=True)
        made.append(x)
    return made


def upstream(y):
    """A random gradient for y, always the same for one shape."""
    return Tensor(np.random.default_rng(1).standard_normal(y.shape).astype(y.dtype))


def gradients(y, xs, g):
    y.backward(g)
    return [None if x is None or x.grad is None else x.grad._array for x in xs]


def examples(count, entry, check):
    """Run ``check(case)`` on ``count`` generated cases."""
    settings(max_examples=count)(given(entry.cases)(check))()


def different(check, seen, most):
    """``check``, left out for shapes that passed before and after ``most`` different ones.

    Hypothesis likes to repeat parts of earlier examples, and so their shapes.
    """
    failed = set()

    def once(case):
        key = tuple(None if x is None else x.shape for x in case.inputs)
        if key not in failed and (key in seen and seen[key] > 1 or len(seen) >= most):
            return
        try:
            check(case)
        except BaseException:
            failed.add(key)                 # hypothesis runs it again, to shrink it
            raise
        seen[key] = seen.get(key, 0) + 1
    return once


def test_every_operation_is_in_the_table():
    for module in pkgutil.walk_packages(minigrad.__path__, "minigrad."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    missing = {op.__qualname__ for op in set(operations()) - {entry.op for entry in TABLE} - ABSTRACT
               if (op.__module__, op.__qualname__) not in ELSEWHERE}
    assert not missing, f"add these operations to a file tests/ops/op_entries_*.py: {sorted(missing)}"
    assert len({entry.op for entry in TABLE}) == len(TABLE)


@every_op
def test_gradient(entry):
    def check(case):
        gradcheck(lambda *xs: entry(case, *xs), tensors(case), rtol=entry.rtol, atol=entry.atol)
    shapes = {}
    examples(160, entry, different(check, shapes, most=25))
    assert len(shapes) >= 20, "the table draws too few different shapes"


@every_op
def test_second_derivative(entry):
    def check(case):
        if entry.op.twice_differentiable:
            gradgradcheck(lambda *xs: entry(case, *xs), tensors(case), rtol=entry.rtol, atol=entry.atol)
            return
        xs = tensors(case)
        with pytest.raises(GraphError, match=f"{entry.name} .*no second derivative"):
            y = entry(case, *xs)
            y.backward(upstream(y), create_graph=True)
    examples(4 if "Sequence" in entry.name else 12, entry, check)      # whole sequences take a second each


@pytest.mark.parametrize("entry", [e for e in TABLE if e.op.twice_differentiable], ids=lambda e: e.name)
def test_the_recorded_gradient_is_the_plain_one(entry):
    """A backward may take another way on Tensors than on arrays, and gradgradcheck checks only that way."""
    def check(case):
        xs, again = tensors(case), tensors(case)
        y, twin = entry(case, *xs), entry(case, *again)
        plain = gradients(y, xs, upstream(y))
        twin.backward(upstream(twin), create_graph=True)
        for a, x in zip(plain, again):
            if x is not None:
                np.testing.assert_allclose(x.grad._array, a, rtol=1e-9, atol=1e-9)
    examples(20, entry, check)


@every_op
def test_inputs_stay_and_gradients_share_no_memory(entry):
    def check(case):
        before = [None if x is None else x.copy() for x in case.inputs]
        xs = tensors(case)
        y = entry(case, *xs)
        value = y._array.copy()
        g = upstream(y)
        given = g._array.copy()
        found = gradients(y, xs, g)
        for x, old in zip(case.inputs, before):
            assert old is None or np.array_equal(x, old)
        assert np.array_equal(y._array, value, equal_nan=True) and np.array_equal(g._array, given)
        arrays = [y._array, g._array] + [x._array for x in xs if x is not None]
        owned = [a for a in found if a is not None]
        assert len(owned) == sum(x is not None for x in xs)
        for i, a in enumerate(owned):
            assert a.flags.writeable
            assert not any(np.shares_memory(a, b) for b in arrays + owned[:i])
    examples(25, entry, check)


@every_op
def test_float32_stays_float32(entry):
    if "changes dtype" in entry.tags:
        pytest.skip("the dtype of the result is an option of this operation")

    def check(case):
        xs = tensors(case, np.float32)
        y = entry(case, *xs)
        assert y.dtype == np.float32 and type(y._array) is np.ndarray
        for x, a in zip(xs, gradients(y, xs, upstream(y))):
            assert x is None or (type(a) is np.ndarray and a.dtype == np.float32 and a.shape == x.shape)
    examples(25, entry, check)


@every_op
def test_arrays_give_what_tensors_give(entry):
    def check(case):
        plain = entry(case, *[x for x in case.inputs])
        assert not isinstance(plain, Tensor)
        assert np.array_equal(np.asarray(plain), entry(case, *tensors(case))._array, equal_nan=True)
    examples(20, entry, check)


@every_op
def test_changed_input_is_noticed_or_does_not_matter(entry):
    """After the call every input is changed. Backward must not compute with the new values."""
    def check(case):
        xs = tensors(case, copied=True)
        y = entry(case, *xs)
        right = gradients(y, xs, upstream(y))
        for changed in xs:
            if changed is None or not changed.numel():
                continue
            again = tensors(case, copied=True)
            y = entry(case, *again)
            with minigrad.no_grad():
                again[xs_index(xs, changed)].add_(1)
            try:
                found = gradients(y, again, upstream(y))
            except GraphError as error:
                assert f"backward: {entry.name} (called at " in str(error)
                assert "op_table.py:" in str(error) and "changed in place" in str(error)
            else:
                assert all(a is b or np.array_equal(a, b, equal_nan=True) for a, b in zip(found, right))
    examples(12, entry, check)


def xs_index(xs, wanted):
    return next(i for i, x in enumerate(xs) if x is wanted)


@pytest.mark.parametrize("entry", [e for e in TABLE if e.tags >= SAVES], ids=lambda e: e.name)
def test_changed_input_raises_for_operations_that_save_it(entry):
    """The counterpart of the test above, so that "does not matter" cannot become the rule."""
    raised = []

    def check(case):
        xs = tensors(case, copied=True)
        y = entry(case, *xs)
        with minigrad.no_grad():
            for x in xs:
                if x is not None:
                    x.add_(1)
        try:
            y.backward(upstream(y))
        except GraphError as error:
            raised.append(str(error))
    examples(5, entry, check)
    assert raised and all(f"backward: {entry.name} (called at" in text for text in raised)


@pytest.mark.parametrize("dtype, x", [(np.float32, -20.0), (np.float32, -80.0), (np.float64, -40.0),
                                      (np.float64, -700.0)])
def test_sigmoid_of_very_negative_numbers_keeps_its_digits(dtype: type, x: float) -> None:
    z = minigrad.tensor(np.array([x], dtype), requires_grad=True)
    y = z.sigmoid()
    y.sum().backward()
    assert y.item() == pytest.approx(np.exp(x), rel=1e-6)               # 1 / (1 + e⁻ˣ) ≈ eˣ
    assert z.grad.item() == pytest.approx(np.exp(x), rel=1e-6)
    assert minigrad.tensor(np.array([-1e9, 1e9], dtype)).sigmoid().tolist() == [0, 1]
