"""Mistakes in the data: the batch itself, and the labels."""
from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd.tensor import array_of
from ...backend.arrays import is_array, to_numpy
from .observe import LossCall, first_tensor
from .report import Finding, short
from .seen import Seen, shares

CLASS_LOSSES = ("cross_entropy", "nll_loss")
BINARY_LOSSES = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
REGRESSION = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
LARGE = 100.0               # entries beyond this saturate a layer whose weights are near 1/√n
SMALL = 1e-5                # entries below this are lost beside the bias


def data_not_finite(seen: Seen) -> Finding | None:
    """NaN or infinity in the batch: every sum that they enter is NaN, too.

    Evidence: how many entries. Fix: find where they come from, and fill or drop them.
    """
    for what, array in (("x", seen.x), ("y", seen.y)):
        if array is not None and array.dtype.kind == "f" and not np.isfinite(array).all():
            bad = int(array.size - np.isfinite(array).sum())
            return Finding("data_not_finite", f"{what} holds NaN or infinity in {bad} of {array.size} "
                           "entries.",
                           f"Fill or drop them before training: minigrad.isfinite({what}) says where.")
    return None


def data_not_scaled(seen: Seen) -> Finding | None:
    """Bytes from 0 to 255, or other large numbers, go straight into a layer that is made for entries near 1.

    Evidence: the range, and that the first operation on x is a layer. Fix: divide, or standardize.
    """
    x = seen.x
    if x is None or x.dtype.kind not in "fu" or x.size < 2 or not np.isfinite(x).all() \
            or not _enters_layer(seen):
        return None
    low, high = float(x.min()), float(x.max())
    size = max(abs(low), abs(high))
    if SMALL <= size <= LARGE or not size:
        return None
    bytes_ = low >= 0 and high <= 255 and bool((x == np.round(x)).all())
    change = ("Scale the images: x = x / 255." if bytes_ else
              "Standardize each feature with the training set's own numbers: x = (x - mean) / std.")
    return Finding("data_not_scaled", f"x goes from {short(low)} to {short(high)} straight into the first "
                   "layer, whose weights are made for entries near 1.", change)


def _enters_layer(seen: Seen) -> bool:
    """Whether a layer multiplies x, as it is in the batch, with weights."""
    x = seen.batch[0] if isinstance(seen.batch, (tuple, list)) else seen.batch
    return any(c.name in ("Linear", "MatMul", "Conv2d", "Conv1d") and c.inputs
               and shares(seen.first, c.inputs[0], x) for c in seen.first.computed)


def samples_all_equal(seen: Seen) -> Finding | None:
    """All samples of the batch are equal.

    Evidence: every row equals the first. Fix: the index in the data set, or the scaling.
    """
    x = seen.x
    if x is None or x.ndim < 2 or len(x) < 4 or x[0].size < 2 or not (x == x[:1]).all():
        return None
    return Finding("samples_all_equal", f"all {len(x)} samples in x are equal.",
                   "Look at how x is read, indexed and scaled: dividing integers, or a constant index, does "
                   "this.")


def _labels(call: LossCall) -> Any:
    array = array_of(call.target)
    return to_numpy(array) if is_array(array) else None


def _classes(call: LossCall) -> int:
    shape = tuple(array_of(call.input).shape)
    return int(shape[1] if len(shape) > 1 else shape[0]) if shape else 0


def class_call(seen: Seen) -> tuple[LossCall, Any, int] | None:
    """The call of a loss for classes, its target as an array, and the number of classes."""
    call = seen.loss_call
    if call is None or call.name not in CLASS_LOSSES or not is_array(array_of(call.input)):
        return None
    labels = _labels(call)
    return None if labels is None or not labels.size else (call, labels, _classes(call))


def labels_off_by_one(seen: Seen) -> Finding | None:
    """Labels from 1 to C, where classes count from 0.

    Evidence: the smallest and the largest label, and C. Fix: y - 1.
    """
    found = class_call(seen)
    if found is None or seen.error is None:
        return None
    _, labels, classes = found
    if labels.dtype.kind in "iu" and labels.min() >= 1 and labels.max() == classes:
        return Finding("labels_off_by_one", f"the labels go from {labels.min()} to {labels.max()}, but "
                       f"{classes} classes are counted from 0 to {classes - 1}.", "Count from 0: y = y - 1.")
    return None


