"""Mistakes in the step itself: what it called, in which order, and what it changed."""
from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd import Tensor
from ...autograd.tensor import array_of
from ...backend.arrays import is_array, to_numpy
from .observe import Run, owner
from .report import Finding, listed, short
from .seen import Seen, shares

ROUNDING = 1e-7             # a step of this share of the weights changes their last digit in float32


def gradients_not_cleared(seen: Seen) -> Finding | None:
    """backward adds to .grad: without zero_grad each step uses the sum of all gradients so far.

    Evidence: gradients left from a step that has used them, when the next backward began. Fix: zero_grad.
    """
    for before, now in zip(seen.runs, seen.runs[1:]):
        moved = seen.moved(before)
        left = [name for name, g in now.old.items() if g.any() and name in moved and name in before.grads
                and np.array_equal(g, before.grads[name])]
        if left and now.root is not None:
            sizes = [short(_norm(run.grads)) for run in seen.runs if run.grads]
            return Finding("gradients_not_cleared", f"when backward began, {len(left)} gradients of the step "
                           "before were still there, and it added to them: their size goes "
                           f"{' → '.join(sizes)}.",
                           "Call optimizer.zero_grad() at the start of each step.")
    return None


def _norm(arrays: dict[str, Any]) -> float:
    return float(np.sqrt(sum(float(np.square(a, dtype=np.float64).sum()) for a in arrays.values())))


def backward_forgotten(seen: Seen) -> Finding | None:
    """The step computes a loss and never calls backward.

    Evidence: what the step called. Fix: loss.backward().
    """
    if not seen.own_step or seen.error is not None or any("backward" in run.events for run in seen.runs) \
            or not any(c.recorded for c in seen.first.computed):
        return None
    return Finding("backward_forgotten", f"the step {_called(seen)}, but not backward: there are no "
                   "gradients.",
                   "Call loss.backward() before optimizer.step().")


def _called(seen: Seen) -> str:
    names = {"forward": "ran the model", "zero_grad": "called zero_grad", "step": "called optimizer.step",
             "backward": "called backward"}
    return listed(dict.fromkeys(names[e] for e in seen.first.events if e in names)) or "called nothing"


def rebound_parameter(seen: Seen) -> Finding | None:
    """w = w - lr * w.grad makes a new tensor: the parameter itself stays as it was.

    Evidence: an operation on the parameter after backward, and a parameter that did not change. Fix: in
    place, under no_grad.
    """
    if not seen.own_step or any(seen.moved(run) for run in seen.runs):
        return None
    run = seen.first
    memory = {id(owner(p._array)): name for name, p in seen.parameters.items()}
    used = [(memory[id(owner(array_of(x)))], c) for c in run.computed if c.phase == "update" for x in c.inputs
            if is_array(array_of(x)) and id(owner(array_of(x))) in memory]
    if not used and not seen.rebound:
        return None
    name = seen.rebound[0] if seen.rebound else used[0][0]
    return Finding("rebound_parameter", f"{name} did not change: after backward a new tensor was computed "
                   "from it, and the old one, which the model uses, was left as it is.",
                   "Change it in place, under no_grad: p -= lr * p.grad. Or let an optimizer do it.",
                   seen.place(used[0][1] if used else None))


def wrong_order(seen: Seen) -> Finding | None:
    """zero_grad between backward and step, so that the step finds no gradients.

    Evidence: the order of the calls. Fix: zero_grad, backward, step.
    """
    if not seen.own_step or seen.error is not None:
        return None
    for run in seen.runs:
        events = [e for e in run.events if e in ("backward", "zero_grad", "step")]
        doubled = events + events                       # the next step follows this one
        for a, b, c in zip(doubled, doubled[1:], doubled[2:]):
            if (a, b, c) == ("backward", "zero_grad", "step"):
                order = ", ".join(dict.fromkeys(events))
                return Finding("wrong_order", f"the step calls {order}, again and again: when step comes, "
                               "zero_grad has just thrown the gradients away.",
                               "The order is optimizer.zero_grad(), loss.backward(), optimizer.step().")
    return None


def step_forgotten(seen: Seen) -> Finding | None:
    """There are gradients, and nobody used them.

    Evidence: no parameter changed, and optimizer.step was not called. Fix: optimizer.step().
    """
    if not seen.own_step or seen.error is not None or any(seen.moved(run) for run in seen.runs) \
            or not all(run.grads for run in seen.runs) or any("step" in run.events for run in seen.runs):
        return None
    return Finding("step_forgotten", f"the step {_called(seen)}, but no parameter changed.",
                   "Call optimizer.step() after backward.")


