"""Mistakes in the model's parameters and layers, and between model and optimizer."""
from __future__ import annotations

from typing import Any, Iterator

import numpy as np

from ...autograd import Tensor
from ...autograd.tensor import array_of
from ...backend.arrays import is_array, to_numpy
from ...nn import Linear, Module, ModuleList, Sequential
from ...nn.dropout import Dropout
from ...nn.normalization import BatchNorm
from .observe import Computed, owner
from .report import Finding, listed, short
from .seen import Seen

BENT = ("Sigmoid", "Tanh")
SAMPLES = 8                 # as many must agree before a unit is called dead


def frozen(seen: Seen) -> Finding | None:
    """Every parameter of the model has requires_grad=False.

    Evidence: how many. Fix: unfreeze those to be trained.
    """
    if seen.registered and not any(seen.parameters[name]._requires_grad for name in seen.registered):
        return Finding("frozen", f"all {len(seen.registered)} parameters of the model are frozen "
                       "(requires_grad=False).", "Unfreeze what is to learn: model.requires_grad_(True).")
    return None


def no_grad_forward(seen: Seen) -> Finding | None:
    """The model ran under no_grad: nothing was recorded.

    Evidence: operations on parameters that were not recorded, and no gradient. Fix: outside of no_grad.
    """
    run = seen.first
    parameters = {id(owner(p._array)) for p in seen.trained().values()}
    unseen = [c for c in run.computed if c.phase == "forward" and not c.recorded
              and any(is_array(array_of(x)) and id(owner(array_of(x))) in parameters for x in c.inputs)]
    seen_ones = [c for c in run.computed if c.phase == "forward" and c.recorded]
    if not unseen or seen_ones or run.root is not None or seen.error is None and not seen.own_step:
        return None
    return Finding("no_grad_forward", f"the model ran under no_grad(): {len(unseen)} operations on its "
                   "parameters were not recorded, and the loss has no gradient.",
                   "Run the model outside of no_grad() to train it.", seen.place(unseen[0]))


def training_mode_at_evaluation(seen: Seen) -> Finding | None:
    """A step that only evaluates, with a model in training mode: dropout drops, batch norm uses the batch.

    Evidence: no_grad, no backward, and the layers that behave otherwise. Fix: model.eval().
    """
    call = seen.model_call
    if not seen.own_step or call is None or call.recorded or not call.training \
            or "backward" in seen.first.events:
        return None
    layers = [f"{name} ({type(m).__name__})" for name, m in seen.modules if _depends_on_mode(m)]
    if not layers:
        return None
    return Finding("training_mode_at_evaluation", "the step evaluates (no_grad, no backward) with the model "
                   f"in training mode; other results come from {listed(layers)}.",
                   "Call model.eval() before, and model.train() after it.")


def eval_mode(seen: Seen) -> Finding | None:
    """Training with a model in evaluation mode: dropout does nothing, batch norm uses old statistics.

    Evidence: the mode, and the layers that behave otherwise. Fix: model.train().
    """
    call = seen.model_call
    if call is None or call.training or seen.first.root is None:
        return None
    layers = [f"{name} ({type(m).__name__})" for name, m in seen.modules if _depends_on_mode(m)]
    if not layers:
        return None
    return Finding("eval_mode", f"the model is in evaluation mode, so {listed(layers)} do not work as in "
                   "training.",
                   "Call model.train() before the training loop, also after each evaluation.")


def _depends_on_mode(module: Any) -> bool:
    if isinstance(module, BatchNorm):
        return bool(module.track_running_stats)
    return isinstance(module, Dropout) and module.p > 0


def dropout_of_all(seen: Seen) -> Finding | None:
    """Dropout with p = 1: nothing passes.

    Evidence: the layer. Fix: p is the share that is dropped.
    """
    for name, module in seen.modules:
        if isinstance(module, Dropout) and module.p >= 1 and module.training:
            return Finding("dropout_of_all", f"layer {name} is Dropout(p={module.p}): p is the share that is "
                           "dropped, here everything.", "Usual values are 0.1 to 0.5.")
    return None