def labels_out_of_range(seen: Seen) -> Finding | None:
    """A label outside of the classes: the last layer has too few outputs, or the labels aren't indices.

    Evidence: the labels' range, and the number of classes. Fix: as many outputs as classes.
    """
    found = class_call(seen)
    if found is None or seen.error is None:
        return None
    _, labels, classes = found
    if labels.dtype.kind not in "iu" or labels.max() < classes and labels.min() >= 0:
        return None
    change = ("Give samples that must not count the label -100 (ignore_index), others their class."
              if labels.min() < 0 else
              f"Give the last layer {labels.max() + 1} outputs, or number the classes from 0 without gaps.")
    return Finding("labels_out_of_range", f"the labels go from {labels.min()} to {labels.max()}, but the "
                   f"loss gets scores for {classes} classes, 0 to {classes - 1}.", change)


def labels_wrong_type(seen: Seen) -> Finding | None:
    """Class indices as floats, or one-hot rows as integers.

    Evidence: dtype and shape. Fix: y.long() for indices, y.float() for one-hot rows.
    """
    found = class_call(seen)
    if found is None or seen.error is None:
        return None
    call, labels, _ = found
    shape = tuple(array_of(call.input).shape)
    if labels.dtype.kind == "f" and labels.shape in (shape[:1] + shape[2:], (*shape[:1], 1)):
        return Finding("labels_wrong_type", f"the labels, of shape {labels.shape}, are {labels.dtype}; class "
                       "indices are integers.", "Convert them: y = y.long()"
                       + (".squeeze(1)." if labels.ndim == 2 and labels.shape[1] == 1 else "."))
    if labels.dtype.kind in "iub" and labels.shape == shape and len(shape) > 1:
        return Finding("labels_wrong_type", f"the target has the shape {labels.shape} of the scores and the "
                       f"dtype {labels.dtype}: one-hot rows are probabilities, so they must be floating.",
                       "Write y.float(), or give the indices: y.argmax(1).")
    return None


def labels_wrong_shape(seen: Seen) -> Finding | None:
    """Class indices as a column (N, 1), where cross-entropy takes (N).

    Evidence: both shapes. Fix: squeeze(1).
    """
    found = class_call(seen)
    if found is None or seen.error is None:
        return None
    call, labels, _ = found
    shape = tuple(array_of(call.input).shape)
    if labels.dtype.kind in "iu" and len(shape) == 2 and labels.shape == (shape[0], 1):
        return Finding("labels_wrong_shape", f"the labels have shape {labels.shape}, and class indices for "
                       f"scores {shape} have shape ({shape[0]},).", "Write y.squeeze(1), or y.flatten().")
    return None


def labels_all_equal(seen: Seen) -> Finding | None:
    """All labels of a batch are the same class: the data are sorted, and not shuffled.

    Evidence: the label and how many there are, 16 at least. Fix: shuffle=True.
    """
    found = class_call(seen)
    if found is None or seen.error is not None:
        return None
    _, labels, classes = found
    if labels.dtype.kind == "f":
        if labels.ndim != 2 or len(labels) < 16 or not (labels == labels[:1]).all() or labels[0].max() < 0.9:
            return None
        value = int(labels[0].argmax())
    elif labels.size < 16 or labels.min() != labels.max():
        return None
    else:
        value = int(labels.flat[0])
    return None if classes < 2 else Finding(
        "labels_all_equal", f"all {len(labels)} labels of the batch are {value}: the model learns to say "
        f"{value} to everything, until the next class comes.", "Mix the samples: DataLoader(data, "
        "shuffle=True).")