def wrong_sign(seen: Seen) -> Finding | None:
    """The step climbs: the loss is negated, the logarithm's minus is missing, or the update adds.

    Evidence: the sign between the loss function and backward, or the angle between step and gradient.
    """
    run = seen.first
    sign = 1
    for c in seen.chain(run):
        if c.loss is not None:
            break
        if c.name == "Neg" or c.name == "Mul" and any(_negative(x) for x in c.inputs):
            sign = -sign
    else:
        c = None
    if sign < 0 and c is not None and c.loss is not None and shares(run, c.loss.input, seen.output):
        return Finding("wrong_sign", f"backward starts at minus {c.loss.name} ({short(run.loss)}): the steps "
                       "make the loss larger.", "Minimize the loss itself, without the minus.")
    for c in run.computed:
        g = run.toward.get(c.op)
        if c.name == "LogSoftmax" and c.loss is None and g is not None and g.size >= 4 \
                and (run.loss or 0.0) < 0:
            up = to_numpy(g)
            picked = up[up != 0]
            if len(picked) and (picked > 0).all() and np.ptp(picked) < 1e-6 * picked.max() \
                    and picked.size < up.size:
                return Finding("wrong_sign", f"the loss, {short(run.loss)}, is the mean of log-probabilities "
                               "itself: the steps make the labels' probabilities smaller.",
                               "Minimize minus the log-probability: loss = -log_p[...].mean().",
                               seen.place(c))
    cosine = _cosine(seen)
    if cosine is not None and cosine > 0.99:
        return Finding("wrong_sign", f"the parameters moved along the gradient (cosine {short(cosine)}), "
                       "uphill.",
                       "Subtract: p -= lr * p.grad (and no maximize=True).")
    return None


def _negative(x: Any) -> bool:
    value = array_of(x)
    return np.ndim(value) == 0 and not (isinstance(x, Tensor) and x.requires_grad) and bool(value < 0)


def _cosine(seen: Seen) -> float | None:
    """Between the first step and the gradient; None where one of them is 0."""
    run = seen.first
    moved = seen.moved(run)
    names = [name for name in moved if name in run.grads]
    since = run.events.index("backward") if "backward" in run.events else 0
    if not names or "zero_grad" in run.events[since:]:
        return None
    step = np.concatenate([moved[name].ravel() for name in names]).astype(np.float64)
    gradient = np.concatenate([run.grads[name].ravel() for name in names]).astype(np.float64)
    size = float(np.linalg.norm(step) * np.linalg.norm(gradient))
    return float(step @ gradient) / size if size and np.isfinite(size) else None


def rate_zero(seen: Seen) -> Finding | None:
    """A learning rate of 0.

    Evidence: the rate, and that nothing changed. Fix: 0.1 or 0.01 for SGD, 0.001 for Adam.
    """
    rates = _rates(seen)
    if not rates or any(rates) or _scheduled(seen) or any(seen.moved(run) for run in seen.runs):
        return None
    return Finding("rate_zero", "the learning rate is 0: no parameter changed.",
                   "Start from lr=0.01 for SGD, 0.001 for Adam.")


def _rates(seen: Seen) -> list[float]:
    return [float(group["lr"]) for group in getattr(seen.optimizer, "param_groups", []) if "lr" in group]


def _scheduled(seen: Seen) -> bool:
    """Whether a schedule sets the rate, which may begin at 0."""
    return any("initial_lr" in group for group in getattr(seen.optimizer, "param_groups", []))


def options_diverge(seen: Seen) -> Finding | None:
    """Options with which every optimizer diverges: a momentum of 1, or a weight decay that takes everything.

    Evidence: the options. Fix: momentum 0.9, weight_decay 1e-4.
    """
    for group in getattr(seen.optimizer, "param_groups", []):
        lr, decay = float(group.get("lr", 0.0)), float(group.get("weight_decay", 0.0))
        if float(group.get("momentum", 0.0)) >= 1:
            return Finding("options_diverge", f"the momentum is {short(group['momentum'])}: the velocity "
                           "keeps all of what it had and never slows down.", "Usual is momentum=0.9.")
        if lr * decay >= 0.5:
            return Finding("options_diverge", f"lr · weight_decay is {short(lr * decay)}: each step takes "
                           "that share of the weights away.",
                           "Usual is weight_decay=1e-4 for SGD, 1e-2 for AdamW.")
    return None


def nothing_changed(seen: Seen) -> Finding | None:
    """The step ran, and no parameter is another.

    Evidence: the gradients, which may be 0. Fix: what the other findings say.
    """
    if seen.error is not None or any(seen.moved(run) for run in seen.runs) or not seen.first.grads \
            or not seen.held or _scheduled(seen):
        return None
    if seen.own_step and not any("step" in run.events for run in seen.runs):
        return None
    size = _norm(seen.first.grads)
    why = "all gradients are 0" if not size else f"the gradients have size {short(size)}, the rate is " \
        + listed(short(rate) for rate in _rates(seen))
    return Finding("nothing_changed", f"no parameter changed in {len(seen.runs)} steps: {why}.",
                   "Where gradients are 0, look for what is flat: a constant loss, saturated or dead units.")


