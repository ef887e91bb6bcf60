"""Mistakes between the model's output and the loss."""
from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd import Tensor
from ...autograd.tensor import array_of
from ...backend.arrays import is_array, to_numpy
from .data import CLASS_LOSSES, REGRESSION
from .observe import Computed
from .report import Finding, short
from .seen import Seen, shares

ELEMENTWISE = ("Add", "Sub", "Mul", "Div", "Pow", "Maximum", "Minimum", "Huber")
LOGITS_LOSSES = ("cross_entropy", "binary_cross_entropy_with_logits")


def _input(seen: Seen) -> tuple[str, Any, Computed | None]:
    """The name of the only loss that was called, its input as an array, and the operation that made it."""
    call = seen.loss_call
    if call is None or not isinstance(call.input, Tensor):
        return "", None, None
    return call.name, to_numpy(call.input._array), seen.first.producer(call.input)


def softmax_twice(seen: Seen) -> Finding | None:
    """cross_entropy applies softmax itself; probabilities as its input are squeezed together a second time.

    Evidence: the loss's input was made by Softmax, its rows add up to 1, and the loss cannot fall below the
    value for rows of 0 and 1. Fix: scores into the loss; softmax only to show probabilities.
    """
    for c in seen.first.computed:
        if c.name not in ("LogSoftmax", "CrossEntropy", "SoftCrossEntropy", "FusedCrossEntropy", "Softmax"):
            continue
        made = seen.first.producer(c.inputs[0])
        axis = 1 if c.loss is not None else c.op.dim
        classes = array_of(c.inputs[0]).shape[axis]
        if made is not None and made.name == "Softmax" and made.out.shape[made.op.dim] == classes:
            floor = float(np.log(np.e + classes - 1) - 1)
            what = c.loss.name if c.loss is not None else c.name
            return Finding("softmax_twice", f"{what} applies softmax, and its input has passed one already: "
                           f"the rows add up to 1. With {classes} classes the loss cannot fall below "
                           f"{short(floor)}.",
                           "Take the softmax out of the model: the loss applies it itself.", seen.place(made))
    return None


def softmax_by_hand(seen: Seen) -> Finding | None:
    """cross_entropy gets probabilities that were computed in another way than by softmax.

    Evidence: no entry is negative, and all rows add up to 1. Fix: scores into the loss.
    """
    name, x, made = _input(seen)
    if name != "cross_entropy" or x.ndim != 2 or len(x) < 4 or x.shape[1] < 2 or not np.isfinite(x).all() \
            or made is not None and made.name in ("Softmax", "LogSoftmax"):
        return None
    if x.min() < 0 or np.abs(x.sum(1) - 1).max() > 1e-4:
        return None
    return Finding("softmax_by_hand", "cross_entropy applies softmax, and gets probabilities: no entry is "
                   f"negative, and each of {len(x)} rows adds up to 1.", "Give it the scores themselves.",
                   seen.place(made))


def dropout_at_the_end(seen: Seen) -> Finding | None:
    """Dropout as the last layer: it sets outputs to 0, not features. A remark.

    Evidence: the operation that made the loss's input. Fix: before the last layer.
    """
    name, x, made = _input(seen)
    if made is None or made.name != "Dropout":
        return None
    return Finding("dropout_at_the_end", f"the input of {name} comes from a dropout: {int((x == 0).sum())} "
                   f"of {x.size} outputs are 0 by chance.", "Put the dropout before the last layer.",
                   seen.place(made), remark=True)


def sigmoid_before_logits_loss(seen: Seen) -> Finding | None:
    """A sigmoid before a loss for scores: cross_entropy, or binary_cross_entropy_with_logits.

    Evidence: the operation that made the loss's input. Fix: without it, or BCELoss for probabilities.
    """
    name, x, made = _input(seen)
    if made is None or made.name != "Sigmoid" or name not in LOGITS_LOSSES:
        return None
    change = ("Take the sigmoid out of the model, or use BCELoss." if name != "cross_entropy" else
              "Take the sigmoid out of the model: cross_entropy takes raw scores.")
    return Finding("sigmoid_before_logits_loss", f"{name} takes raw scores, and these have passed a sigmoid: "
                   f"they lie between {short(x.min())} and {short(x.max())}.", change, seen.place(made))


