"""The gradient check itself is checked: every planted mistake has to be caught."""
import numpy as np
import pytest

import minigrad
from minigrad.autograd import Function
from minigrad.check import GradCheckError, compare, gradcheck, gradgradcheck


def leaf(*shape, seed=0):
    values = np.random.default_rng(seed).uniform(0.3, 2.0, shape)
    return minigrad.tensor(values, requires_grad=True)


class WrongSign(Function):
    def forward(self, x):
        self.save(x)
        return np.cos(x)

    def backward(self, g):
        (x,) = self.saved
        return g * np.sin(x)                        # − is missing


class MissingFactor(Function):
    def forward(self, x):
        self.save(x)
        return x ** 3

    def backward(self, g):
        (x,) = self.saved
        return g * x ** 2                           # 3 is missing


class MissingMean(Function):
    def forward(self, x):
        self.save(x)
        return np.asarray((x * x).mean())

    def backward(self, g):
        (x,) = self.saved
        return g * 2 * x                            # 1/n is missing


class MissingSum(Function):
    """The bias of a linear layer, taken from the last sample alone."""

    def forward(self, x, b):
        return x + b

    def backward_x(self, g):
        return g

    def backward_b(self, g):
        return g[-1]


class MissingTranspose(Function):
    def forward(self, x, w):
        self.save(x, w)
        return x @ w

    def backward_x(self, g):
        return g @ self.saved[1]                    # wᵀ on square matrices

    def backward_w(self, g):
        return self.saved[0].T @ g


class FlatSoftmax(Function):
    """Softmax with gradient 0, which a cotangent of ones would find right."""

    def forward(self, x):
        y = np.exp(x - x.max(-1, keepdims=True))
        return y / y.sum(-1, keepdims=True)

    def backward(self, g):
        return g * 0


class FlatNormalization(Function):
    """(x − mean) / deviation with gradient 0: right for a cotangent of ones, too."""

    def forward(self, x):
        return (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)

    def backward(self, g):
        return g * 0


class WrongMask(Function):
    def forward(self, x):
        self.save(x)
        return np.maximum(x, 1)

    def backward(self, g):
        (x,) = self.saved
        return g * (x > 0)                          # x > 1


class LostRepeats(Function):
    """Rows picked twice: the gradient is written where it should be added."""

    def forward(self, x):
        self.rows = x.shape
        return x[[0, 0, 1]]

    def backward(self, g):
        out = np.zeros(self.rows)
        out[[0, 0, 1]] = g
        return out


class WrongSecondInput(Function):
    def forward(self, x, y):
        self.save(x, y)
        return x / y

    def backward_x(self, g):
        return g / self.saved[1]

    def backward_y(self, g):
        x, y = self.saved
        return -g * x / y                           # / y²


class SlightlyWrong(Function):
    """GELU's derivative with 0.044715 in place of 3 · 0.044715: off by a few per cent."""

    def forward(self, x):
        self.save(x)
        return 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x ** 3)))

    def backward(self, g):
        (x,) = self.saved
        t = np.tanh(0.7978845608 * (x + 0.044715 * x ** 3))
        return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * 0.7978845608 * (1 + 0.044715 * x * x))


PLANTED = [(WrongSign, [(3,)], 0), (MissingFactor, [(2, 2)], 0), (MissingMean, [(4,)], 0),
           (MissingSum, [(3, 2), (2,)], 1), (MissingTranspose, [(2, 2), (2, 2)], 0),
           (FlatSoftmax, [(2, 3)], 0), (FlatNormalization, [(2, 4)], 0), (WrongMask, [(20,)], 0),
           (LostRepeats, [(2, 2)], 0), (WrongSecondInput, [(3,), (3,)], 1), (SlightlyWrong, [(5,)], 0)]


@pytest.mark.parametrize("op, shapes, guilty", PLANTED, ids=[op.__name__ for op, *_ in PLANTED])
def test_planted_mistake_is_caught_and_the_input_named(op, shapes, guilty):
    inputs = [leaf(*shape, seed=i) for i, shape in enumerate(shapes)]
    assert gradcheck(op.apply, inputs, raise_exception=False) is False
    name = op.input_names[guilty]
    with pytest.raises(GradCheckError, match=rf"{op.__name__}: .*input {guilty} \({name}, shape ") as caught:
        gradcheck(op.apply, inputs)
    assert isinstance(caught.value, AssertionError) and isinstance(caught.value, RuntimeError)
    assert [r.position for r in compare(op.apply, inputs) if not r.passed] == [guilty]


