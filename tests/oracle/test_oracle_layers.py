"""Every layer beside PyTorch's: the same names and shapes of parameters, the same outputs and gradients."""
from __future__ import annotations

import inspect
from typing import Any, Iterator

import numpy as np
import pytest

import minigrad
from oracle_calls import Const, booleans, distinct, given, integers, normal, positive
from oracle_calls_layers import furthest
from oracle_compare import array_of, backwards, difference, flat

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    """Layers and states in float64, in both libraries."""
    minigrad.set_default_dtype(minigrad.float64)
    torch.set_default_dtype(torch.float64)
    yield
    minigrad.set_default_dtype(minigrad.float32)
    torch.set_default_dtype(torch.float32)


rng = np.random.default_rng(0)
X, IMAGE, SERIES = normal(rng, 5, 4), normal(rng, 2, 4, 6, 5), normal(rng, 2, 4, 9)
SEQUENCE = normal(rng, 7, 3, 4)                                       # (T, N, features)
PADDING = np.array([[False] * 7, [False] * 5 + [True] * 2, [True] + [False] * 6])          # (N, T)
CAUSAL = np.triu(np.ones((7, 7), dtype=bool), 1)
LABELS = integers(rng, 0, 4, 5)
CHANCES = np.asarray(rng.uniform(0.05, 0.95, (5, 4)))