def relu_before_logits_loss(seen: Seen) -> Finding | None:
    """ReLU as the last layer before a loss for scores: no score can be negative. A remark.

    Evidence: the operation that made the loss's input, and its zeros. Fix: end with the linear layer.
    """
    name, x, made = _input(seen)
    if made is None or made.name != "ReLU" or name not in LOGITS_LOSSES:
        return None
    return Finding("relu_before_logits_loss", f"the scores for {name} come from a ReLU: "
                   f"{int((x == 0).sum())} of {x.size} are 0, where nothing is learned.",
                   "End the model with the linear layer.", seen.place(made), remark=True)


def not_log_probabilities(seen: Seen) -> Finding | None:
    """NLLLoss and KLDivLoss take log-probabilities, not scores and not probabilities.

    Evidence: the sum of exp over a row, which must be 1. Fix: log_softmax, or CrossEntropyLoss.
    """
    name, x, _ = _input(seen)
    if name not in ("nll_loss", "kl_div") or x.ndim < 2 or not x.size or not np.isfinite(x).all():
        return None
    if name == "kl_div":
        if x.max() <= 1e-5:
            return None
        return Finding("not_log_probabilities", "kl_div takes log-probabilities, which are never above 0; "
                       f"its input goes up to {short(x.max())}.", "Give F.log_softmax(scores, dim=1).")
    sums = np.exp(x.astype(np.float64)).sum(1)
    if np.abs(sums - 1).max() < 1e-2:
        return None
    given = "probabilities" if x.min() >= 0 and np.abs(x.sum(1) - 1).max() < 1e-3 else "raw scores"
    change = ("Take the logarithm: F.log_softmax instead of softmax." if given == "probabilities" else
              "Use CrossEntropyLoss, or end the model with nn.LogSoftmax(dim=1).")
    return Finding("not_log_probabilities", f"nll_loss takes log-probabilities, and gets {given}: exp of a "
                   f"row adds up to {short(sums.flat[0])} instead of 1.", change)


def not_probabilities(seen: Seen) -> Finding | None:
    """BCELoss takes probabilities, not scores.

    Evidence: values outside of 0 to 1, or values that come straight from a linear layer. Fix: with logits.
    """
    name, x, made = _input(seen)
    if name != "binary_cross_entropy" or not x.size:
        return None
    outside = int(((x < 0) | (x > 1)).sum())
    if not outside and (made is None or made.name not in ("Linear", "Conv2d", "MatMul")):
        return None
    evidence = (f"{outside} of {x.size} entries lie outside of 0 to 1 (from {short(x.min())} to "
                f"{short(x.max())})" if outside else "they come from a linear layer, without a sigmoid")
    return Finding("not_probabilities", "binary_cross_entropy takes probabilities, and gets raw scores: "
                   f"{evidence}.", "Use BCEWithLogitsLoss, or a sigmoid before the loss.", seen.place(made))


def one_output_for_classes(seen: Seen) -> Finding | None:
    """Softmax over a single score is always 1, so cross-entropy with one output learns nothing.

    Evidence: the shape. Fix: BCEWithLogitsLoss, or two outputs.
    """
    name, x, _ = _input(seen)
    if name not in CLASS_LOSSES or x.ndim != 2 or x.shape[1] != 1:
        return None
    return Finding("one_output_for_classes", f"{name} gets scores of shape {tuple(x.shape)}: one class, "
                   "whose probability is always 1.", "For two classes give the last layer 2 outputs, or use "
                   "BCEWithLogitsLoss with targets of the outputs' shape.")


def arguments_swapped(seen: Seen) -> Finding | None:
    """loss(target, output): the order is (output, target).

    Evidence: what the loss got. Fix: the other way round.
    """
    call, run = seen.loss_call, seen.first
    if call is None or call.name in REGRESSION:         # which are symmetric
        return None
    if not isinstance(seen.batch, (tuple, list)) or not shares(run, call.input, seen.batch[-1]) \
            or not shares(run, call.target, seen.output):
        return None
    return Finding("arguments_swapped", f"{call.name} got the targets first and the model's output second.",
                   "Write loss(output, target).")


