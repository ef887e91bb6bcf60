"""Softmax with one maximum for all rows: the same as with each row's own, not at the price of digits."""
import numpy as np
import pytest

from minigrad.backend import softmax as module
from minigrad.backend.softmax import softmax, softmax_rows
from minigrad.backend.tuning import COMMON_MAXIMUM as LARGE


def rows(dtype=np.float32, spread=1.0, shift=0.0):
    random = np.random.default_rng(0)
    x = random.standard_normal((LARGE // 64, 64)) + shift * random.standard_normal((LARGE // 64, 1))
    return (spread * x).astype(dtype)


@pytest.fixture
def own_maxima(monkeypatch):
    """Counts the calls of the definition, without the kernels, which need no such trick."""
    calls = []
    monkeypatch.setattr(module, "has_kernels", lambda *arrays: False)
    monkeypatch.setattr(module, "softmax_rows", lambda x, dim: calls.append(dim) or softmax_rows(x, dim))
    return calls


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("dtype, digits", [(np.float32, 2e-6), (np.float64, 1e-14)])
def test_large_arrays_with_one_maximum(own_maxima, dim, dtype, digits):
    x = rows(dtype)
    exact = softmax_rows(x.astype(np.longdouble), dim)
    np.testing.assert_allclose(softmax(x, dim).astype(np.longdouble), exact, rtol=digits)
    assert not own_maxima and softmax(x, dim).dtype == dtype


def test_masked_entries_stay_zero_with_one_maximum(own_maxima):
    x = rows()
    x[:, 40:] = -np.inf
    y = softmax(x, 1)
    assert not own_maxima and (y[:, 40:] == 0).all()
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-5)


def test_rows_far_below_the_common_maximum_keep_their_digits(own_maxima):
    x = rows()
    x[7] -= 200                                     # its exponentials would all be 0
    x[8] -= 30
    exact = softmax_rows(x.astype(np.float64), 1)
    np.testing.assert_allclose(softmax(x, 1), exact, rtol=2e-6)
    assert own_maxima == [1]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_stays_in_its_row(own_maxima, bad):
    x = rows()
    x[3] = bad
    with np.errstate(invalid="ignore"):
        y = softmax(x, 1)
    assert np.isnan(y[3]).all() and np.isfinite(np.delete(y, 3, axis=0)).all()
    assert own_maxima == [1]