# (name, arguments, options, inputs)
Case = tuple[str, tuple[Any, ...], dict[str, Any], tuple[Any, ...]]
CASES: list[Case] = [
    ("Linear", (4, 3), {}, (X,)), ("Linear", (4, 3), {"bias": False}, (normal(rng, 2, 3, 4),)),
    ("Identity", (), {}, (X,)), ("Identity", (3,), {"unused": 1}, (X,)),
    ("Flatten", (), {}, (IMAGE,)), ("Flatten", (0, 1), {}, (IMAGE,)),
    ("Flatten", (), {"start_dim": 2}, (IMAGE,)),
    ("ReLU", (), {}, (X,)), ("Sigmoid", (), {}, (X,)), ("Tanh", (), {}, (X,)), ("Softmax", (1,), {}, (X,)),
    ("Softmax", (), {"dim": 0}, (X,)), ("LogSoftmax", (-1,), {}, (X,)), ("LeakyReLU", (), {}, (X,)),
    ("LeakyReLU", (0.2,), {}, (X,)), ("ELU", (), {}, (X,)), ("ELU", (), {"alpha": 0.4}, (X,)),
    ("GELU", (), {}, (X,)), ("GELU", (), {"approximate": "tanh"}, (X,)), ("SiLU", (), {}, (X,)),
    ("Softplus", (), {}, (X,)), ("Softplus", (2.0, 1.0), {}, (X,)), ("Hardtanh", (), {}, (X,)),
    ("Hardtanh", (-0.3, 0.6), {}, (X,)), ("ReLU6", (), {}, (X * 5,)), ("LogSigmoid", (), {}, (X,)),
    ("Conv1d", (4, 6, 3), {}, (SERIES,)),
    ("Conv1d", (4, 6, 3), {"stride": 2, "padding": 1, "dilation": 2, "groups": 2, "bias": False}, (SERIES,)),
    ("Conv1d", (4, 6, 4), {"padding": "same"}, (SERIES,)),
    ("Conv2d", (4, 6, 3), {}, (IMAGE,)), ("Conv2d", (4, 2, (2, 3), (2, 1), (1, 0)), {}, (IMAGE,)),
    ("Conv2d", (4, 8, 3), {"groups": 4, "padding": "same", "dilation": 2}, (IMAGE,)),
    ("Conv2d", (4, 2, 1), {"bias": False}, (IMAGE[0],)),
    ("ConvTranspose2d", (4, 6, 3), {}, (IMAGE,)),
    ("ConvTranspose2d", (4, 6, (3, 2), 2, 1, 1), {"groups": 2}, (IMAGE,)),
    ("ConvTranspose2d", (4, 2, 2, (1, 3)), {"dilation": 2, "bias": False}, (IMAGE,)),
    ("MaxPool1d", (3,), {"stride": 2, "padding": 1}, (SERIES,)),
    ("MaxPool1d", (2,), {"ceil_mode": True, "return_indices": True}, (SERIES,)),
    ("MaxPool2d", (2,), {}, (IMAGE,)), ("MaxPool2d", ((3, 2), 1, 1), {"dilation": (1, 2)}, (IMAGE,)),
    ("MaxPool2d", (3, 2), {"ceil_mode": True, "return_indices": True}, (distinct(rng, 1, 2, 6, 5),)),
    ("AvgPool2d", (2,), {}, (IMAGE,)),
    ("AvgPool2d", (3, 2, 1), {"ceil_mode": True, "count_include_pad": False}, (IMAGE,)),
    ("AvgPool2d", (3, 1), {"divisor_override": 2}, (IMAGE,)),
    ("AdaptiveAvgPool2d", (1,), {}, (IMAGE,)), ("AdaptiveAvgPool2d", ((None, 3),), {}, (IMAGE,)),
    ("Upsample", (), {"scale_factor": 2}, (IMAGE,)), ("Upsample", ((3, 9),), {"mode": "bilinear"}, (IMAGE,)),
    ("Upsample", (), {"scale_factor": (1.5, 2.5), "mode": "bilinear", "align_corners": True}, (IMAGE,)),
    ("BatchNorm1d", (4,), {}, (X,)), ("BatchNorm1d", (4,), {"eps": 0.1, "momentum": 0.4}, (SERIES,)),
    ("BatchNorm1d", (4,), {"momentum": None}, (X,)), ("BatchNorm1d", (4,), {"affine": False}, (X,)),
    ("BatchNorm1d", (4,), {"track_running_stats": False}, (X,)), ("BatchNorm2d", (4,), {}, (IMAGE,)),
    ("BatchNorm2d", (4,), {"affine": False, "track_running_stats": False}, (IMAGE,)),
    ("BatchNorm2d", (4, 0.1, 0.5), {"bias": False}, (IMAGE,)), ("BatchNorm1d", (4,), {"bias": False}, (X,)),
    ("GroupNorm", (2, 4), {"bias": False}, (X,)),
    ("MaxPool1d", (2,), {"dilation": 2}, (SERIES,)),
    ("Upsample", (), {"scale_factor": 1.7, "mode": "bilinear", "recompute_scale_factor": True}, (IMAGE,)),
    ("MultiheadAttention", (4, 2), {"dropout": 1.0}, (SEQUENCE,) * 3),
    ("TransformerEncoderLayer", (4, 2), {"dropout": 1.0, "dim_feedforward": 6}, (SEQUENCE,)),
    ("LSTM", (4, 5, 2), {"dropout": 1.0}, (SEQUENCE,)),
    ("LayerNorm", (4,), {}, (X,)), ("LayerNorm", ((6, 5),), {"eps": 0.1}, (IMAGE,)),
    ("LayerNorm", (4,), {"bias": False}, (X,)), ("LayerNorm", ([4],), {"elementwise_affine": False}, (X,)),
    ("GroupNorm", (2, 4), {}, (IMAGE,)), ("GroupNorm", (4, 4), {"affine": False, "eps": 0.1}, (SERIES,)),
    ("Embedding", (7, 3), {}, (integers(rng, 0, 7, 2, 5),)),
    ("Embedding", (7, 3), {"padding_idx": -7}, (integers(rng, 0, 3, 2, 5),)),
    ("Embedding", (7, 3), {"scale_grad_by_freq": True}, (integers(rng, 0, 7, 2, 5),)),
    ("Embedding", (7, 3), {"max_norm": 0.5}, (integers(rng, 0, 7, 2, 5),)),
    *[(f"Conv{k}d", (4, 2, 3), {"padding": p, "padding_mode": mode}, (x,))
      for k, x in ((1, SERIES), (2, IMAGE))
      for p, mode in ((1, "reflect"), ("same", "circular"), (2, "replicate"))],
    ("ConvTranspose2d", (4, 2, 3), {"padding_mode": "zeros"}, (IMAGE,)),
    ("MultiheadAttention", (4, 2), {"add_bias_kv": True, "add_zero_attn": True}, (SEQUENCE,) * 3),
    ("MultiheadAttention", (6, 2), {"kdim": 4, "vdim": 4}, (normal(rng, 5, 3, 6), SEQUENCE, SEQUENCE)),
    ("LSTM", (4, 5), {"proj_size": 2}, (SEQUENCE,)),
    ("LSTM", (4, 5, 2), {"proj_size": 3, "bidirectional": True}, (SEQUENCE,)),
    ("AlphaDropout", (0.0,), {}, (X,)), ("FeatureAlphaDropout", (0.0,), {}, (IMAGE,)),
    ("Dropout1d", (1.0,), {}, (SERIES,)), ("Dropout3d", (1.0,), {}, (normal(rng, 2, 3, 2, 4, 3),)),
    ("RReLU", (0.2, 0.2), {}, (X,)), ("RReLU", (), {"lower": 0.3, "upper": 0.3}, (X,)),
    ("ChannelShuffle", (2,), {}, (IMAGE,)), ("PixelShuffle", (2,), {}, (IMAGE,)),
    ("PixelUnshuffle", (2,), {}, (IMAGE[..., :4],)), ("Unflatten", (1, (2, 2)), {}, (X,)),
    ("CosineSimilarity", (), {"dim": 0, "eps": 0.1}, (X, X * X)), ("CosineSimilarity", (), {}, (X, X * X)),
    ("PairwiseDistance", (), {"p": 1.0, "eps": 0.1, "keepdim": True}, (X, X * X)),
    ("Unfold", ((2, 3),), {"dilation": 1, "padding": 1, "stride": 2}, (IMAGE,)),
    ("Fold", ((3, 3), 2), {"dilation": 1, "padding": 0, "stride": 1}, (normal(rng, 2, 8, 4),)),
    ("UpsamplingNearest2d", (), {"scale_factor": 2}, (IMAGE,)), ("UpsamplingNearest2d", (3,), {}, (IMAGE,)),
    ("UpsamplingBilinear2d", (), {"scale_factor": 2}, (IMAGE,)), ("UpsamplingBilinear2d", (3,), {}, (IMAGE,)),
    ("TripletMarginLoss", (), {"margin": 0.4, "p": 1.0, "eps": 0.1, "swap": True}, (X, X * X, X - 1)),
    ("TripletMarginLoss", (), {"reduction": "sum"}, (X, X * X, X - 1)),
    ("TripletMarginWithDistanceLoss", (), {"margin": 0.4, "swap": True, "reduction": "none",
                                           "distance_function": furthest}, (X, X * X, X - 1)),
    *[("EmbeddingBag", (7, 3), {"mode": mode, **more}, (integers(rng, 0, 7, 4, 5),))
      for mode in ("sum", "mean", "max") for more in ({}, {"padding_idx": 2})],
    ("EmbeddingBag", (7, 3), {"max_norm": 0.5}, (integers(rng, 0, 7, 4, 5),)),
    ("EmbeddingBag", (7, 3), {"mode": "sum", "scale_grad_by_freq": True}, (np.array([[0, 1], [3, 2]]),)),
    ("EmbeddingBag", (7, 3), {"include_last_offset": True}, (integers(rng, 0, 7, 6), np.array([0, 2, 6]))),
    ("Dropout", (0.0,), {}, (X,)), ("Dropout", (1.0,), {}, (X,)), ("Dropout2d", (0.0,), {}, (IMAGE,)),
    ("Dropout2d", (1.0,), {}, (IMAGE,)),
    ("MSELoss", (), {}, (X, normal(rng, 5, 4))), ("MSELoss", (), {"reduction": "sum"}, (X, X * 2)),
    ("L1Loss", (), {}, (X, normal(rng, 5, 4))), ("L1Loss", (), {"reduction": "none"}, (X, X * 2)),
    ("SmoothL1Loss", (), {"beta": 0.4}, (X, normal(rng, 5, 4))),
    ("SmoothL1Loss", (), {"reduction": "sum"}, (X, normal(rng, 5, 4))),
    ("HuberLoss", (), {"delta": 0.4}, (X, normal(rng, 5, 4))),
    ("HuberLoss", (), {"reduction": "none"}, (X, normal(rng, 5, 4))),
    ("CrossEntropyLoss", (), {}, (X, LABELS)),
    ("CrossEntropyLoss", (), {"weight": Const(positive(rng, 4)), "ignore_index": 1, "label_smoothing": 0.1},
     (X, LABELS)),
    ("CrossEntropyLoss", (), {"reduction": "none"}, (IMAGE, integers(rng, 0, 4, 2, 6, 5))),
    ("NLLLoss", (), {}, (X, LABELS)),
    ("NLLLoss", (), {"weight": Const(positive(rng, 4)), "ignore_index": 2, "reduction": "sum"}, (X, LABELS)),
    ("BCELoss", (), {}, (CHANCES, Const(CHANCES[::-1].copy()))),
    ("BCELoss", (), {"weight": Const(positive(rng, 4)), "reduction": "sum"},
     (CHANCES, Const(CHANCES[::-1].copy()))),
    ("BCEWithLogitsLoss", (), {"reduction": "none"}, (X, Const(CHANCES))),
    ("BCEWithLogitsLoss", (), {}, (X, Const(CHANCES))),
    ("BCEWithLogitsLoss", (), {"pos_weight": Const(positive(rng, 4)), "weight": Const(positive(rng, 4))},
     (X, Const(CHANCES))),
    ("KLDivLoss", (), {"reduction": "batchmean"}, (X, Const(CHANCES))),
    ("KLDivLoss", (), {"log_target": True, "reduction": "sum"}, (X, normal(rng, 5, 4))),
]

