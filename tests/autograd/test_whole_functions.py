"""Jacobians and Hessians, options of grad and backward, saved tensors in other hands, checkpoints."""
import gc
import weakref

import numpy as np
import pytest

import minigrad
from minigrad import autograd, nn
from minigrad.autograd import functional
from minigrad.autograd.graph import save_on_cpu, saved_tensors_hooks
from minigrad.errors import AnomalyError, GraphError, ShapeError
from minigrad.utils.checkpoint import checkpoint, checkpoint_sequential

rng = np.random.default_rng(0)
A, B, V = rng.standard_normal((2, 3)), rng.standard_normal(3), rng.standard_normal((2, 3))


def tensors(library, *arrays):
    return tuple(library.tensor(a) for a in arrays)


def plain(value):
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value.detach().numpy()


def equal(a, b):
    if isinstance(b, list):
        assert isinstance(a, list) and len(a) == len(b)
        for x, y in zip(a, b):
            equal(x, y)
    else:
        assert a.shape == b.shape and np.allclose(a, b, rtol=1e-10, atol=1e-12)


CASES = {
    "jacobian": lambda t, f: f.jacobian(lambda x: (x * x).sum(1), t(A)[0]),
    "jacobian-two": lambda t, f: f.jacobian(lambda x, y: (x @ y, y.exp()), t(A, B)),
    "jacobian-unused": lambda t, f: f.jacobian(lambda x, y: y * 2, t(A, B)),
    "jacobian-number": lambda t, f: f.jacobian(lambda x: x.sum().tanh(), t(A)[0]),
    "hessian": lambda t, f: f.hessian(lambda x: (x ** 3).sum() + x.prod(), t(B)[0]),
    "hessian-two": lambda t, f: f.hessian(lambda x, y: ((x @ y) ** 2).sum(), t(A, B)),
    "vjp": lambda t, f: f.vjp(lambda x: (x * x).sum(1), t(A)[0], t(A[:, 0])[0]),
    "vjp-number": lambda t, f: f.vjp(lambda x: x.prod(), t(B)[0]),
    "vjp-two": lambda t, f: f.vjp(lambda x, y: x @ y, t(A, B), t(A[:, 0])[0]),
    "jvp": lambda t, f: f.jvp(lambda x: (x * x).sum(1), t(A)[0], t(V)[0]),
    "jvp-two": lambda t, f: f.jvp(lambda x, y: (x @ y).tanh(), t(A, B), t(V, B)),
    "hvp": lambda t, f: f.hvp(lambda x: (x ** 3).sum() + x.prod(), t(B)[0], t(B * 2)[0]),
    "vhp": lambda t, f: f.vhp(lambda x, y: ((x @ y) ** 3).sum(), t(A, B), t(V, B)),
}


@pytest.mark.torch
@pytest.mark.parametrize("name", CASES)
def test_derivatives_of_functions_are_pytorchs(name):
    torch = pytest.importorskip("torch")
    a, b = (plain(CASES[name](lambda *arrays: tensors(library, *arrays), library.autograd.functional))
            for library in (minigrad, torch))
    equal(a, b)


def test_a_jacobian_can_be_differentiated_and_strict_refuses_zeros():
    x = minigrad.tensor([1.0, 2.0], requires_grad=True)
    functional.jacobian(lambda x: x ** 3, x, create_graph=True).sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]
    assert not functional.jacobian(lambda x: x ** 3, x).requires_grad
    for function in (lambda x: minigrad.ones(2), lambda x: x.detach()):
        assert functional.jacobian(function, x).tolist() == [[0.0, 0.0]] * 2
        with pytest.raises(GraphError, match="strict=True forbids"):
            functional.jacobian(function, x, strict=True)
    with pytest.raises(ShapeError, match="hessian: the function must return a single number, got .2,."):
        functional.hessian(lambda x: x * 2, x)
    with pytest.raises(ShapeError, match=r"vjp: v has the shapes \[\(3,\)\]"):
        functional.vjp(lambda x: x, x, minigrad.ones(3))
    with pytest.raises(TypeError, match="jacobian: inputs must be a tensor"):
        functional.jacobian(lambda x: x, 3.0)


# ── options ───────────────────────────────────────────────────────────────────────────────────────

