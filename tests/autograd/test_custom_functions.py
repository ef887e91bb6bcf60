"""Operations in PyTorch's form: static methods and a context; the same programs run on both libraries."""
import gc
import weakref

import numpy as np
import pytest

import minigrad
from minigrad.autograd import Function, grad
from minigrad.autograd.function import FunctionCtx, once_differentiable
from minigrad.errors import DTypeError, GradCheckError, GraphError, ShapeError


def leaf(library, *values):
    return library.tensor(np.array(values), requires_grad=True)


def scaled(library):
    class Scaled(library.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.save_for_backward(x)
            ctx.factor = factor
            return x * x * factor

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * x * ctx.factor, None
    return Scaled


def two(library):
    class Two(library.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            a, b = (x * y).exp(), x + y
            ctx.save_for_backward(x, y, a)
            return a, b, "as it is"

        @staticmethod
        def backward(ctx, ga, gb, _=None):
            x, y, a = ctx.saved_tensors
            return ga * a * y + gb, ga * a * x + gb
    return Two


def one_result(library):
    x = leaf(library, 1.0, 2.0)
    y = scaled(library).apply(x, 3.0)
    y.sum().backward()
    assert type(y.grad_fn).__name__.startswith("Scaled") and "Scaled" in repr(y)
    return [y, x.grad]


def second_derivative(library):
    x = leaf(library, 1.0, 2.0)
    (first,) = library.autograd.grad(scaled(library).apply(x, 3.0).sum(), x, create_graph=True)
    return [first, *library.autograd.grad((first ** 2).sum(), x)]


def result_saved(library):
    class Exp(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(None, y)
            return y

        @staticmethod
        def backward(ctx, g):
            nothing, y = ctx.saved_tensors
            assert nothing is None
            return g * y
    x = leaf(library, 0.5, -1.0)
    (first,) = library.autograd.grad(Exp.apply(x).sum(), x, create_graph=True)
    return [first, *library.autograd.grad((first * x).sum(), x)]


def several_results(library):
    x, y = leaf(library, 0.1, 0.2), leaf(library, 0.3, 0.4)
    a, b, text = two(library).apply(x, y)
    assert text == "as it is"
    (a * b + a).sum().backward()
    return [a, b, x.grad, y.grad]


def several_results_twice(library):
    x, y = leaf(library, 0.1, 0.2), leaf(library, 0.3, 0.4)
    a, b, _ = two(library).apply(x, y)
    first = library.autograd.grad((a * a * b).sum(), [x, y], create_graph=True)
    return [*first, *library.autograd.grad((first[0] * first[1]).sum(), [x, y])]


def only_one_result_used(library):
    x, y = leaf(library, 0.1, 0.2), leaf(library, 0.3, 0.4)
    two(library).apply(x, y)[1].sum().backward()
    return [x.grad, y.grad]


def changed_in_place(library):
    class Triple(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(3)
            ctx.mark_dirty(x)
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 3 + 0 * ctx.saved_tensors[0]
    x = leaf(library, 1.0, 2.0)
    z = x * 2
    w = Triple.apply(z)
    assert w is z and "Triple" in type(z.grad_fn).__name__
    (w * w).sum().backward()
    return [z, x.grad]


def setup_context(library):
    class Product(library.autograd.Function):
        @staticmethod
        def forward(x, y):
            return x * y, x.argmax()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)
            ctx.mark_non_differentiable(output[1])

        @staticmethod
        def backward(ctx, g, _):
            x, y = ctx.saved_tensors
            assert ctx.needs_input_grad == (True, False)
            return g * y, None
    x, y = leaf(library, 0.1, 0.2), library.tensor(np.array([0.3, 0.4]))
    p, where = Product.apply(x, y)
    assert p.requires_grad and not where.requires_grad
    p.sum().backward()
    return [p, where, x.grad]


def not_differentiable(library):
    class Both(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            sign = x.sign()
            ctx.mark_non_differentiable(sign)
            return x.abs(), sign

        @staticmethod
        def backward(ctx, g, g_sign):
            assert g_sign.tolist() == [0.0, 0.0]
            return g * 7
    x = leaf(library, 1.0, -2.0)
    size, sign = Both.apply(x)
    assert not sign.requires_grad
    (size * sign).sum().backward()
    return [x.grad]


def no_gradient(library):
    class First(library.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return g, None
    x, y = leaf(library, 0.1, 0.2), leaf(library, 0.3, 0.4)
    First.apply(x, y * 2).sum().backward()
    assert y.grad is None
    First.apply(x, y).sum().backward()
    assert y.grad is None
    return [x.grad]


def not_materialized(library):
    class Pair(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, a, b):
            assert (a is None) != (b is None)
            return a * 2 if b is None else b * 3
    x = leaf(library, 1.0, 2.0)
    a, b = Pair.apply(x)
    a.sum().backward()
    a, b = Pair.apply(x)
    b.sum().backward()
    return [x.grad]


def derived(library):
    class Heir(scaled(library)):
        @staticmethod
        def backward(ctx, g):
            return g, None
    x = leaf(library, 1.0, 2.0)
    Heir.apply(x, 2).sum().backward()
    return [x.grad]


def broadcast_gradient(library):
    class Sum(library.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, g):
            return g, g
    x, y = leaf(library, 1.0, 2.0), leaf(library, 3.0)
    Sum.apply(x, y).sum().backward()
    return [x.grad, y.grad]


def without_a_graph(library):
    x = leaf(library, 1.0, 2.0)
    with library.no_grad():
        y = scaled(library).apply(x, 3.0)
    assert not y.requires_grad and not scaled(library).apply(x.detach(), 1).requires_grad
    return [y]


def the_input_itself(library):
    class Reverse(library.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view_as(x)

        @staticmethod
        def backward(ctx, g):
            return -g
    x = leaf(library, 1.0, 2.0)
    (Reverse.apply(x * 1) * 3).sum().backward()
    return [x.grad]


PROGRAMS = [one_result, second_derivative, result_saved, several_results, several_results_twice,
            only_one_result_used, changed_in_place, setup_context, not_differentiable, no_gradient,
            not_materialized, derived, broadcast_gradient, without_a_graph, the_input_itself]


@pytest.mark.torch
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_as_in_pytorch(program):
    torch = pytest.importorskip("torch")
    ours, theirs = program(minigrad), program(torch)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert np.allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_it_runs_without_pytorch(program):
    assert all(np.isfinite(x.detach().numpy()).all() for x in program(minigrad))


def test_the_values_of_two_results():
    by_x, by_y = several_results_twice(minigrad)[:2]
    a = np.exp(np.array([0.1, 0.2]) * [0.3, 0.4])           # L = a²·b with a = exp(xy), b = x + y
    b = np.array([0.4, 0.6])
    assert np.allclose(by_x.detach().numpy(), 2 * a * a * b * [0.3, 0.4] + a * a)
    assert np.allclose(by_y.detach().numpy(), 2 * a * a * b * [0.1, 0.2] + a * a)


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────────

def made(forward=lambda ctx, x: x * 2, backward=lambda ctx, g: g * 2):
    return type("Mine", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})


def run(operation, *inputs):
    out = operation.apply(*inputs)
    (out[0] if isinstance(out, tuple) else out).sum().backward()


@pytest.mark.parametrize("make, error, message", [
    (lambda x: run(made(backward=lambda ctx, g: None), x), GraphError, "backward: returned nothing"),
    (lambda x: run(made(backward=lambda ctx, g: (g, g)), x), GraphError, "returned 2 gradients for the 1"),
    (lambda x: run(made(lambda ctx, x, y: x * y), x, x), GraphError, "returned 1 gradients for the 2"),
    (lambda x: run(made(backward=lambda ctx, g: 2.0), x), DTypeError, "Tensor or None, got float"),
    (lambda x: run(made(backward=lambda ctx, g: g[:1]), x), ShapeError, r"shape \(1,\).*\(2,\)"),
    (lambda x: run(made(forward=lambda ctx, x: None), x), TypeError, "returned nothing. Is its return"),
    (lambda x: run(made(forward=lambda ctx, x: 3.0), x), TypeError, "returned float"),
    (lambda x: made()()(x), TypeError, r"Mine.apply\(x\), not Mine\(\)\(x\)"),
    (lambda x: run(made(forward=lambda ctx, x: ctx.save_for_backward(3) or x), x), TypeError, "ctx.value"),
    (lambda x: run(made(forward=lambda ctx, x: x.add_(1)), x * 1), GraphError, "mark_dirty"),
    (lambda x: run(made(forward=lambda ctx, x: ctx.mark_dirty(x) or x.add_(1)), x), GraphError, "a leaf"),
    (lambda x: type("Mine", (Function,), {"forward": lambda ctx, x: x}), TypeError, "@staticmethod above"),
    (lambda x: type("Mine", (Function,), {"forward": staticmethod(lambda ctx, x: x),
                                          "backward": lambda ctx, g: g}), TypeError, "Mine.backward: write"),
    (lambda x: run(type("Mine", (Function,), {"forward": staticmethod(lambda ctx, x: x * 1)}), x),
     GraphError, "has no backward"),
    (lambda x: FunctionCtx("Mine", (True,)).saved_tensors, GraphError, "while backward runs"),
])
def test_mistakes_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make(minigrad.tensor([1.0, 2.0], requires_grad=True))


def test_a_saved_tensor_that_was_changed_and_a_graph_that_was_freed():
    for operation, inputs in ((scaled(minigrad), (2.0,)), (two(minigrad), (leaf(minigrad, 1.0, 2.0),))):
        x = leaf(minigrad, 1.0, 2.0)
        z = x * 1
        out = operation.apply(z, *inputs)
        out = out[0] if isinstance(out, tuple) else out
        out.sum().backward()
        with pytest.raises(GraphError, match="freed"):
            out.sum().backward()
        z = x * 1
        out = operation.apply(z, *inputs)
        out = out[0] if isinstance(out, tuple) else out
        z.mul_(2)
        with pytest.raises(GraphError, match="changed in place"):
            out.sum().backward()


def test_once_differentiable_stops_a_second_derivative_instead_of_giving_a_wrong_one():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0]
    x = leaf(minigrad, 3.0)
    assert grad(Square.apply(x).sum(), x)[0].tolist() == [6.0]
    (first,) = grad(Square.apply(x).sum(), x, create_graph=True)
    assert first.tolist() == [6.0]
    with pytest.raises(GraphError, match="once_differentiable"):
        first.sum().backward()


def test_backward_runs_once_for_all_inputs_and_only_records_when_asked():
    calls = []

    class Product(Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            calls.append(minigrad.is_grad_enabled())
            x, y = ctx.saved_tensors
            return g * y, g * x
    x, y = leaf(minigrad, 1.0), leaf(minigrad, 2.0)
    Product.apply(x, y).backward()
    assert calls == [False] and (x.grad.item(), y.grad.item()) == (2, 1)
    grad(Product.apply(x, y), [x, y], create_graph=True)
    assert calls == [False, True]


def test_the_gradient_check_works_on_them():
    class Wrong(scaled(minigrad)):
        @staticmethod
        def backward(ctx, g):
            return -g * 2 * ctx.saved_tensors[0] * ctx.factor, None
    x, y = leaf(minigrad, 1.0, 2.0), leaf(minigrad, 0.3, 0.4)
    assert minigrad.check.gradcheck(lambda x: scaled(minigrad).apply(x, 3.0), x)
    assert minigrad.check.gradcheck(lambda x, y: two(minigrad).apply(x, y)[:2], (x, y))
    with pytest.raises(GradCheckError, match="the sign is flipped"):
        minigrad.check.gradcheck(lambda x: Wrong.apply(x, 3.0), x)
    right, wrong = made(), made(backward=lambda ctx, g: g * 3)
    minigrad.check.gradient_test(shapes=[(3,)], seeds=1)(lambda: right)()
    with pytest.raises(GradCheckError):
        minigrad.check.gradient_test(shapes=[(3,)], seeds=1)(lambda: wrong)()


def test_a_graph_of_them_is_explained():
    x, y = leaf(minigrad, 1.0, 2.0), leaf(minigrad, 0.3, 0.4)
    a, b, _ = two(minigrad).apply(x, y)
    text = str(minigrad.trace.explain((a * b).sum(), names={"x": x, "y": y}))
    assert "by Two.backward" in text


def test_nothing_is_kept_alive():
    x = leaf(minigrad, 1.0, 2.0)
    a, b, _ = two(minigrad).apply(x, x * 2)
    c = scaled(minigrad).apply(a, 2.0)
    gone = [weakref.ref(t.grad_fn) for t in (a, b, c)]
    gc.disable()
    try:
        del a, b, c
        assert [r() for r in gone] == [None] * 3
    finally:
        gc.enable()


def test_anomalies_are_seen_in_gradients():
    operation = made(backward=lambda ctx, g: minigrad.tensor(np.full(2, np.nan)))
    x = leaf(minigrad, 1.0, 2.0)
    with minigrad.autograd.detect_anomaly(), pytest.raises(minigrad.errors.AnomalyError, match="Mine"):
        run(operation, x)
    a, b, _ = two(minigrad).apply(x, x)
    with minigrad.autograd.detect_anomaly():
        (a + b).sum().backward()
