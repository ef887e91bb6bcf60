"""summary: the counts are right, and the model is as it was afterwards."""
from __future__ import annotations

from typing import Any

import pytest

import minigrad
from minigrad import nn
from minigrad.errors import ShapeError
from minigrad.nn.summary import summary


def document_c() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(5408, 64), nn.ReLU(), nn.Linear(64, 10))


def test_the_network_of_document_c() -> None:
    found = summary(document_c(), (1, 28, 28))
    assert found.parameters == found.trainable_parameters == 347_146
    assert [layer.output_shape for layer in found.layers] == [
        (32, 26, 26), (32, 26, 26), (32, 13, 13), (5408,), (64,), (64,), (10,)]
    assert [layer.parameters for layer in found.layers] == [320, 0, 0, 0, 346_176, 0, 650]
    conv = 32 * 26 * 26 * (9 + 8 + 1)          # products, their sums, the bias
    assert found.layers[0].flops == conv
    assert found.layers[2].flops == 32 * 13 * 13 * 3
    assert found.layers[6].flops == 10 * (64 + 63 + 1)
    assert found.flops == sum(layer.flops or 0 for layer in found.layers)
    assert found.parameter_bytes == 4 * 347_146
    text = str(found)
    assert "347,146" in text and "32×26×26" in text and max(map(len, text.splitlines())) <= 110


def test_no_bias_saves_its_additions() -> None:
    assert summary(nn.Linear(4, 3, bias=False), (4,)).flops == 3 * (4 + 3)
    assert summary(nn.Conv2d(2, 5, 3, bias=False), (2, 4, 4)).flops == 5 * 2 * 2 * (18 + 17)


def test_the_model_is_left_as_it_was() -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.drop = nn.Dropout(0.5)
            self.modes: list[Any] = []

        def forward(self, x: Any) -> Any:
            self.modes.append((self.training, minigrad.is_grad_enabled()))
            return self.drop(x)

    model = nn.Sequential(nn.Linear(3, 3), Counting())
    model[0].eval()
    state, random = model.state_dict(), minigrad.get_rng_state()
    summary(model, (3,))
    assert model[1].modes == [(False, False)]
    assert model.training and not model[0].training and model[1].drop.training
    assert not any(module.watched() for module in model.modules())
    assert list(model.state_dict()) == list(state) and minigrad.get_rng_state() == random


def test_the_model_is_left_as_it_was_after_an_error() -> None:
    model = document_c()
    with pytest.raises(ShapeError, match="5408"):
        summary(model, (1, 30, 30))
    assert model.training and not any(module.watched() for module in model.modules())


def test_layers_that_run_as_one_have_a_row_each() -> None:
    """A convolution of this size, its ReLU and its pooling otherwise run as one operation."""
    model = nn.Sequential(nn.Conv2d(3, 64, 3), nn.ReLU(), nn.MaxPool2d(2))
    assert [layer.output_shape for layer in summary(model, (3, 224, 224)).layers] == [
        (64, 222, 222), (64, 222, 222), (64, 111, 111)]
    assert not any(layer.watched() for layer in model), "the hooks are removed"


def test_shared_layers_and_own_parameters_count_once() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(minigrad.ones(3))
            self.layer = nn.Linear(3, 3)

        def forward(self, x: Any) -> Any:
            return self.layer(self.layer(x)) * self.scale

    model = Net()
    model.layer.bias.requires_grad = False
    found = summary(model, (3,))
    assert [(x.name, x.parameters, x.shared) for x in found.layers] == [
        ("(model)", 3, False), ("layer", 12, False), ("layer", 0, True)]
    assert (found.parameters, found.trainable_parameters) == (15, 12)
    assert found.layers[0].flops is None and "at least" in str(found)


def test_several_inputs_and_bad_shapes() -> None:
    class Add(nn.Module):
        def forward(self, a: Any, b: Any) -> Any:
            return a + b

    assert summary(Add(), [(3, 2), (2,)]).layers[0].output_shape == (3, 2)
    for shape in ((0, 28), ("1", 28), (1.5,)):
        with pytest.raises(ShapeError, match="input_shape"):
            summary(document_c(), shape)