for _name, _options in [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("GRU", {})]:
    for _more in ({}, {"num_layers": 2}, {"bidirectional": True}, {"bias": False},
                  {"num_layers": 2, "bidirectional": True, "batch_first": True},
                  {"num_layers": 2, "dropout": 0.0}):
        CASES.append((_name, (4, 5), {**_options, **_more}, (SEQUENCE,)))
    CASES.append((_name, (4, 5), _options, (SEQUENCE[:, 0],)))
    _state = normal(rng, 4, 3, 5)
    CASES.append((_name, (4, 5, 2), {"bidirectional": True, **_options},
                  (SEQUENCE, (_state, normal(rng, 4, 3, 5)) if _name == "LSTM" else _state)))
    CASES.append((_name, (4, 5), _options,
                  (SEQUENCE[:, 0], tuple([normal(rng, 1, 5)] * 2) if _name == "LSTM" else normal(rng, 1, 5))))

Q, K = normal(rng, 6, 3, 4), normal(rng, 7, 3, 4)
for _inputs in [(Q, K, K), (Q, K, K, PADDING), (Q, K, K, None, False), (Q, K, K, PADDING, True, None, False),
                (K, K, K, None, True, CAUSAL), (K, K, K, PADDING, False, CAUSAL & (np.arange(7) > 1)),
                (K, K, K, None, True, normal(rng, 7, 7)),
                (K, K, K, None, True, booleans(rng, 6, 7, 7) & CAUSAL)]:
    for _more in ({}, {"bias": False}):
        CASES.append(("MultiheadAttention", (4, 2), _more, _inputs))
