"""A ModuleList may hold None where a layer is left out, as PyTorch's does."""
from minigrad import nn


def test_an_empty_place_in_a_list_of_modules_is_kept():
    first, last = nn.Linear(2, 2), nn.ReLU()
    layers = nn.ModuleList([first, None, last])
    assert len(layers) == 3 and list(layers) == [first, None, last]
    assert layers[1] is None and layers[2] is last and len(list(layers.parameters())) == 2
    a, b, c = layers
    assert (a, b, c) == (first, None, last)
