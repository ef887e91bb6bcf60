"""Calls of the functions that networks are made of: convolution, pooling, normalization, losses."""
from __future__ import annotations

from itertools import product
from typing import Any, Iterator

import numpy as np

from oracle_calls import Arguments, Const, booleans, calls, distinct, integers, normal, positive


@calls("conv2d", "F.conv2d")
def convolution(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for groups, stride, padding, dilation in product((1, 2, 4), (1, 2, (2, 1)), (0, (1, 2), "same", "valid"),
                                                     (1, (1, 2))):
        if padding == "same" and stride != 1:
            continue
        bias = normal(rng, 4) if rng.random() < 0.7 else None
        yield ((normal(rng, 2, 4, 6, 7), normal(rng, 4, 4 // groups, 3, 2), bias),
               {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups})
    yield (normal(rng, 4, 6, 7), normal(rng, 2, 4, 3, 3)), {}
    yield (normal(rng, 1, 1, 1, 1), normal(rng, 1, 1, 1, 1)), {}
    yield (normal(rng, 0, 2, 5, 5), normal(rng, 3, 2, 3, 3), normal(rng, 3), 2, 1), {}


@calls("conv1d", "F.conv1d")
def convolution_1d(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for groups, stride, padding, dilation in product((1, 2, 4), (1, 2, (3,)), (0, 2, "same", "valid"),
                                                     (1, 2)):
        if padding == "same" and stride != 1:
            continue
        bias = normal(rng, 4) if rng.random() < 0.7 else None
        yield ((normal(rng, 2, 4, 9), normal(rng, 4, 4 // groups, 3), bias),
               {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups})
    yield (normal(rng, 4, 9), normal(rng, 2, 4, 2)), {}
    yield (normal(rng, 0, 2, 5), normal(rng, 3, 2, 3)), {}


@calls("conv_transpose2d", "F.conv_transpose2d")
def convolution_transposed(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for groups, stride, padding, dilation, extra in product((1, 2), (1, 2, (2, 3)), (0, (1, 0)), (1, 2),
                                                            (0, 1)):
        if extra and stride == 1 and dilation == 1:
            continue
        bias = normal(rng, 6) if rng.random() < 0.7 else None
        yield ((normal(rng, 2, 4, 4, 3), normal(rng, 4, 6 // groups, 3, 2), bias),
               {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups,
                "output_padding": extra})
    yield (normal(rng, 4, 4, 3), normal(rng, 4, 2, 2, 2)), {}
    yield (normal(rng, 1, 4, 4, 3), normal(rng, 4, 2, 2, 2), None, 2, 0, 1, 1, 1), {}


@calls("F.max_pool2d")
def max_pooling(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for k, s, p, d, c in product((2, (3, 2)), (None, 1, (2, 3)), (0, 1), (1, 2), (False, True)):
        yield ((distinct(rng, 2, 3, 9, 8),), {"kernel_size": k, "stride": s, "padding": p, "dilation": d,
                                              "ceil_mode": c})
        if s is None:
            yield ((distinct(rng, 2, 3, 9, 8), k, s, p, d, c, True), {})
    yield (distinct(rng, 3, 4, 4), 2), {}
    yield (integers(rng, 0, 3, 2, 1, 6, 6) * 1.0, 3, 1), {}            # ties


@calls("F.max_pool1d")
def max_pooling_1d(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for k, s, p, d, c in product((2, 3), (None, 1, 3), (0, 1), (1, 2), (False, True)):
        yield ((distinct(rng, 2, 3, 9),), {"kernel_size": k, "stride": s, "padding": p, "dilation": d,
                                           "ceil_mode": c})
    yield (distinct(rng, 2, 3, 9), 2, 2, 0, 1, False, True), {}
    yield (distinct(rng, 3, 9), 2), {}


@calls("F.avg_pool2d")
def mean_pooling(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for k, s, p, c, count, divisor in product((2, (3, 2)), (None, 1, (2, 3)), (0, 1), (False, True),
                                              (True, False), (None, 3)):
        yield ((normal(rng, 2, 2, 7, 6),), {"kernel_size": k, "stride": s, "padding": p, "ceil_mode": c,
                                            "count_include_pad": count, "divisor_override": divisor})
    yield (normal(rng, 3, 4, 4), 2), {}


@calls("F.adaptive_avg_pool2d")
def adaptive_pooling(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for size in (1, 3, (2, 5), (None, 4), (4, None), (7, 6), 10):
        yield (normal(rng, 2, 3, 7, 6), size), {}
    yield (normal(rng, 3, 7, 6), 2), {}


@calls("F.interpolate")
def resized(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for size in ({"size": 5}, {"size": (9, 2)}, {"scale_factor": 2}, {"scale_factor": (1.5, 0.7)},
                 {"scale_factor": 0.5}, {"size": (1, 1)}, {"size": [3, 4]}, {"scale_factor": 2.7},
                 {"scale_factor": 1.7, "recompute_scale_factor": True}, {"scale_factor": [2.0, 3.0]}):
        yield (normal(rng, 2, 2, 4, 6),), dict(size)
        for align in (None, False, True):
            yield (normal(rng, 2, 2, 4, 6),), {**size, "mode": "bilinear", "align_corners": align}
            yield (normal(rng, 2, 2, 4, 6),), {**size, "mode": "bicubic", "align_corners": align}
        for mode in ("bilinear", "bicubic"):
            yield (normal(rng, 2, 2, 4, 6),), {**size, "mode": mode, "antialias": True}
        for mode in ("nearest-exact", "area"):
            yield (normal(rng, 2, 2, 4, 6),), {**size, "mode": mode}
    for size in ({"size": 5}, {"scale_factor": 1.7}, {"scale_factor": 0.6}):
        for shape, mode in (((2, 3, 9), "linear"), ((1, 2, 4, 5, 3), "trilinear")):
            yield (normal(rng, *shape),), {**size, "mode": mode}
            yield (normal(rng, *shape),), {**size, "mode": mode, "align_corners": True}
            yield (normal(rng, *shape),), size


@calls("F.unfold", "F.fold")
def columns(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for k, d, p, s in product((2, (3, 2)), (1, 2), (0, (1, 2)), (1, (2, 3))):
        kh, kw = (k, k) if isinstance(k, int) else k
        ph, pw = (p, p) if isinstance(p, int) else p
        sh, sw = (s, s) if isinstance(s, int) else s
        options = {"kernel_size": k, "dilation": d, "padding": p, "stride": s}
        if name == "F.unfold":
            yield (normal(rng, 2, 3, 7, 6),), options
        else:
            oh, ow = (7 + 2 * ph - d * (kh - 1) - 1) // sh + 1, (6 + 2 * pw - d * (kw - 1) - 1) // sw + 1
            yield (normal(rng, 2, 3 * kh * kw, oh * ow), (7, 6)), options
    if name == "F.unfold":
        yield (normal(rng, 3, 7, 6), 2), {}
    else:
        yield (normal(rng, 8, 9), (4, 4), 2), {}


@calls("F.linear")
def affine(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in [(3, 4), (4,), (2, 3, 4), (1, 4), (0, 4), (2, 1, 2, 4)]:
        for out in (1, 5):
            yield (normal(rng, *shape), normal(rng, out, 4), normal(rng, out)), {}
            yield (normal(rng, *shape), normal(rng, out, 4)), {}


@calls("F.embedding")
def table(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in [(), (4,), (2, 3), (0,), (2, 3, 2)]:
        for padding in (None, 1, -1):
            yield (integers(rng, 0, 5, *shape), normal(rng, 5, 3)), {"padding_idx": padding}
    yield (integers(rng, 0, 5, 4).astype(np.int32), normal(rng, 5, 3)), {}
    for options in ({"max_norm": 1.0}, {"max_norm": 1.0, "norm_type": 1.0}, {"scale_grad_by_freq": True}):
        yield (integers(rng, 0, 3, 2, 5), Const(normal(rng, 5, 3)) if "max_norm" in options
               else normal(rng, 5, 3)), options


@calls("F.one_hot")
def labels(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in [(), (4,), (2, 3), (1, 1)]:
        yield (integers(rng, 0, 5, *shape),), {}
        yield (integers(rng, 0, 5, *shape), 7), {}
    yield (integers(rng, 0, 5, 0), 3), {}


@calls("dropout", "F.dropout")
def not_dropped(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in [(), (3, 4), (0,)]:
        yield (normal(rng, *shape), 0.5, False), {}
        yield (normal(rng, *shape), 0.0, True), {}
        yield (normal(rng, *shape), 1.0, True), {}


@calls("F.batch_norm")
def batch_normalization(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape in [(5, 3), (4, 3, 5), (2, 3, 4, 5), (1, 3, 2, 1)]:
        for training, affine, tracked in product((True, False), (True, False), (True, False)):
            if not training and not tracked:
                continue
            running = (Const(normal(rng, 3)), Const(positive(rng, 3))) if tracked else (None, None)
            weights = (normal(rng, 3), normal(rng, 3)) if affine else (None, None)
            yield (normal(rng, *shape), *running, *weights, training, 0.3, 1e-3), {}
    yield (normal(rng, 4, 3), Const(normal(rng, 3)), Const(positive(rng, 3))), {}
    yield (normal(rng, 4, 3), None, None), {"weight": normal(rng, 3), "training": True}


@calls("F.layer_norm", "F.group_norm")
def normalization(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    if name == "F.layer_norm":
        for shape, inner in [((3, 4), (4,)), ((2, 3, 4), (3, 4)), ((2, 3, 4), [4]), ((5,), (5,)),
                             ((0, 4), (4,))]:
            for weight, bias in product((True, False), (True, False)):
                yield (normal(rng, *shape), inner, normal(rng, *inner) if weight else None,
                       normal(rng, *inner) if bias else None), {"eps": 1e-4}
        yield (normal(rng, 2, 3), (3,)), {}
        return
    for shape in [(2, 4), (2, 4, 3), (2, 4, 3, 2)]:
        for groups, affine in product((1, 2, 4), (True, False)):
            if len(shape) == 2 and groups == 4:
                continue
            yield (normal(rng, *shape), groups, *([normal(rng, 4), normal(rng, 4)] if affine else [])), {}
    yield (normal(rng, 2, 4, 3), 2), {"eps": 0.1, "weight": normal(rng, 4), "bias": normal(rng, 4)}


REDUCTIONS = ("mean", "sum", "none")


@calls("F.mse_loss", "F.l1_loss", "F.smooth_l1_loss", "F.huber_loss")
def regression(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    options: list[dict[str, Any]] = [{}]
    if name == "F.smooth_l1_loss":
        options = [{}, {"beta": 0.3}, {"beta": 0.0}]
    if name == "F.huber_loss":
        options = [{}, {"delta": 0.3}]
    for shape, reduction, option in product([(), (1,), (5,), (3, 4), (2, 3, 2)], REDUCTIONS, options):
        yield (normal(rng, *shape), normal(rng, *shape)), {"reduction": reduction, **option}


@calls("F.mse_loss", "F.l1_loss", "F.huber_loss")
def weighted_regression(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for reduction in REDUCTIONS:
        weight = Const(positive(rng, 3, 4))
        yield (normal(rng, 3, 4), normal(rng, 3, 4)), {"reduction": reduction, "weight": weight}


@calls("F.cross_entropy")
def class_labels(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape, weighted, smoothing, reduction, ignore in product(
            [(6, 4), (3, 4, 5), (2, 4, 3, 2)], (False, True), (0.0, 0.2), REDUCTIONS, (None, -100, 1)):
        target = integers(rng, 0, 4, shape[0], *shape[2:])
        options: dict[str, Any] = {"label_smoothing": smoothing, "reduction": reduction}
        if ignore is not None:
            target.flat[0], options["ignore_index"] = ignore, ignore
        yield (normal(rng, *shape), target, Const(positive(rng, 4)) if weighted else None), options
    yield (normal(rng, 4), np.asarray(2)), {}                          # one sample, no batch
    yield (normal(rng, 4), np.asarray(2)), {"reduction": "none", "label_smoothing": 0.1}
    yield (normal(rng, 1, 1), integers(rng, 0, 1, 1)), {}
    yield (normal(rng, 3, 4), integers(rng, 0, 4, 3).astype(np.uint8)), {}


@calls("F.cross_entropy")
def class_probabilities(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape, weighted, smoothing, reduction in product([(6, 4), (3, 4, 5), (2, 4, 3, 2)], (False, True),
                                                         (0.0, 0.2), REDUCTIONS):
        target = positive(rng, *shape)
        yield ((normal(rng, *shape), target / target.sum(1, keepdims=True),
                Const(positive(rng, 4)) if weighted else None),
               {"label_smoothing": smoothing, "reduction": reduction})
    yield (normal(rng, 4), np.array([0.1, 0.2, 0.3, 0.4])), {}


@calls("F.nll_loss")
def log_likelihood(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape, weighted, reduction, ignore in product([(6, 4), (3, 4, 5), (2, 4, 3, 2)], (False, True),
                                                      REDUCTIONS, (None, -100, 1)):
        target = integers(rng, 0, 4, shape[0], *shape[2:])
        options: dict[str, Any] = {"reduction": reduction}
        if ignore is not None:
            target.flat[0], options["ignore_index"] = ignore, ignore
        yield (normal(rng, *shape), target, Const(positive(rng, 4)) if weighted else None), options
    yield (normal(rng, 4), np.asarray(2)), {}


@calls("F.binary_cross_entropy", "F.binary_cross_entropy_with_logits")
def binary(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    logits = name.endswith("logits")
    for shape, reduction, weighted in product([(), (5,), (3, 4), (2, 3, 2)], REDUCTIONS, (False, True)):
        x = normal(rng, *shape) * 5 if logits else np.asarray(rng.uniform(0.01, 0.99, shape))
        target = np.asarray(rng.random(shape))
        options: dict[str, Any] = {"reduction": reduction}
        if weighted:
            options["weight"] = Const(positive(rng, *shape[1:]))
        yield (x, Const(target)), options
        yield (x, target), options
        if logits and shape:
            yield (x, Const(target)), {**options, "pos_weight": Const(positive(rng, shape[-1]))}


@calls("F.kl_div")
def divergence(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for shape, reduction, log in product([(5,), (3, 4), (2, 3, 2)], (*REDUCTIONS, "batchmean"),
                                         (True, False)):
        target = normal(rng, *shape) if log else positive(rng, *shape)
        yield (normal(rng, *shape), target), {"reduction": reduction, "log_target": log}


@calls("F.scaled_dot_product_attention")
def attention(rng: np.random.Generator, name: str) -> Iterator[Arguments]:
    for batch in ((), (2,), (2, 3)):
        q, k, v = normal(rng, *batch, 4, 5), normal(rng, *batch, 6, 5), normal(rng, *batch, 6, 3)
        mask = booleans(rng, 4, 6)
        mask[:, 0] = True
        yield (q, k, v), {}
        yield (q, k, v), {"attn_mask": mask}
        yield (q, k, v), {"attn_mask": normal(rng, 4, 6)}
        yield (q, k, v), {"is_causal": True}
        yield (q, k, v), {"scale": 0.3, "dropout_p": 0.0}
        yield (q, q, q), {"is_causal": True}
    yield (normal(rng, 2, 4, 3, 5), normal(rng, 2, 2, 6, 5), normal(rng, 2, 2, 6, 3)), {"enable_gqa": True}