CASES.append(("MultiheadAttention", (4, 1), {"batch_first": True}, (Q, *[normal(rng, 6, 9, 4)] * 2)))
CASES.append(("MultiheadAttention", (4, 4), {}, (Q[:, 0], K[:, 0], K[:, 0])))

for _more in ({}, {"norm_first": True}, {"activation": "gelu"}, {"batch_first": True, "bias": False},
              {"norm_first": True, "layer_norm_eps": 0.1, "batch_first": True}):
    _sequence = SEQUENCE.transpose(1, 0, 2).copy() if "batch_first" in _more else SEQUENCE
    for _inputs in [(_sequence,), (_sequence, CAUSAL & (np.arange(7) > 1)), (_sequence, None, PADDING)]:
        CASES.append(("TransformerEncoderLayer", (4, 2, 6, 0.0), _more, _inputs))


def layers(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any]:
    """The same layer of both libraries, PyTorch's weights (slightly moved from their start) in both."""
    pair = []
    for library in (minigrad, torch):
        named = {k: given(library, v, []) for k, v in options.items()}
        pair.append(getattr(library.nn, name)(*args, **named))
    ours, theirs = pair
    torch.manual_seed(0)
    with torch.no_grad():
        for p in theirs.parameters():
            p.add_(torch.randn_like(p) * 0.3)
    copied(theirs, ours)
    return ours, theirs


