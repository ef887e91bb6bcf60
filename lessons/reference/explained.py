"""Which lessons explain a public name, and which exercises have it written by hand.

One line for each file of minigrad, since a file holds one idea; NAMES says more for single names. What no
line fits has no lesson.
"""
from __future__ import annotations

from lessons.grading.catalog import EXERCISES, Entry

from .names import Name

#: By the beginning of the file's path, the longest that fits: lessons, the best one first; exercises.
FILES: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "amp": ((38,), ()),
    "attribution/": ((43,), ("shapley",)),
    "autograd/custom": ((30, 2), ("walk",)),
    "autograd/function": ((30, 2), ("walk",)),
    "autograd/gradient": ((31, 1), ("walk",)),
    "autograd/mode": ((4,), ()),
    "autograd/node": ((2,), ("walk",)),
    "autograd/tensor": ((1, 3), ("engine",)),
    "backend/arrays": ((38,), ()),
    "backend/random": ((17,), ()),
    "check/": ((39, 1), ("gradient_check",)),
    "check/training": ((24, 39), ()),
    "compiler/": ((54,), ("compiler",)),
    "cuda": ((38,), ()),
    "data/": ((17, 20), ()),
    "distributed": ((55,), ()),
    "distributions/categorical": ((41,), ()),
    "envs/": ((40, 41), ()),
    "files/": ((26,), ()),
    "launch": ((55,), ()),
    "linalg/products": ((3,), ("matmul",)),
    "nn/activation": ((7,), ("elementwise",)),
    "nn/attention": ((34, 35), ("attention",)),
    "nn/cells": ((47,), ("recurrent", "lstm")),
    "nn/container": ((20,), ()),
    "nn/conv": ((28, 30), ("im2col", "conv_backward")),
    "nn/dropout": ((21, 22), ("dropout",)),
    "nn/embedding": ((36,), ("embedding",)),
    "nn/init": ((8,), ()),
    "nn/linear": ((13, 20), ("matmul",)),
    "nn/losses": ((9, 10), ("cross_entropy", "bce_with_logits")),
    "nn/module": ((20,), ()),
    "nn/normalization": ((30,), ("batch_norm",)),
    "nn/parameter": ((20,), ()),
    "nn/pooling": ((30,), ("max_pool",)),
    "nn/recurrent": ((47,), ("recurrent", "lstm")),
    "nn/softmax": ((10,), ("cross_entropy",)),
    "nn/transformer": ((35, 36, 48), ("attention", "layer_norm")),
    "nn/utils/prune": ((42,), ()),
    "ops/activation": ((7,), ("elementwise",)),
    "ops/arithmetic": ((1, 2), ("elementwise",)),
    "ops/convolution": ((28, 30), ("im2col", "conv_backward")),
    "ops/create": ((1,), ()),
    "ops/cross_entropy": ((10,), ("cross_entropy",)),
    "ops/dropout": ((21,), ("dropout",)),
    "ops/embedding": ((36,), ("embedding",)),
    "ops/exponential": ((7,), ()),
    "ops/linalg": ((3, 13), ("matmul",)),
    "ops/losses": ((9, 10), ("bce_with_logits",)),
    "ops/normalization": ((30,), ("batch_norm", "layer_norm")),
    "ops/pad": ((28,), ()),
    "ops/pooling": ((30,), ("max_pool",)),
    "ops/reduce": ((1, 3), ("broadcast",)),
    "ops/sampling": ((27,), ()),
    "ops/shape": ((3,), ("broadcast",)),
    "ops/softmax": ((10,), ("cross_entropy",)),
    "ops/unfold": ((28, 29), ("im2col",)),
    "optim/": ((18,), ()),
    "optim/adam": ((18,), ("adam",)),
    "optim/lr_scheduler/": ((19,), ("schedule",)),
    "optim/sgd": ((5, 18), ("sgd",)),
    "plot/": ((23,), ()),
    "privacy": ((53,), ("clipping",)),
    "quantization": ((42,), ("quantize",)),
    "text/gpt": ((48,), ("next_token",)),
    "text/generating": ((48,), ()),
    "text/": ((36, 37), ("embedding",)),
    "trace/": ((1, 11), ()),
    "train/": ((20, 23), ()),
    "train/averaging": ((23,), ()),
    "train/checkpoint": ((26,), ()),
    "train/rates": ((19,), ("schedule", "rate_finder")),
    "train/stopping": ((22,), ()),
    "vision/": ((20, 23), ()),
    "vision/cifar": ((25,), ()),
    "vision/models": ((25,), ()),
    "vision/transforms/": ((22, 25), ()),
}

#: Names that a lesson of their own explains, or another one than their neighbors.
NAMES: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "BCELoss": ((9,), ("bce_with_logits",)),
    "MSELoss": ((9,), ()),
    "mse_loss": ((9,), ()),
    "L1Loss": ((9,), ()),
    "l1_loss": ((9,), ()),
    "CrossEntropyLoss": ((10,), ("cross_entropy",)),
    "NLLLoss": ((10,), ("cross_entropy",)),
    "BCEWithLogitsLoss": ((10,), ("bce_with_logits",)),
    "LayerNorm": ((30, 36), ("layer_norm",)),
    "layer_norm": ((30, 36), ("layer_norm",)),
    "kl_div": ((42,), ()),
    "KLDivLoss": ((42,), ()),
    "matmul": ((3, 13), ("matmul",)),
    "broadcast_to": ((3,), ("broadcast",)),
    "LSTM": ((47,), ("lstm",)),
    "LSTMCell": ((47,), ("lstm",)),
    "WeightedRandomSampler": ((), ()),
    "AdamW": ((18,), ("adam",)),
}


def _entry(name: Name) -> tuple[tuple[int, ...], tuple[str, ...]]:
    if name.short in NAMES:
        return NAMES[name.short]
    file = name.module.removeprefix("minigrad/")
    fitting = [begin for begin in FILES if file == begin or file.startswith(begin)]
    return FILES[max(fitting, key=len)] if fitting else ((), ())


def lessons_of(name: Name) -> tuple[int, ...]:
    """The numbers of the lessons that explain a name, the best one first."""
    return _entry(name)[0]


def exercises_of(name: Name) -> list[Entry]:
    """The exercises that have it, or its backward pass, written by hand."""
    return [entry for wanted in _entry(name)[1] for entry in EXERCISES if entry.name == wanted]