@pytest.mark.parametrize("op", [FlatSoftmax, FlatNormalization])
def test_a_cotangent_of_ones_would_be_blind(op):
    """What the random cotangent is for: with ones in its place, these two mistakes pass."""
    x = leaf(2, 4)
    assert gradcheck(lambda x: op.apply(x).sum(), x)
    assert not gradcheck(op.apply, x, raise_exception=False)


def test_message_names_worst_entry_both_values_and_their_ratio():
    x = minigrad.tensor([1.0, 2.0, 4.0], requires_grad=True)
    with pytest.raises(GradCheckError) as caught:
        gradcheck(lambda x: MissingFactor.apply(x), x)
    (result,) = compare(MissingFactor.apply, x)
    assert result.worst == (2,) or np.abs(result.analytic - result.numeric).argmax() == result.worst[0]
    assert np.allclose(result.analytic / result.numeric, 1 / 3)
    text = str(caught.value)
    assert "input 0 (x, shape (3,)) is wrong in 3 of 3 entries" in text
    assert f"worst at {list(result.worst)}: analytic −6.1275, numeric −18.3824" in text
    assert "analytic / numeric is 0.333333 everywhere: a factor 3 is missing" in text


def test_nan_gradient_is_wrong():
    class NotANumber(Function):
        def forward(self, x):
            return x * 2

        def backward(self, g):
            return g * np.nan
    assert not gradcheck(NotANumber.apply, leaf(2), raise_exception=False)


def test_entries_at_a_kink_are_left_out_but_not_a_wrong_slope_there():
    x = minigrad.tensor([0.0, 1.0, -1.0], requires_grad=True)
    (result,) = compare(minigrad.relu, x)
    assert result.passed and result.kinks.tolist() == [True, False, False] and result.compared == 2

    class Steep(Function):
        def forward(self, x):
            return np.maximum(x, 0)

        def backward(self, g):
            return g * np.array([3.0, 1.0, 0.0])    # no slope between 0 and 1 at the kink
    (result,) = compare(Steep.apply, x)
    assert result.wrong.tolist() == [True, False, False]
    assert gradcheck(minigrad.relu, minigrad.zeros(2, requires_grad=True)), "it is right beside the kinks"


def test_kinks_are_counted_in_the_message():
    class Wrong(Function):
        def forward(self, x):
            return np.maximum(x, 0)

        def backward(self, g):
            return g * np.array([0.0, 2.0])
    left_out = "1 entry at a kink, where no derivative exists, was left"
    with pytest.raises(GradCheckError, match=f"in 1 of 1 entries(.|\n)*{left_out}"):
        gradcheck(Wrong.apply, minigrad.tensor([0.0, 1.0], requires_grad=True))


def test_inputs_keep_their_values_gradients_and_dtype():
    x = minigrad.rand(3, requires_grad=True)
    before = x.detach().clone()
    assert gradcheck(lambda x: x.exp(), x) and gradgradcheck(lambda x: x.exp(), x)
    assert x.grad is None and x.dtype == minigrad.float32 and minigrad.equal(x.detach(), before)


def test_broadcast_and_strided_inputs_and_several_outputs():
    base = minigrad.tensor(np.arange(1.0, 4.0))
    wide = base.expand(2, 3).requires_grad_()
    turned = leaf(3, 2).detach().T.requires_grad_()
    assert gradcheck(lambda x, y: (x * y, (x / y).sum(0)), [wide, turned])
    assert gradgradcheck(lambda x, y: (x * y, (x / y).sum(0)), [wide, turned])


def test_inputs_without_gradient_and_other_arguments_are_passed_on():
    assert gradcheck(lambda x, power, y: x ** power * y, [leaf(2), 3, minigrad.ones(2)])
    with pytest.raises(minigrad.errors.GraphError, match="requires_grad=True"):
        gradcheck(minigrad.exp, minigrad.ones(2))


def test_random_functions_are_refused():
    with pytest.raises(GradCheckError, match="called again"):
        gradcheck(lambda x: minigrad.dropout(x), minigrad.ones(50, requires_grad=True))


def test_wrong_second_derivative_is_caught():
    class Cube(Function):
        """x³ with the right gradient, which hides its dependence on x from the second derivative."""

        def forward(self, x):
            self.constant = 3 * x * x
            return x ** 3

        def backward(self, g):
            return g * self.constant
    x = leaf(3)
    assert gradcheck(Cube.apply, x)
    with pytest.raises(GradCheckError, match="second derivative: Cube"):
        gradgradcheck(Cube.apply, x)
    assert gradgradcheck(lambda x: x ** 3, x)


def test_gradgradcheck_takes_upstream_gradients():
    x = leaf(2)
    assert gradgradcheck(lambda x: x.tanh(), x, minigrad.tensor([1.0, -2.0], dtype=minigrad.float64))