def copied(theirs: Any, ours: Any) -> None:
    """PyTorch's state in our layer, by name; the names, their order and the shapes must be the same."""
    state = theirs.state_dict()
    assert [(k, tuple(v.shape)) for k, v in ours.state_dict().items()] == \
        [(k, tuple(v.shape)) for k, v in state.items()]
    ours.load_state_dict({k: minigrad.tensor(v.detach().numpy().copy()) for k, v in state.items()})


def compare(ours: Any, theirs: Any, inputs: tuple[Any, ...], what: str) -> None:
    """Outputs, gradients of all inputs and parameters, and buffers."""
    our_leaves: list[Any] = []
    their_leaves: list[Any] = []
    a = flat(ours(*given(minigrad, inputs, our_leaves)))
    b = flat(theirs(*given(torch, inputs, their_leaves)))
    assert len(a) == len(b)
    found = [difference(f"{what}: output {i}", x, y) for i, (x, y) in enumerate(zip(a, b)) if y is not None]
    assert [x is None for x in a] == [y is None for y in b]
    assert backwards(torch, b) == backwards(minigrad, a)
    found += [difference(f"{what}: gradient of input {i}", p.grad, q.grad)
              for i, (p, q) in enumerate(zip(our_leaves, their_leaves)) if q.grad is not None]
    for (name, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters()):
        found.append(difference(f"{what}: gradient of {name}", p.grad, q.grad))
    for (name, p), (_, q) in zip(ours.named_buffers(), theirs.named_buffers()):
        found.append(difference(f"{what}: buffer {name}", p, q))
    messages = [text for text in found if text]
    assert not messages, "\n".join(messages)


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_layer(case: Case) -> None:
    name, args, options, inputs = case
    ours, theirs = layers(name, args, options)
    for mode in ("train", "train", "eval"):
        getattr(ours, mode)()
        getattr(theirs, mode)()
        ours.zero_grad()
        theirs.zero_grad()
        compare(ours, theirs, inputs, f"{name}{args} {options} in {mode}")


#: Compared elsewhere: in tests/nn/test_lazy.py and test_containers.py, or below.
ELSEWHERE = {"Module", "Sequential", "ModuleList", "ModuleDict", "Parameter", "ParameterList",
             "ParameterDict", "Buffer", "UninitializedParameter", "DataParallel", "SyncBatchNorm",
             "TransformerDecoder", "Hardsigmoid", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d",
             "TransformerEncoder"}


def test_every_layer_is_compared() -> None:
    samples = pytest.importorskip("test_oracle_module_samples").NAMES
    names = {n for n in minigrad.nn.__all__ if inspect.isclass(getattr(minigrad.nn, n))}
    missing = names - ELSEWHERE - {case[0] for case in CASES} - set(samples)
    assert {n for n in missing if not n.startswith("Lazy")} == set()


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_unpooling_undoes_pooling(dims: int) -> None:
    x = distinct(np.random.default_rng(0), 2, 3, *(7, 6, 5)[:dims])
    out = []
    for library in (minigrad, torch):
        pool = getattr(library.nn, f"MaxPool{dims}d")(2, return_indices=True)
        back = getattr(library.nn, f"MaxUnpool{dims}d")(2)
        values = library.tensor(x, requires_grad=True)
        y = back(*pool(values), output_size=list(x.shape))
        (y * y).sum().backward()
        out.append((array_of(y), array_of(values.grad)))
    assert np.array_equal(out[0][0], out[1][0]) and np.allclose(out[0][1], out[1][1])


@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_transformer_encoder(norm_first: bool, masked: bool) -> None:
    pair = []
    for library in (minigrad, torch):
        layer = library.nn.TransformerEncoderLayer(4, 2, 6, 0.0, norm_first=norm_first)
        pair.append(library.nn.TransformerEncoder(layer, 2, norm=library.nn.LayerNorm(4)))
    ours, theirs = pair
    torch.manual_seed(1)
    with torch.no_grad():
        for p in theirs.parameters():
            p.add_(torch.randn_like(p) * 0.3)
    copied(theirs, ours)
    masks = (CAUSAL & (np.arange(7) > 1), PADDING) if masked else ()
    compare(ours, theirs, (SEQUENCE, *masks), "encoder")


