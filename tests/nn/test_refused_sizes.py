"""Layers refuse sizes that are no ints, flags that are no bools and options out of range at once."""
import pytest

import minigrad
from minigrad import nn
from minigrad.errors import DTypeError, ShapeError

RECURRENT = [nn.RNN, nn.LSTM, nn.GRU]
SIZES = {
    "Linear": (lambda n: nn.Linear(n, 2), "in_features"),
    "Linear out": (lambda n: nn.Linear(2, n), "out_features"),
    "Conv2d": (lambda n: nn.Conv2d(n, 2, 3), "in_channels"),
    "Conv1d": (lambda n: nn.Conv1d(2, n, 3), "out_channels"),
    "ConvTranspose2d": (lambda n: nn.ConvTranspose2d(n, 2, 3), "in_channels"),
    "Conv2d groups": (lambda n: nn.Conv2d(2, 2, 3, groups=n), "groups"),
    "BatchNorm1d": (nn.BatchNorm1d, "num_features"), "BatchNorm2d": (nn.BatchNorm2d, "num_features"),
    "LayerNorm": (nn.LayerNorm, "normalized_shape"),
    "LayerNorm of two": (lambda n: nn.LayerNorm((2, n)), "normalized_shape"),
    "GroupNorm": (lambda n: nn.GroupNorm(n, 4), "num_groups"),
    "Embedding": (lambda n: nn.Embedding(n, 4), "num_embeddings"),
    "MultiheadAttention": (lambda n: nn.MultiheadAttention(4, n), "num_heads"),
    "NLLLoss": (lambda n: nn.NLLLoss(ignore_index=n), "ignore_index"),
    "CrossEntropyLoss": (lambda n: nn.CrossEntropyLoss(ignore_index=n), "ignore_index"),
}


@pytest.mark.parametrize("wrong", [2.0, "2", None, True], ids=repr)
@pytest.mark.parametrize("case", SIZES)
def test_a_size_that_is_no_int_is_refused_by_name(case, wrong):
    make, name = SIZES[case]
    with pytest.raises(TypeError, match=f"{case.split()[0]}: {name} must be an int, got {wrong!r}"):
        make(wrong)


@pytest.mark.parametrize("layer", RECURRENT, ids=lambda layer: layer.__name__)
@pytest.mark.parametrize("name", ["input_size", "hidden_size", "num_layers"])
def test_recurrent_layers_refuse_other_sizes(layer, name):
    for wrong, error in ((3.0, TypeError), ("3", TypeError), (0, ShapeError), (-1, ShapeError)):
        with pytest.raises(error, match=f"{layer.__name__}: .*{name}"):
            layer(**{"input_size": 3, "hidden_size": 5, name: wrong})


@pytest.mark.parametrize("layer", RECURRENT, ids=lambda layer: layer.__name__)
@pytest.mark.parametrize("flag", ["bias", "batch_first", "bidirectional"])
@pytest.mark.parametrize("wrong", [0, 1, "True", "False", None], ids=repr)
def test_recurrent_layers_refuse_flags_that_are_no_bools(layer, flag, wrong):
    with pytest.raises(TypeError, match=f"{layer.__name__}: {flag} must be True or False, got {wrong!r}"):
        layer(3, 5, **{flag: wrong})


@pytest.mark.parametrize("wrong, error", [(1.5, ValueError), (-0.1, ValueError), (True, ValueError),
                                          ("0.5", TypeError)])
def test_recurrent_layers_refuse_a_dropout_that_is_no_share(wrong, error):
    with pytest.raises(error, match="LSTM: dropout"):
        nn.LSTM(3, 5, num_layers=2, dropout=wrong)


@pytest.mark.parametrize("layer", RECURRENT, ids=lambda layer: layer.__name__)
def test_recurrent_layers_speak_of_themselves_for_another_dtype(layer):
    with pytest.raises(DTypeError, match=f"{layer.__name__}: the input is float64"):
        layer(3, 5)(minigrad.zeros(2, 4, 3, dtype=minigrad.float64))


@pytest.mark.parametrize("layer, x", [(nn.BatchNorm1d, minigrad.randn(4, 3)),
                                      (nn.BatchNorm2d, minigrad.randn(4, 3, 2, 2))])
def test_batch_norm_refuses_an_eps_that_would_give_nan(layer, x):
    for wrong, error in ((-1.0, ValueError), (float("nan"), ValueError), ("1e-5", TypeError)):
        with pytest.raises(error, match=f"{layer.__name__}: eps"):
            layer(3, eps=wrong)
    with pytest.raises(ValueError, match="batch_norm: eps"):
        layer(3, eps=0.0)(x)
    assert minigrad.isfinite(layer(3, eps=0.0).eval()(x)).all()


@pytest.mark.parametrize("make, name", [
    (lambda: nn.HuberLoss(delta=1j), "HuberLoss: delta"),
    (lambda: nn.SmoothL1Loss(beta="1"), "SmoothL1Loss: beta"),
    (lambda: nn.CrossEntropyLoss(label_smoothing="0"), "CrossEntropyLoss: label_smoothing"),
    (lambda: nn.Dropout("0.5"), "Dropout: p"), (lambda: nn.Dropout2d("0.5"), "Dropout2d: p")])
def test_options_of_layers_are_numbers(make, name):
    with pytest.raises(TypeError, match=f"{name} must be a number"):
        make()


@pytest.mark.parametrize("make, error", [(lambda: nn.Conv2d(1, 2, 3, padding="full"), ValueError),
                                         (lambda: nn.Conv2d(1, 2, 3, padding=-1), ShapeError),
                                         (lambda: nn.Conv2d(1, 2, 3, stride=2, padding="same"), ShapeError),
                                         (lambda: nn.Conv1d(1, 2, 3, padding=(1, 1)), ShapeError)])
def test_convolutions_refuse_their_padding_when_they_are_made(make, error):
    with pytest.raises(error, match="Conv[12]d: padding"):
        make()


def test_ctc_refuses_more_symbols_than_the_target_has():
    frames = nn.functional.log_softmax(minigrad.zeros(6, 5), -1)
    with pytest.raises(ShapeError, match="3 symbols"):
        nn.functional.ctc_loss(frames, minigrad.tensor([1, 2, 3, 4]), [6], [3])
