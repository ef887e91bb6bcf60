"""Values and gradients of operations and layers against PyTorch, the same numbers in both."""
import numpy as np
import pytest

import minigrad
import minigrad.nn.functional as F

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
TF = torch.nn.functional


def compare(ours, theirs, *arrays, rtol=1e-5, atol=1e-6):
    """Run both on float32 copies; compare results and the gradients of a random weighting."""
    xs = [minigrad.tensor(a.astype(np.float32), requires_grad=True) for a in arrays]
    ts = [torch.tensor(a.astype(np.float32), requires_grad=True) for a in arrays]
    y, ty = ours(*xs), theirs(*ts)
    assert tuple(y.shape) == tuple(ty.shape)
    assert np.allclose(y.detach().numpy(), ty.detach().numpy(), rtol, atol, equal_nan=True)
    g = np.random.default_rng(5).standard_normal(tuple(ty.shape)).astype(np.float32)
    y.backward(minigrad.tensor(g))
    ty.backward(torch.tensor(g))
    for x, t in zip(xs, ts):
        expected = np.zeros(x.shape) if t.grad is None else t.grad.numpy()
        assert np.allclose(x.grad.numpy(), expected, rtol, atol, equal_nan=True)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


SAME = [
    ("exp", (3, 2)), ("sin", (4,)), ("cos", (4,)), ("tanh", ()), ("sigmoid", (2, 3)), ("relu", (2, 3)),
    ("abs", (5,)), ("neg", (5,)), ("square", (3,)), ("sign", (3,)),
]


@pytest.mark.parametrize("name, shape", SAME)
def test_one_input(name, shape):
    compare(getattr(minigrad, name), getattr(torch, name), normal(*shape))


