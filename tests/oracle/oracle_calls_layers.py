"""Calls of the functions behind layers: windows of all kinds, resizing, normalization, more losses."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from oracle_calls import Arguments, Const, calls, distinct, integers, normal, positive

SIZES = {1: (9,), 2: (6, 5), 3: (4, 6, 5)}


def dims_of(name: str) -> int:
    """The number of dimensions that a function's name ends with."""
    return int(name[-2])


@calls("conv_transpose1d", "F.conv_transpose1d", "F.conv3d", "conv3d", "F.conv_transpose3d",
       "conv_transpose3d")
def convolutions(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    dims, transposed = dims_of(name), "transpose" in name
    x = normal(rng, 2, 4, *SIZES[dims])
    for options in ({}, {"stride": 2, "padding": 1}, {"dilation": 2, "groups": 2, "padding": 1},
                    {"padding": 1, "stride": 2, "output_padding": 1} if transposed else {"padding": "same"}):
        groups = int(options.get("groups", 1))
        w = normal(rng, *((4, 6 // groups) if transposed else (6, 4 // groups)), *(3, 2, 2)[:dims])
        yield (x, w, normal(rng, 6)), options
        yield (x[0], w), options


@calls("F.avg_pool1d", "F.avg_pool3d", "F.max_pool3d", "F.lp_pool1d", "F.lp_pool2d", "F.lp_pool3d")
def poolings(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    dims = dims_of(name)
    x = distinct(rng, 2, 3, *SIZES[dims])
    options: list[dict[str, Any]] = [{"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "ceil_mode": True}]
    if "lp" in name:
        options = [{"norm_type": p, **o} for p in (2.0, 3.0, float("inf")) for o in options]
        x = np.abs(x) + 0.1
    else:
        options += [{"kernel_size": 3, "padding": 1}]
    if "avg" in name:
        options += [{"kernel_size": 3, "padding": 1, "count_include_pad": False}]
    if name == "F.avg_pool3d":
        options += [{"kernel_size": (1, 2, 3), "divisor_override": 5}]
    if "max" in name:
        options += [{"kernel_size": 2, "dilation": 2, "return_indices": True}]
    for option in options:
        yield (x,), option
        yield (x[0],), option


@calls("F.adaptive_avg_pool1d", "F.adaptive_avg_pool3d", "F.adaptive_max_pool1d", "F.adaptive_max_pool2d",
       "F.adaptive_max_pool3d")
def adaptive_poolings(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    dims = dims_of(name)
    for size in (1, 2, 3, 4):
        x = distinct(rng, 2, 3, *SIZES[dims])
        yield (x, size), {}
        yield (x[0],), {"output_size": size, **({"return_indices": True} if "max" in name else {})}


@calls("F.max_unpool1d", "F.max_unpool2d", "F.max_unpool3d")
def unpoolings(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    dims = dims_of(name)
    at = np.arange(8)[:2 ** dims].reshape(1, 1, *[2] * dims) * 2
    yield (normal(rng, *at.shape), at, 2), {}
    yield (normal(rng, *at.shape)[0], at[0]), {"kernel_size": 2, "stride": 2, "output_size": [5] * dims}
    yield (normal(rng, *at.shape), at, 4), {"stride": 2, "padding": 1}


@calls("F.fractional_max_pool2d", "F.fractional_max_pool3d")
def fractions(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    dims = dims_of(name)
    samples = Const(np.asarray(rng.random((2, 3, dims))))
    x = distinct(rng, 2, 3, *(9,) * dims)
    yield (x, 2), {"output_size": (4,) * dims, "_random_samples": samples, "return_indices": True}
    yield (x, 3), {"output_ratio": (0.6,) * dims, "_random_samples": samples}


@calls("F.dropout1d", "F.dropout2d", "F.dropout3d", "F.alpha_dropout", "F.feature_alpha_dropout")
def kept(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    x = normal(rng, 2, 3, *SIZES[dims_of(name) if name.endswith("d") else 2])
    yield (x, 0.5, False), {}
    yield (x,), {"p": 0.0, "training": True}
    if "alpha" not in name:
        yield (x,), {"p": 1.0, "training": True}


@calls("F.rrelu")
def slopes(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for options in ({}, {"lower": 0.1, "upper": 0.5}, {"lower": 0.25, "upper": 0.25, "training": True}):
        yield (normal(rng, 3, 4),), options


@calls("F.relu_", "F.elu_", "F.celu_", "F.selu_", "F.leaky_relu_", "F.hardtanh_", "F.threshold_", "F.rrelu_")
def in_place(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    x = Const(normal(rng, 3, 4))
    options: dict[str, list[dict[str, Any]]] = {
        "F.elu_": [{}, {"alpha": 0.5}], "F.celu_": [{}, {"alpha": 0.5}],
        "F.leaky_relu_": [{}, {"negative_slope": 0.2}],
        "F.hardtanh_": [{}, {"min_val": -0.5, "max_val": 0.2}],
        "F.threshold_": [{"threshold": 0.1, "value": 3.0}],
        "F.rrelu_": [{}, {"lower": 0.2, "upper": 0.2, "training": True}]}
    for option in options.get(name, [{}]):
        yield (x,), option


@calls("F.pixel_shuffle", "F.pixel_unshuffle", "F.channel_shuffle", "F.upsample")
def rearranged(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    x = normal(rng, 2, 8, 4, 6)
    if name == "F.upsample":
        yield (x, 3), {}
        yield (x,), {"scale_factor": 1.5, "mode": "bilinear", "align_corners": True}
    elif name == "F.channel_shuffle":
        yield (x, 2), {}
        yield (x,), {"groups": 4}
    else:
        yield (x, 2), {}
        yield (x[0],), {"upscale_factor" if name == "F.pixel_shuffle" else "downscale_factor": 2}


@calls("F.affine_grid")
def maps(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for corners in (True, False):
        yield (normal(rng, 2, 2, 3), [2, 3, 4, 5]), {"align_corners": corners}
        yield (normal(rng, 1, 3, 4),), {"size": [1, 2, 3, 4, 5], "align_corners": corners}


@calls("F.grid_sample")
def looked_up(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding_mode in ("zeros", "border", "reflection"):
            for corners in (True, False):
                options = {"mode": mode, "padding_mode": padding_mode, "align_corners": corners}
                yield (normal(rng, 2, 3, 5, 6), np.asarray(rng.uniform(-1.6, 1.6, (2, 4, 3, 2)))), options
                if mode != "bicubic":
                    grid = np.asarray(rng.uniform(-1.6, 1.6, (1, 4, 3, 2, 3)))
                    yield (normal(rng, 1, 2, 5, 6, 4), grid), options


@calls("F.bilinear")
def pairs(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in ((3,), (4, 3), (2, 4, 3)):
        yield (normal(rng, *shape), normal(rng, *shape[:-1], 5), normal(rng, 2, 3, 5)), {}
        yield (normal(rng, *shape), normal(rng, *shape[:-1], 5), normal(rng, 2, 3, 5)), \
            {"bias": normal(rng, 2)}


@calls("F.gumbel_softmax")
def certain(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    x = Const(np.where(np.eye(4) > 0, 1e6, 0.0))                # so sure that the noise does not matter
    for options in ({"tau": 0.5}, {"hard": True}, {"dim": 0, "eps": 1e-10}):
        yield (x,), options


@calls("F.pairwise_distance")
def distances(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for options in ({}, {"p": 1.0}, {"p": 3.0, "keepdim": True}, {"eps": 0.1}):
        yield (normal(rng, 3, 4), normal(rng, 3, 4)), options
        yield (normal(rng, 4), normal(rng, 2, 4)), options


@calls("F.embedding_bag")
def bags(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    table = normal(rng, 6, 3)
    for mode in ("sum", "mean", "max"):
        yield (integers(rng, 0, 6, 4, 5), table), {"mode": mode}
        yield (integers(rng, 0, 6, 9), table), {"mode": mode, "offsets": np.array([0, 4, 4, 7])}
        yield (integers(rng, 0, 6, 9), table), {"mode": mode, "offsets": np.array([0, 4, 9]),
                                                "include_last_offset": True, "padding_idx": 2}
    yield (integers(rng, 0, 6, 4, 5), table), {"mode": "sum", "per_sample_weights": normal(rng, 4, 5)}
    yield (integers(rng, 0, 6, 4, 5), Const(table)), {"max_norm": 0.5}
    # each row once: PyTorch divides by the counts of other rows than those it adds to
    yield (np.array([[0, 1], [3, 2]]), table), {"mode": "sum", "scale_grad_by_freq": True}


@calls("F.instance_norm")
def instances(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in ((2, 3, 5), (2, 3, 4, 5), (1, 3, 2, 2, 2)):
        yield (normal(rng, *shape),), {"eps": 0.1}
        yield (normal(rng, *shape),), {"weight": normal(rng, 3), "bias": normal(rng, 3), "momentum": 0.3,
                                       "running_mean": Const(normal(rng, 3)),
                                       "running_var": Const(positive(rng, 3))}
        yield (normal(rng, *shape),), {"running_mean": Const(normal(rng, 3)), "use_input_stats": False,
                                       "running_var": Const(positive(rng, 3))}


@calls("F.rms_norm")
def roots(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    yield (normal(rng, 3, 4), (4,)), {}
    yield (normal(rng, 2, 3, 4), (3, 4), normal(rng, 3, 4)), {"eps": 0.1}


@calls("F.local_response_norm")
def responses(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in ((2, 5, 3), (2, 5, 3, 2), (1, 4, 2, 2, 2)):
        yield (normal(rng, *shape), 3), {}
        yield (normal(rng, *shape),), {"size": 2, "alpha": 0.5, "beta": 0.6, "k": 2.0}


REDUCTIONS = ("mean", "sum", "none")


@calls("F.hinge_embedding_loss", "F.soft_margin_loss", "F.multilabel_soft_margin_loss", "F.poisson_nll_loss")
def two_inputs(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    more: dict[str, list[dict[str, Any]]] = {
        "F.hinge_embedding_loss": [{"margin": 0.4}], "F.soft_margin_loss": [],
        "F.multilabel_soft_margin_loss": [{"weight": Const(positive(rng, 4))}],
        "F.poisson_nll_loss": [{"full": True}, {"log_input": False, "eps": 0.01}]}
    target = Const(positive(rng, 5, 4) * 2) if "poisson" in name else \
        Const(np.asarray(rng.integers(0, 2, (5, 4)), float)) if "multi" in name else \
        np.asarray(rng.choice([-1, 1], (5, 4)))
    for options in [{"reduction": r} for r in REDUCTIONS] + more[name]:
        yield (positive(rng, 5, 4) if "poisson" in name else normal(rng, 5, 4), target), options


@calls("F.margin_ranking_loss", "F.cosine_embedding_loss")
def three_inputs(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    shape = (6,) if "ranking" in name else (6, 3)
    target = np.asarray(rng.choice([-1, 1], 6))
    for options in [{"reduction": r} for r in REDUCTIONS] + [{"margin": 0.3}]:
        yield (normal(rng, *shape), normal(rng, *shape), target), options


@calls("F.triplet_margin_loss", "F.triplet_margin_with_distance_loss")
def triplets(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    more: list[dict[str, Any]] = [{"margin": 0.3}, {"swap": True}]
    own = [{"distance_function": furthest}]
    more += [{"p": 1.0}, {"eps": 0.1}] if name == "F.triplet_margin_loss" else own
    for options in [{"reduction": r} for r in REDUCTIONS] + more:
        yield (normal(rng, 5, 4), normal(rng, 5, 4), normal(rng, 5, 4)), options


def furthest(x: Any, y: Any) -> Any:
    """A distance of one's own: the largest difference of an entry."""
    return (x - y).abs().amax(-1)


@calls("F.multi_margin_loss", "F.multilabel_margin_loss")
def labeled(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    several = np.array([[3, 0, -1, 1, 2], [-1, 1, 2, 3, 4], [0, 1, 2, 3, 4]])
    target = integers(rng, 0, 5, 3) if name == "F.multi_margin_loss" else several
    more: list[dict[str, Any]] = [{"p": 2, "margin": 0.4}, {"weight": Const(positive(rng, 5))}]
    for options in [{"reduction": r} for r in REDUCTIONS] + more * (name == "F.multi_margin_loss"):
        yield (normal(rng, 3, 5), target), options
        yield (normal(rng, 5), target[0]), {k: v for k, v in options.items() if k != "weight"}


@calls("F.gaussian_nll_loss")
def variances(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in ((5, 4), (5, 1), (5,)):
        for options in [{"reduction": r} for r in REDUCTIONS] + [{"full": True}, {"eps": 0.5}]:
            yield (normal(rng, 5, 4), normal(rng, 5, 4), positive(rng, *shape)), options


@calls("F.ctc_loss")
def alignments(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    scores = normal(rng, 12, 3, 6)
    log_probs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    targets = integers(rng, 1, 6, 3, 7)
    for options in [{"reduction": r} for r in REDUCTIONS] + [{"zero_infinity": True}]:
        yield (log_probs, targets, np.array([12, 9, 10]), np.array([5, 3, 0])), options
    yield (log_probs, integers(rng, 1, 6, 6), np.array([12, 9, 10]), np.array([3, 1, 2])), {}
    yield (log_probs[:, 0], targets[0, :4], np.array([12]), np.array([4])), {}
    yield (log_probs, targets - 1, np.array([12, 9, 10]), np.array([5, 3, 2])), {"blank": 5}
    yield (log_probs, targets, np.array([12, 3, 10]), np.array([5, 7, 2])), {"zero_infinity": True}