def batch_norm_of_one(seen: Seen) -> Finding | None:
    """Batch normalization of a single value: value minus mean is always 0.

    Evidence: the layer, and the shape that it got. Fix: larger batches, drop_last=True.
    """
    shape = tuple(np.shape(seen.x)) if seen.x is not None else ()
    if seen.error is None or not shape or shape[0] != 1 or not isinstance(seen.model, Module):
        return None
    layers = [name for name, m in seen.model.named_modules() if isinstance(m, BatchNorm) and m.training]
    if not layers or "batch_norm" not in str(seen.error) and "BatchNorm" not in str(seen.error):
        return None
    return Finding("batch_norm_of_one", f"layer {layers[0]} would normalize over a batch of one sample, "
                   "which leaves nothing.",
                   "Use larger batches; drop_last=True in the DataLoader leaves out a last batch of one.")


def other_model(seen: Seen) -> Finding | None:
    """The optimizer was made from another model's parameters.

    Evidence: none of the model's parameters is in the optimizer. Fix: the optimizer after the model.
    """
    if seen.optimizer is None or not seen.registered or seen.registered & seen.held:
        return None
    hidden = _hidden(seen)
    if any(name in hidden for name in seen.held) or not getattr(seen.optimizer, "param_groups", None):
        return None
    count = sum(len(group["params"]) for group in seen.optimizer.param_groups)
    return Finding("other_model", f"none of the model's {len(seen.registered)} parameters is among the "
                   f"{count} that the {type(seen.optimizer).__name__} holds: it was made for another model.",
                   "Make the optimizer after the model, from its own model.parameters().")


def hidden_layers(seen: Seen) -> Finding | None:
    """Layers in a plain list or dict, or plain tensors as attributes: model.parameters() doesn't find them.

    Evidence: parameters that get a gradient, and that neither the model nor the optimizer knows. Fix:
    nn.ModuleList, nn.ModuleDict, nn.Parameter.
    """
    names = [name for name in _hidden(seen) if name not in seen.held and _has_gradient(seen, name)
             and not _moves(seen, name)]
    if not names:
        return None
    listed_ones = any("[" in name for name in names)
    change = ("Keep layers in nn.ModuleList([...]) or nn.ModuleDict({...}), then make the optimizer."
              if listed_ones else "Assign it as nn.Parameter(...), then make the optimizer.")
    where = "a plain list or dict" if listed_ones else "plain attributes"
    return Finding("hidden_layers", f"{listed(names)}: in {where}, where model.parameters() does not look. "
                   "They get gradients, but nothing trains them.", change)


def _hidden(seen: Seen) -> list[str]:
    """Names of the tensors to learn that hang on the model but are not registered."""
    if not isinstance(seen.model, Module):
        return []
    found: set[int] = set()
    for module in seen.model.modules():
        for key, value in vars(module).items():
            if key not in ("_parameters", "_buffers", "_modules", "_hooks", "_transient_buffers"):
                found |= {id(p) for p in _tensors_in(value, 0)}
    return [name for name, p in seen.parameters.items() if id(p) in found and name not in seen.registered
            and p._requires_grad]


def _tensors_in(value: Any, depth: int) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Module):
        yield from value.parameters()
        for module in value.modules():
            for key, part in vars(module).items():
                if depth < 4 and isinstance(part, (list, tuple)):
                    yield from _tensors_in(part, depth + 1)
    elif isinstance(value, (list, tuple, dict)) and depth < 4:
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors_in(part, depth + 1)


def _has_gradient(seen: Seen, name: str) -> bool:
    return any(name in run.grads for run in seen.runs)


def _moves(seen: Seen, name: str) -> bool:
    return any(name in seen.moved(run) for run in seen.runs)


def not_in_optimizer(seen: Seen) -> Finding | None:
    """Parameters that get a gradient and that no optimizer changes.

    Evidence: their names. Fix: make the optimizer last, from all of them; freeze what must stay.
    """
    if seen.optimizer is None or not seen.registered & seen.held:
        return None
    names = [name for name, p in seen.parameters.items() if name in seen.registered - seen.held
             and p._requires_grad and _has_gradient(seen, name) and not _moves(seen, name)]
    if not names:
        return None
    strange = [name for name in seen.held - seen.registered if not _has_gradient(seen, name)]
    more = f" It holds {len(strange)} others, which get none: were layers replaced later?" if strange else ""
    return Finding("not_in_optimizer", f"{listed(names)} get a gradient, but are not in the optimizer.{more}",
                   "Make the optimizer last, from model.parameters(); freeze what is to stay as it is.")