def network(library: Any) -> Any:
    """A small network of containers, with a shared layer and a buffer."""
    nn = library.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
            self.blocks = nn.ModuleList([nn.Conv2d(4, 4, 3, padding=1) for _ in range(2)])
            self.heads = nn.ModuleDict({"mean": nn.Linear(4, 2), "spread": nn.Linear(4, 2, bias=False)})
            self.register_buffer("scale", library.full((1,), 0.5))
            self.same = self.blocks[0]

        def forward(self, x: Any) -> Any:
            x = self.stem(x)
            for block in self.blocks:
                x = x + block(x).relu() * self.scale
            x = x.mean((2, 3))
            return self.heads["mean"](x), self.heads["spread"](x)
    return Net()


def test_a_network_of_containers() -> None:
    ours, theirs = network(minigrad), network(torch)
    copied(theirs, ours)
    for method in ("named_parameters", "named_modules", "named_buffers", "named_children"):
        assert [n for n, _ in getattr(ours, method)()] == [n for n, _ in getattr(theirs, method)()], method
    compare(ours, theirs, (normal(np.random.default_rng(3), 3, 1, 6, 6),), "network")


def test_apply_and_hooks_run_in_the_same_order() -> None:
    orders = []
    for library in (minigrad, torch):
        net, order = network(library), []
        net.apply(lambda m: order.append(type(m).__name__))
        for name, module in net.named_modules():
            module.register_forward_pre_hook(lambda m, x, name=name: order.append("before " + name))
            module.register_forward_hook(lambda m, x, y, name=name: order.append("after " + name))
        net(library.ones(2, 1, 6, 6))
        orders.append(order)
    assert orders[0] == orders[1]


@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3.0, float("inf")])
@pytest.mark.parametrize("limit", [0.5, 1e6])
def test_clipping_gradients(norm_type: float, limit: float) -> None:
    ours, theirs = layers("Linear", (4, 3), {})
    compare(ours, theirs, (X * 3,), "Linear")
    a = minigrad.nn.utils.clip_grad_norm_(ours.parameters(), limit, norm_type)
    b = torch.nn.utils.clip_grad_norm_(theirs.parameters(), limit, norm_type)
    assert difference("length", a, b) is None
    for p, q in zip(ours.parameters(), theirs.parameters()):
        assert difference("clipped", p.grad, q.grad) is None
    minigrad.nn.utils.clip_grad_value_(ours.parameters(), 0.01)
    torch.nn.utils.clip_grad_value_(theirs.parameters(), 0.01)
    for p, q in zip(ours.parameters(), theirs.parameters()):
        assert difference("clipped", p.grad, q.grad) is None


def test_clipping_a_gradient_that_is_not_finite() -> None:
    for library in (minigrad, torch):
        p = library.nn.Parameter(library.ones(2))
        p.grad = library.tensor([float("nan"), 1.0])
        with pytest.raises(RuntimeError):
            library.nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_dropout_keeps_the_mean_and_drops_whole_channels(p: float) -> None:
    ones = minigrad.ones(100, 40, 3, 3)
    for layer, whole in ((minigrad.nn.Dropout(p), False), (minigrad.nn.Dropout2d(p), True)):
        y = layer(ones).numpy()
        assert set(np.unique(y).round(9)) == {0.0, round(1 / (1 - p), 9)}
        dropped = (y == 0).mean()
        assert abs(dropped - p) < 6 * np.sqrt(p * (1 - p) / (4000 if whole else 36000))
        assert ((y == y[:, :, :1, :1]).all()) == whole


def test_embedding_from_pretrained() -> None:
    table = normal(np.random.default_rng(0), 5, 3)
    for freeze in (True, False):
        ours = minigrad.nn.Embedding.from_pretrained(minigrad.tensor(table), freeze=freeze, padding_idx=1)
        theirs = torch.nn.Embedding.from_pretrained(torch.tensor(table), freeze=freeze, padding_idx=1)
        assert ours.weight.requires_grad == theirs.weight.requires_grad
        compare(ours, theirs, (np.array([0, 1, 1, 4]),), "pretrained") if not freeze else None
        assert np.array_equal(ours.weight.detach().numpy(), theirs.weight.detach().numpy())
