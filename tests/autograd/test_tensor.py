"""What a Tensor is besides its operations: construction, conversion, printing, copying, operators."""
import copy

import numpy as np
import pytest

import minigrad
from minigrad.autograd import Tensor
from minigrad.errors import DTypeError, GraphError, ShapeError

# ── construction ──────────────────────────────────────────────────────────────────────────────────


def test_a_dtype_that_is_asked_for_is_not_reached_through_float32():
    assert minigrad.tensor(0.1, dtype=minigrad.float64).item() == 0.1
    assert minigrad.tensor([16777217.0], dtype=minigrad.float64).tolist() == [16777217.0]
    assert minigrad.as_tensor([[0.1]], dtype=minigrad.float64).tolist() == [[0.1]]
    assert minigrad.tensor([16777217.0], dtype=minigrad.int64).tolist() == [16777217]


def test_dtypes_of_python_and_numpy_values():
    assert minigrad.tensor(1.5).dtype == minigrad.float32
    assert minigrad.tensor([1, 2]).dtype == minigrad.int64
    assert minigrad.tensor([True]).dtype == minigrad.bool_
    assert minigrad.tensor([1, 2.5]).dtype == minigrad.float32
    assert minigrad.tensor(np.ones(2)).dtype == minigrad.float64
    assert minigrad.tensor(np.float64(1)).dtype == minigrad.float64
    assert minigrad.tensor([np.float64(1)]).dtype == minigrad.float64
    assert minigrad.tensor([minigrad.tensor(1.0, dtype=minigrad.float64)]).dtype == minigrad.float64
    assert minigrad.tensor([1, 2], dtype=minigrad.float16).dtype == minigrad.float16
    minigrad.set_default_dtype(minigrad.float64)
    assert minigrad.tensor(1.5).dtype == minigrad.float64


def test_what_shares_memory():
    array = np.ones(2, np.float32)
    assert np.shares_memory(minigrad.from_numpy(array).numpy(), array)
    assert np.shares_memory(minigrad.as_tensor(array).numpy(), array)
    assert np.shares_memory(Tensor(array).numpy(), array)
    assert not np.shares_memory(minigrad.tensor(array).numpy(), array)
    x = minigrad.ones(2)
    assert not np.shares_memory(minigrad.tensor(x).numpy(), x.numpy())
    assert np.shares_memory(np.asarray(x), x.numpy())
    for copied in (np.array(x), x.clone().numpy(), np.array(x, dtype=np.float64)):
        assert not np.shares_memory(copied, x.numpy())


def test_as_tensor_keeps_the_graph():
    x = minigrad.ones(2, requires_grad=True)
    assert minigrad.as_tensor(x) is x
    minigrad.as_tensor(x, dtype=minigrad.float64).sum().backward()
    assert x.grad.tolist() == [1, 1]


@pytest.mark.parametrize("data", ["text", ["a"], [None], [object()], np.array([1j]), {"a": 1}])
def test_what_is_not_numbers_is_refused(data):
    with pytest.raises(DTypeError, match="expected numbers"):
        minigrad.tensor(data)


def test_ragged_lists_are_refused():
    with pytest.raises(ShapeError, match="differ in length"):
        minigrad.tensor([[1, 2], [3]])


# ── flags ─────────────────────────────────────────────────────────────────────────────────────────

def test_requires_grad_of_results_cannot_be_switched_off():
    y = minigrad.ones(1, requires_grad=True) * 2
    with pytest.raises(GraphError, match=r"result of Mul.*detach\(\)"):
        y.requires_grad = False
    y.requires_grad = True
    assert not y.is_leaf and y.detach().is_leaf


def test_grad_setter_checks():
    x = minigrad.ones(2, requires_grad=True)
    x.grad = minigrad.tensor([1.0, 2.0])
    (x * 1).sum().backward()
    assert x.grad.tolist() == [2, 3]
    with pytest.raises(ShapeError, match=r"\(2,\), got \(3,\)"):
        x.grad = minigrad.ones(3)
    with pytest.raises(DTypeError, match="expected a Tensor or None, got list"):
        x.grad = [1, 2]
    x.grad = None


def test_data_setter_and_getter():
    x = minigrad.ones(2, requires_grad=True)
    x.data = minigrad.tensor([5.0, 6.0])
    assert x.tolist() == [5, 6] and x.requires_grad and x.is_leaf
    x.data += 1
    assert x.tolist() == [6, 7] and not x.data.requires_grad
    with pytest.raises(DTypeError, match="minigrad.tensor"):
        x.data = np.ones(2)


def test_numpy_of_a_graph_is_refused():
    x = minigrad.ones(2, requires_grad=True)
    for convert in (lambda: x.numpy(), lambda: np.asarray(x), lambda: (x * 2).numpy()):
        with pytest.raises(GraphError, match="detach"):
            convert()


# ── Python's view ─────────────────────────────────────────────────────────────────────────────────

def test_python_numbers():
    assert float(minigrad.tensor(2.5)) == 2.5 and int(minigrad.tensor([3])) == 3
    assert bool(minigrad.tensor([1.0])) and not minigrad.tensor(0)
    assert [10, 20, 30][minigrad.tensor(1)] == 20
    assert f"{minigrad.tensor(1.2345):.2f}" == "1.23"
    with pytest.raises(TypeError):
        [1, 2][minigrad.tensor(1.0)]
    with pytest.raises(ShapeError, match=r"x.any\(\) or x.all\(\)"):
        bool(minigrad.ones(2))
    with pytest.raises(ShapeError, match="one element"):
        minigrad.ones(2).item()


