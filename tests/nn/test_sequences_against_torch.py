"""Packed sequences, recurrent cells and the whole transformer beside PyTorch's."""
import numpy as np
import pytest

import minigrad
from minigrad.errors import RangeError, ShapeError

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore::UserWarning")]

X = np.random.default_rng(0).standard_normal((6, 4, 3))                 # (T, N, features)
REAL = np.random.default_rng(1)


def compare(make, call):
    """The same state; results of ``call(library, module)`` and the gradients of all parameters."""
    theirs = make(torch.nn).double()
    ours = make(minigrad.nn).double()
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    ours.load_state_dict({k: minigrad.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    for library, module in ((minigrad, ours), (torch, theirs)):
        module.results = call(library, module)
        sum((r * r * r).sum() for r in module.results).backward()
    for a, b in zip(ours.results, theirs.results):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), 1e-9, 1e-12)
    for (name, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters()):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), 1e-7, 1e-10, err_msg=name)
    return ours, theirs


def flat(out):
    return [part for value in out for part in flat(value)] if isinstance(out, tuple) else [out]


OPTIONS = [{}, {"num_layers": 2, "bidirectional": True}, {"bias": False, "batch_first": True}]


@pytest.mark.parametrize("lengths", [[6, 4, 4, 1], [2, 6, 1, 4], [6, 6, 6, 6]], ids=str)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU", "projected"])
def test_recurrent_layers_take_packed_sequences(name, options, lengths):
    if name == "projected":
        name, options = "LSTM", {**options, "proj_size": 2}
    first = options.get("batch_first", False)
    x = X.transpose(1, 0, 2).copy() if first else X

    def call(library, module):
        rnn = library.nn.utils.rnn
        packed = rnn.pack_padded_sequence(library.tensor(x), lengths, batch_first=first, enforce_sorted=False)
        y, state = module(packed)
        padded, back = rnn.pad_packed_sequence(y, batch_first=True, total_length=7)
        assert back.tolist() == lengths and tuple(padded.shape)[:2] == (4, 7)
        again, _ = module(packed, state)                                # from given states
        return [padded, again.data, *flat(state)]
    compare(lambda nn: getattr(nn, name)(3, 5, **options), call)


@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}], ids=str)
def test_projected_lstm(options):
    ours, theirs = compare(lambda nn: nn.LSTM(3, 5, proj_size=2, **options),
                           lambda library, module: flat(module(library.tensor(X))))
    assert repr(ours) == repr(theirs) and ours.flatten_parameters() is None


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name, more", [("RNNCell", {}), ("RNNCell", {"nonlinearity": "relu"}),
                                        ("LSTMCell", {}), ("GRUCell", {})])
def test_cells(name, more, bias):
    def call(library, cell):
        state = cell(library.tensor(X[0]))
        for t in range(1, 4):
            state = cell(library.tensor(X[t]), state)
        return flat(state) + flat(cell(library.tensor(X[0, 0])))
    ours, theirs = compare(lambda nn: getattr(nn, name)(3, 5, bias=bias, **more), call)
    assert repr(ours) == repr(theirs)
    for wrong in (lambda: ours(minigrad.ones(2, 4).double()), lambda: ours(minigrad.ones(2, 2, 3).double())):
        with pytest.raises(ShapeError, match=name):
            wrong()


def test_sequences_are_padded_packed_and_unpacked():
    for library in (minigrad, torch):
        rnn = library.nn.utils.rnn
        parts = [library.tensor(X[:n, 0]) for n in (2, 5, 3)]
        assert tuple(rnn.pad_sequence(parts).shape) == (5, 3, 3)
        left = rnn.pad_sequence(parts, batch_first=True, padding_value=7.0, padding_side="left")
        assert left[0, 0, 0].item() == 7 and np.array_equal(left[0, 3:].numpy(), X[:2, 0])
        packed = rnn.pack_sequence(parts, enforce_sorted=False)
        assert packed.batch_sizes.tolist() == [3, 3, 2, 1, 1] and packed.sorted_indices.tolist() == [1, 2, 0]
        assert packed.unsorted_indices.tolist() == [2, 0, 1]
        for a, b in zip(rnn.unpack_sequence(packed), parts):
            assert np.array_equal(a.numpy(), b.numpy())
    rnn = minigrad.nn.utils.rnn
    x = minigrad.tensor(X)
    packed = rnn.pack_padded_sequence(x, [6, 2, 1, 1])
    for wrong, error, words in (
            (lambda: rnn.pack_padded_sequence(x, [1, 2, 3, 4]), ValueError, "enforce_sorted"),
            (lambda: rnn.pack_padded_sequence(x, [7, 2, 1, 1]), RangeError, "lengths"),
            (lambda: rnn.pack_padded_sequence(x, [2, 1]), ShapeError, "lengths"),
            (lambda: rnn.pad_packed_sequence(packed, total_length=2), RangeError, "longest")):
        with pytest.raises(error, match=words):
            wrong()


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_the_whole_transformer(norm_first, batch_first):
    src, tgt = REAL.standard_normal((7, 3, 8)), REAL.standard_normal((5, 3, 8))
    if batch_first:
        src, tgt = src.transpose(1, 0, 2).copy(), tgt.transpose(1, 0, 2).copy()
    hidden = np.zeros((3, 7), bool)
    hidden[1, 5:] = True

    def call(library, model):
        mask = library.nn.Transformer.generate_square_subsequent_mask(5).double()
        return [model(library.tensor(src), library.tensor(tgt), tgt_mask=mask,
                      src_key_padding_mask=library.tensor(hidden),
                      memory_key_padding_mask=library.tensor(hidden))]
    ours, _ = compare(lambda nn: nn.Transformer(8, 2, 2, 2, 16, 0.0, "gelu", norm_first=norm_first,
                                                batch_first=batch_first), call)
    with pytest.raises(ShapeError, match="Transformer: src and tgt"):
        ours(minigrad.ones(7, 3, 8).double(), minigrad.ones(5, 2, 8).double())


