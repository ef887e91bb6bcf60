"""A look at a training step: which of the usual mistakes is in it?

    report = minigrad.check.training_step(model, loss, optimizer, batch)

``snapshot`` keeps everything as it was, ``observe`` and ``seen`` run a few steps and collect evidence;
``data``, ``outputs``, ``parameters`` and ``changes`` hold the rules, one function for each mistake;
``report`` tells what they found. MISTAKES.md is their catalogue.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...autograd import Tensor
from ...autograd.source import caller
from ...data import DataLoader
from . import changes, data, outputs, parameters
from .report import Finding, StepReport
from .seen import Seen, observe

__all__ = ["Finding", "MISTAKES", "StepReport", "training_step"]

RULES: list[Callable[[Seen], Finding | None]] = [*data.RULES, *outputs.RULES, *parameters.RULES,
                                                 *changes.RULES]

#: Every name that a finding may have, and the first line of what its rule says.
MISTAKES = {rule.__name__: (rule.__doc__ or "").partition("\n")[0] for rule in [*RULES, changes.error]}

#: After one of these the steps go too far, whatever the rate.
TOO_LARGE = {"data_not_finite", "data_not_scaled", "targets_not_scaled", "wrong_sign"}

#: After one of these units die, and the output with them.
DEADLY = TOO_LARGE | {"options_diverge", "rate_explodes", "sum_of_losses", "symmetric_weights",
                      "samples_all_equal", "dropout_of_all"}

#: A finding, and those that it follows from: it is left out where one of them was found, too.
FOLLOWS: dict[str, set[str]] = {
    "log_of_zero": {"data_not_finite"},
    "not_finite": {"data_not_finite", "log_of_zero"},
    "samples_all_equal": {"data_not_finite"},
    "symmetric_weights": {"data_not_finite", "data_not_scaled", "samples_all_equal", "options_diverge"},
    "labels_wrong_type": {"arguments_swapped"},
    "labels_wrong_shape": {"one_output_for_classes"},
    "labels_out_of_range": {"arguments_swapped", "labels_off_by_one", "one_output_for_classes"},
    "labels_all_equal": {"one_output_for_classes"},
    "targets_not_probabilities": {"arguments_swapped"},
    "targets_out_of_reach": {"softmax_twice", "targets_not_scaled"},
    "loss_ignores_output": {"one_output_for_classes"},
    "graph_cut": {"loss_ignores_output", "graph_cut_in_loss", "frozen", "no_grad_forward"},
    "graph_cut_in_loss": {"loss_ignores_output"},
    "no_gradient": {"loss_ignores_output", "graph_cut"},
    "not_in_optimizer": {"hidden_layers"},
    "no_grad_forward": {"training_mode_at_evaluation"},
    "vanishing_gradient": {"dead_relu"},
    "sum_of_losses": TOO_LARGE | {"not_finite"},
    "rate_explodes": TOO_LARGE | {"not_finite", "options_diverge", "sum_of_losses", "gradients_not_cleared",
                                  "targets_not_probabilities", "not_log_probabilities"},
    "dead_relu": DEADLY,
    "output_ignores_input": DEADLY | {"dead_relu"},
    "backward_forgotten": {"no_grad_forward"},
    "step_forgotten": {"backward_forgotten", "rebound_parameter"},
    "rate_too_small": {"rate_zero", "step_forgotten", "wrong_order", "rebound_parameter", "other_model",
                       "backward_forgotten"},
    "nothing_changed": {"rate_zero", "rate_too_small", "wrong_order", "rebound_parameter", "other_model",
                        "frozen", "dead_relu", "dropout_of_all", "loss_ignores_output",
                        "one_output_for_classes"},
}


def training_step(model: Any, loss: Any, optimizer: Any, batch: Any,
                  step: Callable[[Any, Any, Any], Any] | None = None) -> StepReport:
    """Try a few training steps, and report every usual mistake that can be seen in them.

    The steps run on the real objects, and afterwards everything is as it was, to the bit: parameters and
    their gradients, buffers, the optimizer's state, data, random numbers, and the variables of your
    functions. What they print or write to files stays.

    Args:
        model: a Module, or a function of x.
        loss: takes (model(x), y) and returns one number. With ``step`` it may be None.
        optimizer: made from ``model.parameters()``; with ``step`` it may be None.
        batch: what a DataLoader gives: (x, y), or (x1, x2, y) for a model of two inputs.
        step: your own loop body, ``step(model, optimizer, batch)``, if zero_grad, backward and step may be
            where the mistake is. Without it the usual ones are called.

    Returns a ``StepReport``: true if no mistake was seen. Only what is certain is reported. Labels that
    were shuffled against the data cannot be seen in one batch, nor can a model that is too small.

    Raises TypeError for a class instead of an object (``nn.MSELoss`` without parentheses), a DataLoader
    instead of a batch, and a batch that isn't a pair.

    >>> model = minigrad.nn.Linear(2, 3)
    >>> sgd = minigrad.optim.SGD(model.parameters(), lr=0.1)
    >>> def my_step(model, optimizer, batch):
    ...     x, y = batch
    ...     loss = minigrad.nn.functional.cross_entropy(model(x), y)
    ...     loss.backward()
    ...     optimizer.step()
    >>> batch = minigrad.randn(4, 2), minigrad.tensor([0, 1, 2, 0])
    >>> minigrad.check.training_step(model, None, sgd, batch, step=my_step).names
    ['gradients_not_cleared']
    """
    _require(model, loss, optimizer, batch, step)
    return report_on(observe(model, loss, optimizer, batch, step, caller(1)))


def report_on(seen: Seen) -> StepReport:
    """What the rules say to this evidence."""
    found = list(_findings(seen))
    names = {finding.name for finding in found}
    kept = [f for f in found if not FOLLOWS.get(f.name, set()) & names]
    if not any(not f.remark for f in kept):
        unexplained = changes.error(seen)
        kept = [unexplained, *kept] if unexplained is not None else kept
    return StepReport(kept, seen.losses)


def _findings(seen: Seen) -> Iterator[Finding]:
    for rule in RULES:
        found = rule(seen)
        if found is not None:
            yield found


def _require(model: Any, loss: Any, optimizer: Any, batch: Any, step: Any) -> None:
    for what, value in (("model", model), ("loss", loss), ("optimizer", optimizer)):
        if isinstance(value, type):
            raise TypeError(f"training_step: {what} is the class {value.__name__} itself. Make one of it: "
                            f"{value.__name__}({'model.parameters()' if what == 'optimizer' else ''}).")
    if not callable(model):
        raise TypeError("training_step: the model must be a Module or a function, got "
                        f"{type(model).__name__}.")
    if isinstance(batch, DataLoader):
        raise TypeError("training_step: give one batch, not the DataLoader: next(iter(loader)).")
    if step is not None:
        if not callable(step):
            raise TypeError(f"training_step: step must be a function step(model, optimizer, batch), got "
                            f"{type(step).__name__}.")
        return
    if not callable(loss):
        raise TypeError("training_step: loss must be a function of (output, target), got "
                        f"{type(loss).__name__}. A loss that needs more goes into step=.")
    if not hasattr(optimizer, "step") or not hasattr(optimizer, "zero_grad"):
        raise TypeError(f"training_step: optimizer must be an optimizer, got {type(optimizer).__name__}. To "
                        "try a step of your own without one, pass it as step=.")
    if isinstance(batch, Tensor) or not isinstance(batch, (tuple, list)) or len(batch) < 2:
        raise TypeError(f"training_step: a batch must be a pair (x, y), got {type(batch).__name__}. A step "
                        "that takes other batches goes into step=.")