def rate_explodes(seen: Seen) -> Finding | None:
    """The loss is far larger after the step: the rate is too large.

    Evidence: the loss on the same batch, step by step, and the step's size beside the weights'. Fix: a tenth
    of the rate; the mean instead of the sum.
    """
    if not exploded(seen):
        return None
    return Finding("rate_explodes", f"on this very batch the loss goes {_course(seen)}; the first step has "
                   f"{short(_share(seen.first))} times the size of the weights{_at_rate(seen)}.",
                   "Try a tenth of the learning rate, and again a tenth of it, until the loss falls.")


def sum_of_losses(seen: Seen) -> Finding | None:
    """The loss is a sum over the batch, and the rate is made for the mean: the steps are N times as long.

    Evidence: the sum, and the loss that explodes. Fix: the mean, or rate / N.
    """
    count = _sum_of(seen) if exploded(seen) else 0
    if not count:
        return None
    return Finding("sum_of_losses", f"the loss is a sum of {count} numbers, so its gradient is {count} times "
                   f"that of the mean; it goes {_course(seen)}{_at_rate(seen)}.",
                   f"Take the mean: .mean(), reduction=\"mean\"; or divide the rate by {count}.")


def exploded(seen: Seen) -> bool:
    """Whether the loss grew tenfold or ceased to be finite, by steps of the size of the weights."""
    losses, run = seen.losses, seen.first
    if len(losses) < 2 or not np.isfinite(losses[0]) or not seen.moved(run) \
            or not all(np.isfinite(g).all() for g in run.grads.values()):
        return False
    worst = next((value for value in losses if not np.isfinite(value)), max(losses))
    if np.isfinite(worst) and worst - losses[0] <= 9 * abs(losses[0]):
        return False
    return not np.isfinite(worst) or max(_share(r) for r in seen.runs) > 0.3


def _course(seen: Seen) -> str:
    return " → ".join(map(short, seen.losses))


def _at_rate(seen: Seen) -> str:
    rates = _rates(seen)
    return f", at lr={listed(dict.fromkeys(map(short, rates)))}" if rates else ""


def _share(run: Run) -> float:
    """The size of the step over the size of the parameters that it changed."""
    changed = {name: run.after[name] - run.before[name] for name in run.before
               if run.after[name].shape == run.before[name].shape
               and (run.after[name] != run.before[name]).any()}
    size = _norm({name: run.before[name] for name in changed})
    return _norm(changed) / size if size else (np.inf if changed else 0.0)


def _sum_of(seen: Seen) -> int:
    """How many numbers the loss is the sum of; 0 for a mean."""
    chain = list(seen.chain(seen.first))
    for c in chain:
        if c.name in ("Mean", "MeanSquaredError", "Div") or c.name == "FusedCrossEntropy":
            return 0
        if c.name == "Sum" and c.inputs and is_array(array_of(c.inputs[0])):
            size = int(array_of(c.inputs[0]).size)
            return size if size >= 8 else 0
    return 0


def rate_too_small(seen: Seen) -> Finding | None:
    """The step is so small that float32 rounds it away.

    Evidence: its size beside the weights, although the loss depends on them. Fix: a larger rate.
    """
    run, losses = seen.first, seen.losses
    rates = _rates(seen)
    if not rates or not max(rates) or _scheduled(seen) or seen.error is not None \
            or not losses or not losses[0]:
        return None
    held = {name: run.before[name] for name in seen.held if name in run.grads}
    weights, size = _norm(held), _norm({name: run.grads[name] for name in held})
    if not weights or not np.isfinite(size) or size * weights < 0.01 * abs(losses[0]):
        return None
    share = max(_norm({n: r.after[n] - r.before[n] for n in held}) / weights for r in seen.runs)
    if share > ROUNDING:
        return None
    return Finding("rate_too_small", f"a step changes the weights by {short(share)} of their size, no more "
                   f"than rounding{_at_rate(seen)}.", "Start from lr=0.01 for SGD, 0.001 for Adam.")


def error(seen: Seen) -> Finding | None:
    """The step raised an error, and no rule knows it better than its own message.

    Evidence: the message.
    """
    if seen.error is None:
        return None
    number = len(seen.runs)
    text = str(seen.error).replace("\n", " ")
    return Finding("error", f"step {number} raised {type(seen.error).__name__}: {text}",
                   "Do what the message says.")


RULES = [wrong_sign, gradients_not_cleared, backward_forgotten, rebound_parameter, wrong_order,
         step_forgotten, rate_zero, options_diverge, sum_of_losses, rate_explodes, rate_too_small,
         nothing_changed]
