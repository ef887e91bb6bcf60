"""A layer refuses an input of another floating dtype, as PyTorch does."""
import numpy as np
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import DTypeError


@pytest.mark.parametrize("layer, shape", [(nn.Linear(3, 2), (4, 3)), (nn.Conv2d(1, 2, 3), (1, 1, 5, 5)),
                                          (nn.ConvTranspose2d(1, 2, 3), (1, 1, 5, 5)),
                                          (nn.Conv1d(1, 2, 3), (1, 1, 5))], ids=lambda v: str(v)[:16])
def test_float64_into_a_float32_layer(layer, shape):
    x = minigrad.from_numpy(np.ones(shape))
    with pytest.raises(DTypeError, match="input is float64, but the weight is float32. Convert the input"):
        layer(x)
    assert layer.double()(x).dtype == minigrad.float64
