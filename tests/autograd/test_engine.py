"""The backward walk: long chains, shared nodes, repeated and higher derivatives."""
import numpy as np
import pytest

import minigrad
from minigrad.autograd import Function, grad
from minigrad.errors import DTypeError, GraphError, ShapeError


def leaf(*values, dtype=minigrad.float64):
    return minigrad.tensor(list(values), dtype=dtype, requires_grad=True)


class Counted(Function):
    """y = 2x, counting how often backward runs."""

    visits = 0

    def forward(self, x):
        return x * 2

    def backward(self, g):
        Counted.visits += 1
        return g * 2


# ── the walk ──────────────────────────────────────────────────────────────────────────────────────

def test_a_chain_of_100_000_operations():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1e-5
    y.sum().backward()
    assert x.grad.tolist() == [1.0] and y.item() == pytest.approx(2.0)
    del y                                       # freeing the chain must not recurse, either


def test_a_chain_of_100_000_operations_recorded_again():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.00001
    (first,) = grad(y.sum(), x, create_graph=True)
    assert first.item() == pytest.approx(1.00001 ** 100_000)


def test_every_node_is_visited_once_though_the_paths_are_exponential():
    Counted.visits = 0
    x = y = leaf(1.0)
    for _ in range(60):
        y = Counted.apply(y)
        y = y + y * 0.5                         # two paths: 2⁶⁰ in all
    y.sum().backward()
    assert Counted.visits == 60
    assert x.grad.item() == pytest.approx(3.0 ** 60)


def test_shared_nodes_add_up():
    x, y = leaf(3.0), leaf(2.0)
    a = x * y
    b = a + x
    (b * b).sum().backward()                    # loss = (xy + x)²
    assert x.grad.item() == 2 * 9 * 3 and y.grad.item() == 2 * 9 * 3
    z = leaf(2.0)
    (z * z * z).sum().backward()
    assert z.grad.item() == 12


def test_an_old_result_used_late():
    """A node created early whose consumer comes last must wait for it."""
    x = leaf(2.0)
    early = x * 3
    late = (x * 5).exp() * 0 + early * early
    late.sum().backward()
    assert x.grad.item() == 2 * 3 * 3 * 2


def test_unused_branches_receive_nothing():
    x, y = leaf(1.0), leaf(1.0)
    unused = (x * y).exp()
    x.sum().backward()
    assert x.grad.item() == 1 and y.grad is None and unused.grad is None


# ── backward twice ────────────────────────────────────────────────────────────────────────────────

def test_second_backward_raises_and_says_what_to_do():
    x = leaf(1.0)
    loss = (x * x).sum()
    loss.backward()
    with pytest.raises(GraphError, match="retain_graph=True") as caught:
        loss.backward()
    assert "Mul" in str(caught.value) and "test_engine.py:" in str(caught.value)
    assert x.grad.item() == 2


def test_retain_graph_accumulates():
    x = leaf(1.0)
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    loss.backward(retain_graph=True)
    loss.backward()
    assert x.grad.item() == 6
    with pytest.raises(GraphError):
        loss.backward()


def test_two_losses_on_one_trunk():
    x = leaf(2.0)
    trunk = x * x
    (trunk * 3).sum().backward(retain_graph=True)
    trunk.sum().backward()
    assert x.grad.item() == 12 + 4


# ── higher derivatives ────────────────────────────────────────────────────────────────────────────