@pytest.mark.parametrize("ask", [
    lambda lib, x: lib.nn.TransformerEncoderLayer(8, 2, 16)(x, is_causal=True),
    lambda lib, x: lib.nn.TransformerEncoder(lib.nn.TransformerEncoderLayer(8, 2, 16), 1)(x, is_causal=True),
    lambda lib, x: lib.nn.TransformerDecoderLayer(8, 2, 16)(x, x, tgt_is_causal=True),
    lambda lib, x: lib.nn.TransformerDecoder(lib.nn.TransformerDecoderLayer(8, 2, 16), 1)(
        x, x, memory_is_causal=True),
    lambda lib, x: lib.nn.Transformer(8, 2, 1, 1, 16)(x, x, src_is_causal=True)])
def test_causal_without_a_mask_is_refused(ask):
    for library, error in ((torch, RuntimeError), (minigrad, ValueError)):
        with pytest.raises(error, match="is_causal"):
            ask(library, library.ones(5, 3, 8))


@pytest.mark.parametrize("options", [{}, {"add_bias_kv": True}, {"add_zero_attn": True, "bias": False},
                                     {"kdim": 6, "vdim": 4},
                                     {"kdim": 6, "add_bias_kv": True, "add_zero_attn": True}],
                         ids=str)
def test_the_options_of_attention_with_masks(options):
    q, k, v = (REAL.standard_normal((n, 2, options.get(size, 8)))
               for n, size in ((5, "q"), (7, "kdim"), (7, "vdim")))
    padding = np.zeros((2, 7), bool)
    padding[0, 5:] = True
    forbidden = np.random.default_rng(2).random((5, 7)) < 0.3
    for mask in (forbidden, np.where(forbidden, -1.5, 0.5)):
        hide = padding if mask.dtype == bool else np.where(padding, -2.0, 0.0)

        def call(library, attention):
            return list(attention(*map(library.tensor, (q, k, v)), key_padding_mask=library.tensor(hide),
                                  attn_mask=library.tensor(mask), average_attn_weights=mask.dtype == bool))
        compare(lambda nn: nn.MultiheadAttention(8, 2, **options), call)


SHOWN = [
    lambda nn: nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular"),
    lambda nn: nn.Conv3d(2, 2, 3, bias=False),
    lambda nn: nn.ConvTranspose1d(2, 4, 3, stride=2, output_padding=1), lambda nn: nn.MaxUnpool2d(2),
    lambda nn: nn.LPPool2d(2, 3), lambda nn: nn.AvgPool1d(3), lambda nn: nn.AvgPool3d(2),
    lambda nn: nn.MaxPool3d(2),
    lambda nn: nn.AdaptiveMaxPool1d(3), lambda nn: nn.Upsample(scale_factor=2, mode="bilinear"),
    lambda nn: nn.UpsamplingNearest2d((2, 3)), lambda nn: nn.ReflectionPad2d(2),
    lambda nn: nn.CircularPad3d(1),
    lambda nn: nn.ConstantPad1d(2, 3.5), lambda nn: nn.ZeroPad2d((1, 2, 3, 4)), lambda nn: nn.Fold((4, 5), 2),
    lambda nn: nn.Unfold(3), lambda nn: nn.PixelShuffle(3), lambda nn: nn.ChannelShuffle(2),
    lambda nn: nn.Unflatten(1, (2, 3)), lambda nn: nn.Bilinear(2, 3, 4), lambda nn: nn.CosineSimilarity(),
    lambda nn: nn.PairwiseDistance(), lambda nn: nn.EmbeddingBag(3, 4), lambda nn: nn.LocalResponseNorm(2),
    lambda nn: nn.RMSNorm(3), lambda nn: nn.AlphaDropout(0.2), lambda nn: nn.Dropout(0.2, inplace=True),
    lambda nn: nn.GLU(), lambda nn: nn.Softmax2d(), lambda nn: nn.PReLU(), lambda nn: nn.RReLU(inplace=True),
    lambda nn: nn.Softshrink(), lambda nn: nn.Softmin(), lambda nn: nn.Threshold(1, 2, True),
    lambda nn: nn.ReLU6(True), lambda nn: nn.Hardtanh(inplace=True), lambda nn: nn.CELU(),
    lambda nn: nn.SELU(),
    lambda nn: nn.Embedding(3, 4, max_norm=1.0), lambda nn: nn.LazyLinear(3), lambda nn: nn.LazyConv2d(3, 3),
    lambda nn: nn.FractionalMaxPool2d(2, output_size=2), lambda nn: nn.TripletMarginLoss(),
    lambda nn: nn.CTCLoss()]


@pytest.mark.parametrize("make", SHOWN, ids=lambda make: repr(make(minigrad.nn)))
def test_they_are_shown_as_in_pytorch(make):
    assert repr(make(minigrad.nn)) == repr(make(torch.nn))