def test_length_iteration_and_membership():
    x = minigrad.arange(6).reshape(3, 2)
    assert len(x) == 3 and [row.tolist() for row in x] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(TypeError):
        len(minigrad.tensor(1))
    with pytest.raises(TypeError):
        list(minigrad.tensor(1))
    assert 3 in minigrad.arange(5) and 7 not in minigrad.arange(5)


def test_comparison_with_anything_else():
    x = minigrad.ones(2)
    assert (x == None) is False and (x != None) is True and (x == "a") is False     # noqa: E711
    assert (x == 1).tolist() == [True, True] and (x != np.ones(2)).tolist() == [False, False]
    assert len({x, x, minigrad.ones(2)}) == 2


def test_size():
    x = minigrad.zeros(2, 3)
    assert x.shape == (2, 3) and x.size() == (2, 3) and x.size(-1) == 3 and x.shape.numel() == 6
    assert x.ndim == x.dim() == 2 and x.numel() == 6


OPERATORS = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b,
             lambda a, b: a ** b, lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b,
             lambda a, b: a >= b, lambda a, b: a == b, lambda a, b: a != b]


@pytest.mark.parametrize("number", range(len(OPERATORS)))
@pytest.mark.parametrize("other", [2, 2.0, np.float32(2), np.array([2.0, 3.0], np.float32),
                                   np.array(2.0, np.float32)], ids=repr)
def test_operators_in_both_orders(number, other):
    operator = OPERATORS[number]
    values = np.array([1.5, 2.0], np.float32)
    x = minigrad.tensor(values)
    for ours, numpys in ((operator(other, x), operator(other, values)),
                         (operator(x, other), operator(values, other))):
        assert type(ours) is Tensor
        assert np.allclose(ours.numpy(), numpys)
        assert ours.dtype in (minigrad.float32, minigrad.bool_)


def test_matrix_product_with_arrays_in_both_orders():
    a = np.arange(6.0).reshape(2, 3)
    x = minigrad.tensor(a.T)
    assert type(a @ x) is Tensor and np.array_equal((a @ x).numpy(), a @ a.T)
    assert np.array_equal((x @ a).numpy(), a.T @ a)


def test_gradients_of_reflected_operators():
    x = minigrad.tensor([2.0], requires_grad=True)
    (2 - x + 8 / x + 3 ** x).sum().backward()
    assert x.grad.item() == pytest.approx(-1 - 2 + 9 * np.log(3))


def test_operators_with_what_is_no_number():
    for other in ("a", None, [1, 2]):
        with pytest.raises((DTypeError, TypeError)):
            minigrad.ones(2) + other


# ── printing and copying ──────────────────────────────────────────────────────────────────────────

def test_printing():
    assert repr(minigrad.tensor([1.0, 2.5])) == "tensor([1.0000, 2.5000])"
    assert repr(minigrad.tensor([1, 2])) == "tensor([1, 2])"
    assert repr(minigrad.tensor([True])) == "tensor([True])"
    assert repr(minigrad.tensor(3.0)) == "tensor(3.)"
    assert repr(minigrad.tensor([1.0], dtype=minigrad.float64)) == "tensor([1.], dtype=minigrad.float64)"
    x = minigrad.tensor([1.0], requires_grad=True)
    assert repr(x) == "tensor([1.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2.], grad_fn=<MulBackward0>)"
    assert repr(minigrad.nn.Parameter(x)).startswith("Parameter containing:\ntensor([1.]")
    assert "..." in repr(minigrad.zeros(2000)) and len(repr(minigrad.zeros(2000))) < 200
    assert repr(minigrad.tensor([[1.0], [2.0]])) == "tensor([[1.],\n        [2.]])"


def test_deepcopy():
    x = minigrad.nn.Parameter(minigrad.ones(2))
    (x * 2).sum().backward()
    y = copy.deepcopy(x)
    assert type(y) is minigrad.nn.Parameter and y.requires_grad and y.grad.tolist() == [2, 2]
    assert not np.shares_memory(y.detach().numpy(), x.detach().numpy())
    assert not np.shares_memory(y.grad.numpy(), x.grad.numpy())
    with pytest.raises(GraphError, match="clone"):
        copy.deepcopy(x * 2)
    model = minigrad.nn.Sequential(minigrad.nn.Linear(2, 2))
    shared = copy.deepcopy([model, model[0].weight])
    assert shared[0][0].weight is shared[1] and shared[1] is not model[0].weight


def test_the_declared_methods_are_the_attached_ones():
    """``autograd.methods`` is what editors and type checkers see."""
    import ast
    import inspect
    from minigrad.autograd import methods
    declared = {node.name for node in ast.walk(ast.parse(inspect.getsource(methods)))
                if isinstance(node, ast.FunctionDef)}
    own = set(vars(Tensor)) | set(dir(object))
    missing = {name for name in declared if not hasattr(Tensor, name)}
    assert not missing
    attached = {name for name, value in vars(Tensor).items()
                if getattr(value, "__module__", "").startswith("minigrad.ops")
                or getattr(getattr(value, "fget", None), "__module__", "").startswith("minigrad.ops")}
    assert attached <= declared | own and attached - declared == set(), sorted(attached - declared)