FORMULAS = [
    (lambda x: x ** 4, [lambda x: 4 * x ** 3, lambda x: 12 * x ** 2, lambda x: 24 * x]),
    (lambda x: x.exp(), [np.exp, np.exp, np.exp]),
    (lambda x: x.log(), [lambda x: 1 / x, lambda x: -1 / x ** 2, lambda x: 2 / x ** 3]),
    (lambda x: x.sin(), [np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)]),
    (lambda x: 1 / x, [lambda x: -1 / x ** 2, lambda x: 2 / x ** 3, lambda x: -6 / x ** 4]),
    (lambda x: x.sqrt(), [lambda x: 0.5 * x ** -0.5, lambda x: -0.25 * x ** -1.5,
                          lambda x: 0.375 * x ** -2.5]),
    (lambda x: x.tanh(), [lambda x: 1 - np.tanh(x) ** 2, lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2),
                          lambda x: (6 * np.tanh(x) ** 2 - 2) * (1 - np.tanh(x) ** 2)]),
    (lambda x: x * x * x, [lambda x: 3 * x ** 2, lambda x: 6 * x, lambda x: 6 + 0 * x]),
    (lambda x: 2.0 ** x, [lambda x: np.log(2) * 2 ** x, lambda x: np.log(2) ** 2 * 2 ** x,
                          lambda x: np.log(2) ** 3 * 2 ** x]),
]


@pytest.mark.parametrize("number", range(len(FORMULAS)))
@pytest.mark.parametrize("zero_d", [False, True])
def test_three_derivatives_against_their_formulas(number, zero_d):
    f, derivatives = FORMULAS[number]
    points = np.array([0.5, 1.0, 1.7])
    for p in [points] if not zero_d else [np.array(v) for v in points]:
        x = minigrad.tensor(p, requires_grad=True)
        y = f(x)
        for formula in derivatives:
            (y,) = grad(y.sum(), x, create_graph=True)
            assert np.allclose(y.detach().numpy(), formula(p), rtol=1e-12)
            assert y.dtype == minigrad.float64 and y.shape == x.shape


def test_second_derivative_through_mixed_dtypes():
    x = minigrad.tensor([2.0], requires_grad=True)                  # float32
    y = leaf(3.0)                                                    # float64
    (first,) = grad((x * y * y).sum(), y, create_graph=True)        # 2xy
    by_x, by_y = grad(first.sum(), [x, y])
    assert by_x.item() == 6 and by_y.item() == 4
    assert by_x.dtype == minigrad.float32 and by_y.dtype == minigrad.float64


def test_create_graph_in_backward():
    x = leaf(3.0)
    (x ** 3).sum().backward(create_graph=True)
    assert x.grad.item() == 27 and x.grad.requires_grad
    penalty = (x.grad ** 2).sum()                                   # (3x²)² = 9x⁴
    x.grad = None
    penalty.backward()
    assert x.grad.item() == 36 * 27


def test_mixed_second_derivatives_form_a_symmetric_hessian():
    x = leaf(0.5, 1.0, 1.5)
    loss = (x.exp() * x.sum()).sum()
    (g,) = grad(loss, x, create_graph=True)
    rows = [grad(g[i], x, retain_graph=True)[0].numpy() for i in range(3)]
    e = np.exp([0.5, 1.0, 1.5])
    expected = e[:, None] + e[None, :] + np.diag(e * 3.0)           # ∂²/∂xᵢ∂xⱼ Σₖ eˣᵏ · S
    assert np.allclose(rows, expected)


# ── grad ──────────────────────────────────────────────────────────────────────────────────────────

def test_grad_of_intermediates_and_several_outputs():
    x = leaf(2.0)
    h = x * x
    y, z = h * 3, h * h
    gx, gh = grad([y, z], [x, h])
    assert gh.item() == 3 + 2 * 4 and gx.item() == (3 + 8) * 4
    assert x.grad is None


def test_grad_of_the_output_itself():
    x = leaf(2.0)
    y = x * 3
    assert grad(y, y, retain_graph=True)[0].item() == 1 and grad(x, x)[0].item() == 1


def test_grad_outputs_weigh():
    x = leaf(1.0, 2.0)
    weights = minigrad.tensor([10.0, 100.0], dtype=minigrad.float64)
    (g,) = grad(x * x, x, grad_outputs=weights)
    assert g.tolist() == [20, 400]
    assert not np.shares_memory(grad(x * 1, x, weights)[0].numpy(), weights.numpy())