def graph_cut(seen: Seen) -> Finding | None:
    """A layer ran and gets no gradient: between it and the loss the graph is cut.

    Evidence: the layers before the cut. Fix: without detach, .data, numpy, tensor(...) in forward.
    """
    run = seen.first
    missing = _missing(seen)
    no_gradient = run.root is None and "does not require a gradient" in str(seen.error)
    if not missing and not no_gradient:
        return None
    own = missing or list(seen.trained())
    ran = [call.name for call in run.layers if call.recorded and isinstance(call.module, Module)
           and any(name.rpartition(".")[0] == call.name for name in own)]
    silent = [call for call in run.layers if not call.recorded and any(
        name.rpartition(".")[0] == call.name for name in own)]
    if silent and not ran:
        return Finding("graph_cut", f"layer {listed(dict.fromkeys(c.name for c in silent))} ran under "
                       "no_grad() and gets no gradient.", "Run it outside of no_grad(), or freeze it: "
                       "layer.requires_grad_(False).")
    if not ran and isinstance(seen.model, Module):
        return None
    layers = f"layer {listed(dict.fromkeys(ran))} ran" if ran and ran != [""] else "the model ran"
    return Finding("graph_cut", f"{layers}, but its weights get no gradient: after it the graph is cut.",
                   "In forward, without detach(), .data, .numpy(), .item(), and without making a new "
                   "tensor(...) from a result.")


def _missing(seen: Seen) -> list[str]:
    """Registered parameters that want a gradient and never get one, although backward ran."""
    if seen.first.root is None:
        return []
    return [name for name, p in seen.parameters.items() if name in seen.registered and p._requires_grad
            and not _has_gradient(seen, name)]


def no_gradient(seen: Seen) -> Finding | None:
    """Parameters that the loss does not depend on: a layer that forward forgets.

    Evidence: their names. Fix: use the layer, or remove it.
    """
    missing = _missing(seen)
    if not missing:
        return None
    return Finding("no_gradient", f"{listed(missing)} get no gradient: the loss does not depend on them.",
                   "Use the layer in forward, or remove it.")


def symmetric_weights(seen: Seen) -> Finding | None:
    """All weights of a layer are equal at the start: its units compute the same, and stay equal.

    Evidence: equal weights with equal gradients, in the first step and in the last. Fix: random weights.
    """
    run, last = seen.first, seen.last
    for name in seen.trained():
        w = run.before[name]
        if w.ndim < 2 or not w.size or name not in run.grads or name not in last.grads:
            continue
        for axis in (0, w.ndim - 1):
            if w.shape[axis] < 2 or not (w == w.take([0], axis)).all() or not (w == w.flat[0]).all():
                continue
            if all(_same_along(r.grads[name], axis) for r in (run, last)):
                return Finding("symmetric_weights", f"all {w.size} entries of {name} are {short(w.flat[0])}, "
                               f"and its {w.shape[axis]} units get the same gradient: they stay copies of "
                               "each other.",
                               "Start from random weights: nn.init.kaiming_uniform_, or the layer's own.")
    return None


def _same_along(g: Any, axis: int) -> bool:
    return bool(np.allclose(g, g.take([0], axis), rtol=1e-4, atol=1e-12))


def dead_relu(seen: Seen) -> Finding | None:
    """A ReLU whose results are 0 for every sample of the batch: no gradient passes.

    Evidence: how many of its units are 0 everywhere, at the start or after the steps. Fix: a smaller rate,
    He initialization, scaled data.
    """
    for run, when in ((seen.first, "at the start"), (seen.last, f"after {len(seen.runs) - 1} steps")):
        for c in run.computed:
            if c.name != "ReLU" or c.phase != "forward" or c.out.ndim < 2 or not np.isfinite(c.out).all():
                continue
            dead, units, samples = _dead(c)
            if samples < SAMPLES or dead < units * (0.9 if units >= 10 else 1):
                continue
            change = ("Lower the learning rate." if run is not seen.first and not _dead_at_start(seen) else
                      "Look at what comes before it: scaled data, the layer's own initial weights, a bias "
                      "that is not far below 0; or use LeakyReLU.")
            return Finding("dead_relu", f"{dead} of {units} units of a ReLU are 0 for all {samples} values "
                           f"of the batch {when}: no gradient passes.", change, seen.place(c))
    return None


