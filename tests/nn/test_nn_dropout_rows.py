"""Channel dropout on a matrix, as PyTorch's examples use it."""
import pytest

import minigrad


def test_dropout2d_of_a_matrix_drops_entries_and_says_so():
    with pytest.warns(UserWarning, match=r"dropout2d: in \(50, 40\) every entry is a channel"):
        out = minigrad.nn.Dropout2d(0.25)(minigrad.ones(50, 40))
    assert {round(v, 4) for v in out.flatten().tolist()} == {0.0, 1.3333}
    assert 0.6 < float((out > 0).double().mean()) < 0.9
    assert minigrad.nn.Dropout2d(0.25).eval()(minigrad.ones(2, 2)).tolist() == [[1, 1], [1, 1]]