def test_unused_inputs():
    x, y = leaf(1.0), leaf(1.0)
    with pytest.raises(GraphError, match=r"do not depend on input 1 .*allow_unused=True"):
        grad((x * 2).sum(), [x, y])
    assert grad((x * 2).sum(), [x, y], allow_unused=True)[1] is None
    with pytest.raises(GraphError, match="input 0 does not require a gradient"):
        grad((x * 2).sum(), minigrad.ones(1))
    with pytest.raises(GraphError, match="1 outputs but 2 grad_outputs"):
        grad((x * 2).sum(), x, [minigrad.ones(()), minigrad.ones(())])


def test_retain_grad_adds_up():
    x = leaf(1.0)
    h = x * 2
    h.retain_grad()
    loss = (h * h).sum()
    loss.backward(retain_graph=True)
    assert h.grad.tolist() == [4.0]
    loss.backward()
    assert h.grad.tolist() == [8.0]
    assert not np.shares_memory(h.grad.numpy(), h.detach().numpy())
    other = x * 2
    (other * 1).sum().backward()
    with pytest.warns(UserWarning, match="result of Mul, not a leaf"):
        assert other.grad is None
    zero_d = h.detach().requires_grad_().sum() * 1
    zero_d.retain_grad()
    for _ in range(2):
        (zero_d * zero_d).backward(retain_graph=True)
    assert type(zero_d.grad._array) is np.ndarray and zero_d.grad.item() == 8
    with pytest.raises(GraphError, match="needs no gradient"):
        minigrad.ones(1).retain_grad()


# ── starting ──────────────────────────────────────────────────────────────────────────────────────

def test_backward_needs_a_single_number_or_a_gradient():
    x = leaf(1.0, 2.0)
    with pytest.raises(GraphError, match=r"shape is \(2,\).*loss.mean\(\)"):
        (x * 2).backward()
    (x * 2).backward(minigrad.tensor([1.0, 10.0]))                  # float32: converted
    assert x.grad.tolist() == [2, 20] and x.grad.dtype == minigrad.float64
    with pytest.raises(ShapeError, match=r"\(3,\).*\(2,\)"):
        (x * 2).backward(minigrad.ones(3))
    y = leaf(5.0)
    (y.reshape(1, 1) * 2).backward()                                # one element of any shape
    assert y.grad.tolist() == [2]


def test_backward_without_a_graph():
    with pytest.raises(GraphError, match="does not require a gradient"):
        minigrad.ones(1).backward()
    with minigrad.no_grad():
        loss = (leaf(1.0) * 2).sum()
    with pytest.raises(GraphError, match="outside of no_grad"):
        loss.backward()


def test_backward_of_a_leaf():
    x = leaf(3.0)
    x.backward()
    assert x.grad.tolist() == [1.0]


def test_the_upstream_gradient_is_neither_changed_nor_shared():
    x = leaf(1.0, 2.0)
    g = minigrad.tensor([1.0, 1.0], dtype=minigrad.float64)
    (x + 0).backward(g)
    x.grad.add_(5)
    assert g.tolist() == [1, 1]
    a, b = leaf(1.0), leaf(2.0)
    (a + b).backward()
    a.grad.add_(1)
    assert b.grad.tolist() == [1.0]


@pytest.mark.parametrize("dtype", [minigrad.int64, minigrad.bool_, minigrad.uint8])
def test_only_floating_tensors_have_gradients(dtype):
    with pytest.raises(DTypeError, match=r"x.float\(\)"):
        minigrad.tensor([1, 0], dtype=dtype, requires_grad=True)
    with pytest.raises(DTypeError):
        minigrad.tensor([1, 0], dtype=dtype).requires_grad_()


def test_gradients_of_0_d_tensors_are_arrays():
    x = minigrad.tensor(2.0, requires_grad=True)
    (x * x + x).backward()
    assert type(x.grad._array) is np.ndarray and x.grad.shape == ()
    x.grad.zero_()
    (x * x).backward()
    assert x.grad.item() == 4
    y = minigrad.tensor(3.0, dtype=minigrad.float64, requires_grad=True)
    (x * y).backward()
    assert y.grad.dtype == minigrad.float64 and x.grad.dtype == minigrad.float32