def _dead_at_start(seen: Seen) -> bool:
    return any(c.name == "ReLU" and c.out.ndim > 1 and _dead(c)[0] == _dead(c)[1]
               for c in seen.first.computed)


def _dead(c: Computed) -> tuple[int, int, int]:
    """(units that are 0 everywhere, units, values of each unit): channels (N, C, H, W), features (…, C)."""
    out = to_numpy(c.out)
    axis = 1 if out.ndim == 4 else out.ndim - 1
    alive = (out != 0).any(tuple(k for k in range(out.ndim) if k != axis))
    return int((~alive).sum()), alive.size, out.size // max(alive.size, 1)


def vanishing_gradient(seen: Seen) -> Finding | None:
    """Through many sigmoids the gradient shrinks to nothing: each multiplies it by a slope of ¼ at most.

    Evidence: gradient over weight in the first and in the last layer. Fix: ReLU, normalization, residuals.
    """
    run = seen.first
    bent = [c for c in run.computed if c.name in BENT and c.phase == "forward"]
    names = [n for n, p in seen.parameters.items() if n in run.grads and n in seen.registered and p.ndim >= 2]
    if len(bent) < 4 or len(names) < 4 or not all(np.isfinite(g).all() for g in run.grads.values()):
        return None
    first, last = (_relative(run, name) for name in (names[0], names[-1]))
    if not last or first > 1e-4 * last:
        return None
    kind = bent[0].name.lower()
    return Finding("vanishing_gradient", f"behind {len(bent)} × {kind} the gradient of {names[0]} is "
                   f"{short(first)} of its weights, that of {names[-1]} {short(last)}: the first layers "
                   "stand still.",
                   "Use ReLU instead, or normalization layers, or residual connections.")


def _relative(run: Any, name: str) -> float:
    size = float(np.sqrt(np.mean(np.square(run.before[name], dtype=np.float64))))
    return float(np.sqrt(np.mean(np.square(run.grads[name], dtype=np.float64)))) / size if size else 0.0


def shared_layer(seen: Seen) -> Finding | None:
    """One layer object stands at two places of a container, so they share their weights. A remark.

    Evidence: the places. Fix: a new layer for each place.
    """
    for path, module in seen.modules:
        if not isinstance(module, (Sequential, ModuleList)):
            continue
        places: dict[int, list[str]] = {}
        for key, child in module._modules.items():
            if child is not None and next(child.parameters(), None) is not None:
                places.setdefault(id(child), []).append(f"{path}.{key}" if path else key)
        for names in places.values():
            if len(names) > 1:
                return Finding("shared_layer", f"{listed(names)} are one and the same layer: they share "
                               "their weights.",
                               "Make a new layer for each place: [nn.Linear(n, n) for _ in range(3)], "
                               "not [layer] * 3.", remark=True)
    return None


def linear_after_linear(seen: Seen) -> Finding | None:
    """Two linear layers in a row are one linear layer: an activation is missing. A remark.

    Evidence: the places in a Sequential. Fix: nn.ReLU() between them.
    """
    for path, module in seen.modules:
        if isinstance(module, Sequential):
            layers = list(module._modules.items())
            for (a, first), (b, second) in zip(layers, layers[1:]):
                if type(first) is Linear and type(second) is Linear:
                    a, b = (f"{path}.{key}" if path else key for key in (a, b))
                    return Finding("linear_after_linear", f"{a} and {b} are linear, with nothing between: "
                                   "together they are one linear layer.",
                                   "Put an activation between them: nn.ReLU().", remark=True)
    return None


RULES = [frozen, no_grad_forward, training_mode_at_evaluation, eval_mode, dropout_of_all, batch_norm_of_one,
         other_model, hidden_layers, not_in_optimizer, graph_cut, no_gradient, symmetric_weights, dead_relu,
         vanishing_gradient, shared_layer, linear_after_linear]