def test_options_of_grad():
    x, y = (minigrad.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    assert autograd.grad((x * 2).sum(), [x, y], only_inputs=True, allow_unused=True)[1] is None
    assert autograd.grad((x * 2).sum(), [x, y], materialize_grads=True)[1].tolist() == [0.0, 0.0]
    with pytest.raises(GraphError, match="do not depend on input 1"):
        autograd.grad((x * 2).sum(), [x, y])
    with pytest.raises(NotImplementedError, match="only_inputs"):
        autograd.grad(x.sum(), x, only_inputs=False)
    with pytest.raises(NotImplementedError, match="is_grads_batched"):
        autograd.grad(x.sum(), x, is_grads_batched=True)
    with pytest.raises(ValueError, match="materialize_grads"):
        autograd.grad(x.sum(), x, materialize_grads=True, allow_unused=False)


def test_backward_of_several_and_to_some_leaves():
    x, y = (minigrad.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    autograd.backward([x * y, x], [minigrad.ones(2), minigrad.tensor([10.0, 20.0])])
    assert x.grad.tolist() == [11.0, 22.0] and y.grad.tolist() == [1.0, 2.0]
    (x * y).sum().backward(inputs=[x])
    assert x.grad.tolist() == [12.0, 24.0] and y.grad.tolist() == [1.0, 2.0]
    (x * y).sum().backward(inputs=y, create_graph=True)
    assert y.grad.tolist() == [2.0, 4.0]
    x.grad = y.grad = None
    with pytest.raises(GraphError, match="2 tensors but 1 grad_tensors"):
        autograd.backward([x, y], [minigrad.ones(2)])
    with pytest.raises(GraphError, match="inputs must be leaves"):
        x.sum().backward(inputs=[])


def test_anomalies_for_good_and_in_a_block():
    zero = minigrad.tensor([0.0])
    with autograd.set_detect_anomaly(True), pytest.raises(AnomalyError):
        zero.log()
    zero.log()
    autograd.set_detect_anomaly(True)
    with pytest.raises(AnomalyError):
        zero.log()
    autograd.set_detect_anomaly(mode=False)
    zero.log()
    with autograd.detect_anomaly(check_nan=True), pytest.raises(AnomalyError):
        zero.log()


# ── what is saved ─────────────────────────────────────────────────────────────────────────────────

def test_saved_tensors_are_packed_and_unpacked():
    x, kept = minigrad.tensor([2.0, 3.0], requires_grad=True), []

    def pack(t):
        kept.append(t.numpy().copy())
        return len(kept) - 1
    with saved_tensors_hooks(pack, lambda i: minigrad.tensor(kept[i])):
        y = (x * x).exp().sum()
    assert [k.tolist() for k in kept[:2]] == [[2.0, 3.0]] * 2
    y.backward(retain_graph=True)
    assert np.allclose(x.grad.numpy(), 2 * x.detach().numpy() * np.exp([4.0, 9.0]))
    with pytest.raises(GraphError, match="create_graph"):
        y.backward(create_graph=True)
    with saved_tensors_hooks(pack, lambda i: kept[i]), pytest.raises(TypeError, match="unpack must return"):
        (x * x).sum().backward()
    with save_on_cpu():
        (x * x).sum().backward(inputs=[x])


def test_custom_functions_save_through_hooks_too():
    class Square(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0]
    x, seen = minigrad.tensor([2.0], requires_grad=True), []
    with saved_tensors_hooks(lambda t: seen.append(t.tolist()) or t, lambda t: t):
        y = Square.apply(x)
    y.backward()
    assert seen == [[2.0]] and x.grad.tolist() == [4.0]


def net():
    minigrad.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 8), nn.ReLU(),
                         nn.Linear(8, 1))


@pytest.mark.parametrize("run", [lambda model, x: checkpoint(model, x, use_reentrant=False),
                                 lambda model, x: checkpoint(model, x),
                                 lambda model, x: checkpoint_sequential(model, 3, x)])
@pytest.mark.parametrize("requires_grad", [True, False])
def test_a_checkpoint_has_the_gradients_of_the_whole(run, requires_grad):
    found = []
    for how in (run, lambda model, x: model(x)):
        model = net()
        x = minigrad.tensor(A.astype(np.float32), requires_grad=requires_grad)
        minigrad.manual_seed(1)
        loss = (how(model, x) ** 2).sum()
        after = minigrad.get_rng_state()
        loss.backward()
        assert minigrad.get_rng_state() == after
        found.append([loss, x.grad if requires_grad else loss, *[p.grad for p in model.parameters()]])
    for a, b in zip(*found):
        assert np.array_equal(a.detach().numpy(), b.detach().numpy())


def test_a_checkpoint_keeps_nothing_between():
    big = []

    def part(x):
        y = x.exp()
        big.append(weakref.ref(y._array))
        return (y * y).tanh()
    x = minigrad.tensor(A, requires_grad=True)
    y = checkpoint(part, x)
    gc.collect()
    assert big[0]() is None
    y.sum().backward()
    (part(x)).sum().backward()
    assert len(big) == 3 and x.grad is not None


def test_a_function_that_computes_something_else_the_second_time():
    sizes = iter([2, 3])

    def part(x):
        return (x.exp()[:next(sizes)] ** 2).sum()
    x = minigrad.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = checkpoint(part, x)
    with pytest.raises((GraphError, ShapeError), match="checkpoint"):
        y.backward()
    with pytest.raises(ValueError, match="2 layers cannot be cut into 3"):
        checkpoint_sequential([abs, abs], 3, x)


def test_random_numbers_go_on_after_a_fork():
    minigrad.manual_seed(0)
    a = minigrad.rand(2).tolist()
    minigrad.manual_seed(0)
    with minigrad.random.fork_rng():
        minigrad.rand(7)
    assert minigrad.rand(2).tolist() == a