def shapes_broadcast(seen: Seen) -> Finding | None:
    """(N, 1) with (N) broadcasts to (N, N): every output is compared with every target.

    Evidence: the shapes of both and of the result. Fix: squeeze or unsqueeze.
    """
    run = seen.first
    if seen.output is None or not isinstance(seen.batch, (tuple, list)) or len(seen.batch) < 2:
        return None
    for c in run.computed:
        if c.phase != "loss" or c.loss is not None or c.name not in ELEMENTWISE or len(c.inputs) != 2:
            continue
        for a, b in (c.inputs, c.inputs[::-1]):
            if not (shares(run, a, seen.output) and shares(run, b, seen.batch[-1])):
                continue
            x, y = tuple(np.shape(array_of(a))), tuple(np.shape(array_of(b)))
            if x and y and c.out.size > max(np.prod(x), np.prod(y)) and (x + (1,) == y or y + (1,) == x):
                change = "y.unsqueeze(1)" if len(x) > len(y) else "output.unsqueeze(1)"
                return Finding("shapes_broadcast", f"the output {x} and the target {y} broadcast to "
                               f"{tuple(c.out.shape)}: every output is compared with every target.",
                               f"Bring both to one shape: {change}, or output.squeeze(1).", seen.place(c))
    return None


def softmax_over_batch(seen: Seen) -> Finding | None:
    """Softmax along the batch: the samples compete with each other, instead of the classes.

    Evidence: the axis, and that columns add up to 1. Fix: dim=1.
    """
    made = None if seen.output is None else seen.first.producer(seen.output)
    if made is None or made.name not in ("Softmax", "LogSoftmax") or made.op.dim != 0 or made.out.ndim < 2:
        return None
    shape = tuple(made.out.shape)
    if shape[0] == shape[1] or seen.x is None or shape[0] != len(seen.x) or shape[0] < 2:
        return None
    return Finding("softmax_over_batch", f"the model's output {shape} is a {made.name.lower()} along dim 0, "
                   "the batch: the columns add up to 1, not the rows.", "Write dim=1 (or dim=-1).",
                   seen.place(made))


def loss_ignores_output(seen: Seen) -> Finding | None:
    """The loss is the same whatever the model's output is.

    Evidence: three other outputs of the same shape, and the same loss. Fix: loss(model(x), y).
    """
    run, outs = seen.first, [c.output for c in seen.first.layers if c.module is seen.model]
    if seen.own_step and run.root is not None and outs and all(isinstance(out, Tensor) and out.requires_grad
                                                              for out in outs):
        if not _reaches(run.root, {id(out.grad_fn) for out in outs}):
            return Finding("loss_ignores_output", "backward starts at a number that does not depend on the "
                           "model's output.", "Call backward on the loss of the output; add a penalty to it.")
        return None
    if len(set(seen.other_losses)) != 1 or len(seen.other_losses) < 4:
        return None
    return Finding("loss_ignores_output", f"the loss is {short(seen.other_losses[0])} for the model's "
                   "output, and for three random outputs of that shape as well.", "Compute the loss from the "
                   "output: loss(model(x), y).")


def _reaches(root: Any, wanted: set[int]) -> bool:
    """Whether a walk from the loss comes to one of these operations."""
    waiting, met = [root], {id(root)}
    while waiting:
        op = waiting.pop()
        if id(op) in wanted:
            return True
        for edge in op.edges:
            if edge is not None and not isinstance(edge, Tensor) and id(edge) not in met:
                met.add(id(edge))
                waiting.append(edge)
    return False


def graph_cut_in_loss(seen: Seen) -> Finding | None:
    """The model's output wants a gradient, the loss does not: something in between cannot be differentiated.

    Evidence: what was computed from the output without the graph. Fix: without argmax, detach, numpy, item.
    """
    out, run = seen.output, seen.first
    if not isinstance(out, Tensor) or not out.requires_grad or run.root is not None or seen.error is None \
            or "does not require a gradient" not in str(seen.error):
        return None
    return Finding("graph_cut_in_loss", "the model's output has a gradient, but the loss that was computed "
                   "from it has none: argmax, comparisons, detach(), .data, numpy(), item() end the graph.",
                   "Compute the loss with operations on the output itself; accuracy is for looking at, not "
                   "to learn from.")