def targets_not_probabilities(seen: Seen) -> Finding | None:
    """Targets of a binary cross-entropy that are not between 0 and 1, or rows that don't add up to 1.

    Evidence: the range, or the sums. Fix: labels 0 and 1; rows divided by their sum.
    """
    call = seen.loss_call
    target = None if call is None else _labels(call)
    if call is None or target is None or not target.size or not np.isfinite(target).all():
        return None
    low, high = float(target.min()), float(target.max())
    if call.name in BINARY_LOSSES and (low < 0 or high > 1):
        change = ("Turn -1 and 1 into 0 and 1: y = (y + 1) / 2." if (low, high) == (-1, 1) else
                  "Labels are 0 and 1; scale targets that are shares to between 0 and 1.")
        return Finding("targets_not_probabilities", f"{call.name} expects targets from 0 to 1, and these go "
                       f"from {short(low)} to {short(high)}.", change)
    if call.name == "cross_entropy" and target.dtype.kind == "f" and target.ndim > 1 \
            and target.shape == tuple(array_of(call.input).shape):
        sums = target.sum(1)
        wrong = (np.abs(sums - 1) > 0.01) & (np.abs(sums) > 1e-6)
        if wrong.any() or low < -1e-6:
            return Finding("targets_not_probabilities", "the rows of the target are taken for probabilities, "
                           f"and {int(wrong.sum())} of {sums.size} don't add up to 1 (one gives "
                           f"{short(sums[wrong].flat[0] if wrong.any() else sums.flat[0])}).",
                           "Give class indices, or rows that are 1 at the class and 0 elsewhere.")
    return None


def compared(seen: Seen) -> tuple[Any, Any] | None:
    """Output and target of a regression as NumPy arrays: of a loss, or of a hand-written difference."""
    run, call = seen.first, seen.loss_call
    pair = None
    if call is not None and call.name in REGRESSION:
        pair = call.input, call.target
    elif not run.losses and isinstance(seen.batch, (tuple, list)) and len(seen.batch) > 1:
        for c in run.computed:
            if c.name == "Sub" and c.phase == "loss" and len(c.inputs) == 2:
                for a, b in (c.inputs, c.inputs[::-1]):
                    if shares(run, a, seen.output) and shares(run, b, seen.batch[-1]):
                        pair = pair or (a, b)
    if pair is None:
        return None
    arrays = [array_of(first_tensor(value)) for value in pair]
    if not all(is_array(a) and a.size for a in arrays):
        return None
    out, target = (to_numpy(a) for a in arrays)
    return (out, target) if np.isfinite(out).all() and np.isfinite(target).all() else None


def targets_not_scaled(seen: Seen) -> Finding | None:
    """Targets of a regression in the thousands, where the untrained outputs are near 0.

    Evidence: the typical size of both. Fix: standardize y; multiply back when predicting.
    """
    found = compared(seen)
    if found is None or seen.error is not None:
        return None
    out, target = (float(np.sqrt(np.mean(np.square(a, dtype=np.float64)))) for a in found)
    if target <= LARGE or target <= LARGE * max(out, 1.0):
        return None
    return Finding("targets_not_scaled", f"the targets are of size {short(target)}, the outputs of size "
                   f"{short(out)}: the weights have a long way to go, and the gradients are huge.",
                   "Train on (y - y.mean()) / y.std(), and turn the predictions back.")


def targets_out_of_reach(seen: Seen) -> Finding | None:
    """The last activation cannot give the targets: a sigmoid ends at 1, tanh at ±1, ReLU at 0.

    Evidence: the activation, and the targets' range. Fix: no activation at the end, or scaled targets.
    """
    call, found = seen.loss_call, compared(seen)
    made = None if found is None or seen.output is None else seen.first.producer(seen.output)
    if found is None or made is None or call is not None and not shares(seen.first, call.input, seen.output):
        return None
    limits = {"Sigmoid": (0.0, 1.0), "Softmax": (0.0, 1.0), "Tanh": (-1.0, 1.0), "ReLU": (0.0, np.inf)}
    if made.name not in limits:
        return None
    low, high = limits[made.name]
    target = found[1]
    outside = (target < low - 0.1) | (target > high + 0.1)
    if outside.mean() < 0.1:
        return None
    reach = "never below 0" if made.name == "ReLU" else f"always between {short(low)} and {short(high)}"
    return Finding("targets_out_of_reach", f"the model ends with {made.name}, whose results are {reach}; "
                   f"{int(outside.sum())} of {target.size} targets are not (they go from "
                   f"{short(target.min())} to {short(target.max())}).", f"Leave the last {made.name} out, or "
                   "scale the targets.", seen.place(made))


RULES = [data_not_finite, data_not_scaled, samples_all_equal, labels_off_by_one, labels_out_of_range,
         labels_wrong_type, labels_wrong_shape, labels_all_equal, targets_not_probabilities,
         targets_not_scaled, targets_out_of_reach]