EXPRESSIONS = {
    "sum": lambda x: x.sum(), "sum dim": lambda x: x.sum(1), "sum dims": lambda x: x.sum((0, 2), True),
    "mean": lambda x: x.mean(), "mean dim": lambda x: x.mean(-1), "var": lambda x: x.var(1),
    "var biased": lambda x: x.var(dim=1, unbiased=False), "std": lambda x: x.std(0),
    "prod": lambda x: x.prod(1), "amax": lambda x: x.amax(1), "amin": lambda x: x.amin((0, 1)),
    "max": lambda x: x.max(),
    "max dim": lambda x: x.max(2).values, "min dim": lambda x: x.min(dim=0, keepdim=True)[0],
    "softmax": lambda x: x.softmax(1), "log_softmax": lambda x: x.log_softmax(-1),
    "logsumexp": lambda x: x.logsumexp(1), "permute": lambda x: x.permute(2, 0, 1) * x.permute(2, 0, 1),
    "transpose": lambda x: x.transpose(0, -1).exp(), "reshape": lambda x: x.reshape(4, -1) ** 2,
    "flatten": lambda x: x.flatten(1).tanh(), "slices": lambda x: x[:, 1:, ::2] * 2,
    "int": lambda x: x[1, -1], "None": lambda x: x[None, ..., 0], "clamp": lambda x: x.clamp(-0.5, 0.5),
    "expand": lambda x: x.unsqueeze(0).expand(5, -1, -1, -1) ** 2, "chunk": lambda x: x.chunk(2, 1)[0].exp(),
    "flip": lambda x: x.flip(0, 2) * x, "pow": lambda x: (x * x + 1) ** 1.5, "rsub": lambda x: 2 - x,
    "rdiv": lambda x: 2 / (x * x + 1), "rpow": lambda x: 2 ** x, "squeeze": lambda x: x[:, :1].squeeze(1),
    "mT": lambda x: x.mT @ x, "unbind": lambda x: x.unbind(1)[1] * 3,
    "movedim": lambda x: x.movedim(0, 2).exp(),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions_that_read_the_same(name):
    compare(EXPRESSIONS[name], EXPRESSIONS[name], normal(2, 3, 4), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("first, second", [((3, 4), (4, 2)), ((4,), (4, 2)), ((3, 4), (4,)), ((4,), (4,)),
                                           ((2, 3, 4), (4, 2)), ((5, 1, 3, 4), (2, 4, 2)), ((2, 3, 4), (4,)),
                                           ((4,), (2, 4, 3))])
def test_matmul(first, second):
    compare(lambda x, w: x @ w, lambda x, w: x @ w, normal(*first), normal(*second, seed=1))


def test_ties():
    """Where PyTorch passes the gradient to the first, to all evenly, or to none, so do we."""
    x = np.array([[1.0, 3.0, 3.0, 3.0], [2.0, 2.0, 0.0, 2.0]])
    for f in (lambda x: x.max(1).values, lambda x: x.amax(1), lambda x: x.max(), lambda x: x.min(1).values,
              lambda x: x.amin((0, 1)), lambda x: x.clamp(2.0, 3.0), lambda x: (x - 2).relu(),
              lambda x: (x - 2).abs()):
        compare(f, f, x)
    compare(minigrad.maximum, torch.maximum, x, x[::-1])
    compare(minigrad.minimum, torch.minimum, x, x[::-1])


def test_slopes_at_the_edge_of_the_domain():
    zero = np.array([0.0, 1.0])
    for f in (lambda x: x.sqrt(), lambda x: x.log(), lambda x: x ** 0.5, lambda x: x ** 2, lambda x: x ** 0,
              lambda x: x ** 1, lambda x: x.prod(), lambda x: 0 ** (x + 1)):
        compare(f, f, zero)
    compare(lambda x, y: x ** y, lambda x, y: x ** y, np.array([0.0, 0.0, 2.0]), np.array([0.0, 2.0, 0.0]))


def test_extreme_logits():
    x = np.array([[1000.0, 0.0, -1000.0], [-1e30, 1e30, 0.0], [0.0, 0.0, 0.0]])
    compare(lambda x: x.softmax(1), lambda x: x.softmax(1), x)
    compare(lambda x: x.log_softmax(1), lambda x: x.log_softmax(1), x[::2])
    compare(lambda x: x.sigmoid(), lambda x: x.sigmoid(), x)
    target = np.array([0, 1, 2])
    compare(lambda x: F.cross_entropy(x, minigrad.tensor(target)),
            lambda x: TF.cross_entropy(x, torch.tensor(target)), x)


def test_indexing_with_arrays_and_masks():
    rows, columns = np.array([0, 0, 2]), np.array([1, 1, 3])
    compare(lambda x: x[minigrad.tensor(rows)], lambda x: x[torch.tensor(rows)], normal(3, 4))
    compare(lambda x: x[rows, columns], lambda x: x[torch.tensor(rows), torch.tensor(columns)], normal(3, 4))
    compare(lambda x: x[x > 0], lambda x: x[x > 0], normal(3, 4))
    index = np.array([[0, 2, 1], [1, 0, 0]])
    compare(lambda x: x.gather(1, minigrad.tensor(index)), lambda x: x.gather(1, torch.tensor(index)),
            normal(3, 4))


def test_joining():
    compare(lambda a, b: minigrad.cat([a, b, a], 1), lambda a, b: torch.cat([a, b, a], 1), normal(2, 3),
            normal(2, 1))
    compare(lambda a, b: minigrad.stack([a, b], -1), lambda a, b: torch.stack([a, b], -1), normal(2, 3),
            normal(2, 3, seed=1))
    compare(lambda x: F.pad(x, (1, 2, 0, 1), value=3.0), lambda x: TF.pad(x, (1, 2, 0, 1), value=3.0),
            normal(2, 3))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses(reduction):
    target = np.array([0, 2, 1, 1])
    compare(lambda x: F.cross_entropy(x, minigrad.tensor(target), reduction=reduction),
            lambda x: TF.cross_entropy(x, torch.tensor(target), reduction=reduction), normal(4, 3))
    q = np.random.default_rng(0).dirichlet(np.ones(3), 4)
    compare(lambda x, q: F.cross_entropy(x, q, reduction=reduction),
            lambda x, q: TF.cross_entropy(x, q, reduction=reduction), normal(4, 3), q)
    compare(lambda x, y: F.mse_loss(x, y, reduction=reduction),
            lambda x, y: TF.mse_loss(x, y, reduction=reduction), normal(4, 3), normal(4, 3, seed=1))


GEOMETRIES = [dict(), dict(stride=2), dict(padding=1), dict(stride=(2, 1), padding=(0, 2), dilation=(1, 2)),
              dict(padding="same"), dict(padding="same", dilation=2), dict(padding="valid"),
              dict(stride=3, dilation=2, padding=2)]


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("options", GEOMETRIES, ids=str)
@pytest.mark.parametrize("kernel", [(3, 3), (1, 1), (2, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_conv2d(options, kernel, bias):
    inputs = [normal(2, 3, 7, 8), normal(4, 3, *kernel, seed=1)] + [normal(4, seed=2)] * bias
    compare(lambda *a: F.conv2d(*a, **options), lambda *a: TF.conv2d(*a, **options), *inputs, rtol=1e-4,
            atol=1e-4)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_conv2d_same_puts_the_odd_row_at_the_end():
    compare(lambda x, w: F.conv2d(x, w, padding="same"), lambda x, w: TF.conv2d(x, w, padding="same"),
            normal(1, 1, 4, 4), normal(1, 1, 2, 2), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("options", [dict(kernel_size=2), dict(kernel_size=3, stride=1, padding=1),
                                     dict(kernel_size=(2, 3), stride=(1, 2)), dict(kernel_size=2, dilation=2),
                                     dict(kernel_size=3, stride=3, padding=1)], ids=str)
def test_max_pool2d(options):
    x = np.round(normal(2, 3, 7, 8))            # whole numbers: many ties
    compare(lambda x: F.max_pool2d(x, **options), lambda x: TF.max_pool2d(x, **options), x)


def test_second_derivative_of_a_network():
    """The gradient penalty ‖∂L/∂x‖², differentiated by the weights."""
    x, w, v, b = normal(2, 1, 5, 5), normal(3, 1, 3, 3), normal(12, 2), normal(3)

    def penalty(x, w, v, b, conv, pool, grad):
        h = pool(conv(x, w, b).tanh(), 2, 1).reshape(2, -1) @ v
        (g,) = grad((h * h).sum(), x, create_graph=True)
        return (g * g).sum()
    compare(lambda *a: penalty(*a, F.conv2d, F.max_pool2d, minigrad.autograd.grad),
            lambda *a: penalty(*a, TF.conv2d, TF.max_pool2d, torch.autograd.grad), x, w, v, b,
            rtol=1e-3, atol=1e-3)