# ── operations of others ──────────────────────────────────────────────────────────────────────────

def test_an_instance_is_one_call():
    class Double(Function):
        def forward(self, x):
            return x * 2

        def backward(self, g):
            return g * 2
    step = Double()
    step(leaf(1.0))
    with pytest.raises(GraphError, match="Double: an instance is one call"):
        step(leaf(1.0))


def test_gradients_that_an_operation_keeps_are_copied():
    class Half(Function):
        """½ Σ x², whose backward hands out the input itself when g is 1."""

        def forward(self, x):
            self.save(x)
            return np.asarray((x * x).sum() / 2)

        def backward(self, g):
            return self.saved[0]

    class Both(Function):
        def forward(self, x, y):
            return x + y

        def backward_x(self, g):
            self.kept = g * 1
            return self.kept

        def backward_y(self, g):
            return self.kept
    x, y = leaf(1.0, 2.0), leaf(1.0, 2.0)
    Half.apply(x).backward()
    assert not np.shares_memory(x.grad.numpy(), x.detach().numpy())
    x.grad = None
    Both.apply(x, y).sum().backward()
    assert not np.shares_memory(x.grad.numpy(), y.grad.numpy())


def test_wrong_gradients_are_named():
    class WrongShape(Function):
        def forward(self, x):
            return x * 2

        def backward(self, g):
            return g[:1].repeat(5)

    class Counts(Function):
        def forward(self, x):
            return x * 2

        def backward(self, g):
            return np.ones(2, np.int64)

    class NoDerivative(Function):
        def forward(self, x, y):
            return x + y

        def backward_x(self, g):
            return g
    with pytest.raises(ShapeError, match=r"WrongShape: the gradient of input 0 has shape \(5,\).*\(2,\)"):
        WrongShape.apply(leaf(1.0, 2.0)).sum().backward()
    with pytest.raises(DTypeError, match="Counts: the gradient of input 0 has dtype int64"):
        Counts.apply(leaf(1.0, 2.0)).sum().backward()
    with pytest.raises(GraphError, match="NoDerivative: has no derivative for its input 'y'"):
        NoDerivative.apply(leaf(1.0), leaf(1.0)).sum().backward()


def test_an_operation_without_a_second_derivative_is_named():
    class Once(Function):
        twice_differentiable = False

        def forward(self, x):
            return x * 2

        def backward(self, g):
            return np.asarray(g) * 2
    x = leaf(1.0)
    Once.apply(x).sum().backward()
    assert x.grad.tolist() == [2.0]
    with pytest.raises(GraphError, match="Once .*no second derivative"):
        Once.apply(x).sum().backward(create_graph=True)


def test_infinite_slopes_make_no_warning():
    x = leaf(0.0)
    for f in (minigrad.sqrt, minigrad.log, lambda x: x ** -1.0, lambda x: x ** 0.5):
        f(x).sum().backward()                                       # pytest turns warnings into errors
    assert np.isinf(x.grad.item()) or np.isnan(x.grad.item())


@pytest.mark.parametrize("function", [lambda x, y: x * y, lambda x, y: x / y, lambda x, y: x ** y])
def test_second_derivatives_tell_two_tensors_of_one_array_apart(function):
    def second(x, y):
        first, = grad(function(x, y).sum(), x, create_graph=True)
        return grad(first.sum(), [x, y], allow_unused=True)
    array = np.array([2.0, 3.0])
    shared = second(*(minigrad.Tensor(array, requires_grad=True) for _ in "xy"))
    apart = second(*(minigrad.Tensor(array.copy(), requires_grad=True) for _ in "xy"))
    assert [g is None or g.tolist() for g in shared] == [g is None or g.tolist() for g in apart]