def loss_not_a_number(seen: Seen) -> Finding | None:
    """The loss is one number for each sample, or not a Tensor.

    Evidence: its shape or type. Fix: the mean.
    """
    text = str(seen.error)
    value = seen.first.value
    if seen.error is None:
        return None
    if "can start by itself only at a single number" in text:
        return Finding("loss_not_a_number", "backward cannot start: "
                       f"{text.partition(': ')[2].partition('. ')[0]}.",
                       'Take the mean: loss.mean(), or reduction="mean".')
    if isinstance(seen.error, AttributeError) and "'backward'" in text and not isinstance(value, Tensor):
        return Finding("loss_not_a_number", f"the loss isn't a Tensor: {text}.",
                       "Return the Tensor itself: no float(), item() or numpy() before backward.")
    return None


def log_of_zero(seen: Seen) -> Finding | None:
    """ln 0 = −∞, and 0 · ∞ is NaN: a probability was rounded to 0.

    Evidence: how many entries of the logarithm's input are 0 or below. Fix: log_softmax, or clamp.
    """
    bad = seen.first.first_bad
    if bad is None or not bad[0].name.lower().startswith("log") or not bad[0].inputs:
        return None
    x = to_numpy(array_of(bad[0].inputs[0]))
    if np.ndim(x) == 0 and not np.isscalar(x) and x.dtype.kind != "f" or not (x <= 0).any():
        return None
    return Finding("log_of_zero", f"{int((x <= 0).sum())} of {x.size} entries of a logarithm are 0 or below "
                   f"(the smallest is {short(x.min())}): the result is infinite or NaN.",
                   "Use F.log_softmax or a loss for scores, which cannot round to 0; else "
                   "log(p.clamp(min=1e-7)).",
                   seen.place(bad[0]))


def not_finite(seen: Seen) -> Finding | None:
    """The first NaN or infinity, forward or backward, in the very first step.

    Evidence: the operation that made it from finite numbers. Fix: keep its input away from there.
    """
    bad = seen.first.first_bad
    if bad is None or not seen.losses and seen.error is None and not seen.first.toward:
        return None
    if not _matters(seen, bad):
        return None
    found, what = bad
    x = to_numpy(array_of(found.inputs[0])) if found.inputs and is_array(array_of(found.inputs[0])) else None
    span = "" if x is None or not x.size else f", for inputs from {short(x.min())} to {short(x.max())}"
    of = "result" if what == "result" else "gradient"
    return Finding("not_finite", f"the {of} of {found.name} is NaN or infinite{span}; what went into it was "
                   "finite.",
                   "Keep its input away from there: add a small eps under a root or a division, or clamp; or "
                   "lower the scale of data and weights.", seen.place(found))


def _matters(seen: Seen, bad: tuple[Computed, str]) -> bool:
    """Whether the loss or a gradient is not finite in the first step: a mask may hide it."""
    run = seen.first
    grads = all(np.isfinite(g).all() for g in run.grads.values())
    return not grads or run.loss is not None and not np.isfinite(run.loss)


def output_ignores_input(seen: Seen) -> Finding | None:
    """The output is the same whatever the input is.

    Evidence: samples in reverse order give the same output. Fix: use x in forward.
    """
    if seen.turned is None:
        return None
    straight, back = seen.turned
    if any(c.name == "ReLU" and not c.out.any() for c in seen.last.computed):
        return None                                     # of so few samples that it may be chance
    if straight.shape != back.shape or not np.isfinite(straight).all() or not np.array_equal(straight, back):
        return None
    if straight.ndim == 0 or straight.shape[0] != len(seen.x) or len(np.unique(straight, axis=0)) > 1:
        return None
    return Finding("output_ignores_input", "with the samples in reverse order the output is the same, to the "
                   f"bit: all {len(straight)} samples give the same output.",
                   "Compute the output from x: look at forward.")


RULES = [softmax_twice, softmax_by_hand, sigmoid_before_logits_loss, not_log_probabilities, not_probabilities,
         one_output_for_classes, arguments_swapped, shapes_broadcast, softmax_over_batch, loss_ignores_output,
         graph_cut_in_loss, loss_not_a_number, log_of_zero, not_finite, output_ignores_input,
         relu_before_logits_loss, dropout_at_the_end]
