"""What PyTorch's databases list as errors of operations, modules and optimizers raises here as well.

Each error input is built, PyTorch itself is asked whether it really raises, and then minigrad must raise,
too: one of its own errors, or a built-in one whose message says which operation refuses.
"""
from __future__ import annotations

from typing import Any

import pytest

import minigrad
from oracle_databases import (NotThere, Translation, entry_id, operation, operation_of, quietly, raised,
                              shown, untaught)

torch = pytest.importorskip("torch")
databases = pytest.importorskip(
    "torch.testing._internal.common_methods_invocations",
    reason="PyTorch's databases cannot be imported: they need the package expecttest",
    exc_type=ImportError)
common_modules = pytest.importorskip("torch.testing._internal.common_modules", exc_type=ImportError)
common_optimizers = pytest.importorskip("torch.testing._internal.common_optimizers", exc_type=ImportError)
pytestmark = pytest.mark.torch

#: Operations that take Python numbers for any of their tensors, which PyTorch refuses. Intended: backward
#: methods run the same functions on arrays and numbers as on tensors.
TAKES_NUMBERS = set("eq ne lt le gt ge maximum minimum max-binary min-binary logical_and logical_or pow "
                    "remainder __radd__ __rmul__ __rand__ __ror__ __rxor__ atan2 bitwise_and bitwise_or "
                    "bitwise_xor bitwise_left_shift bitwise_right_shift clamp_min clamp_max copysign "
                    "float_power fmax fmin fmod hypot isclose logaddexp logical_xor xlogy gcd heaviside "
                    "lcm".split())

OPERATIONS = {entry_id(e): e for e in databases.op_db if e.error_inputs_func and operation(e.name)}
MODULES = {m.name.rpartition(".")[2]: m for m in common_modules.module_db
           if m.module_error_inputs_func and hasattr(minigrad.nn, m.name.rpartition(".")[2])}
OPTIMIZERS = {o.optim_cls.__name__: o for o in common_optimizers.optim_db
              if o.optim_error_inputs_func and hasattr(minigrad.optim, o.optim_cls.__name__)}


def verdict(what: str, name: str, call: Any) -> str | None:
    """None when minigrad refuses a call in the way it should; else what it did instead."""
    error = raised(call)
    if error is None:
        return f"{what}: nothing raised"
    problem = untaught(error, name)
    return None if problem is None else f"{what}: {problem}"


def number_for_tensor(name: str, sample: Any) -> bool:
    """Whether PyTorch refuses a call only because a number stands where it wants a tensor."""
    arguments = [sample.input, *sample.args]
    return name in TAKES_NUMBERS and any(isinstance(a, (int, float)) for a in arguments)


def operation_errors(name: str, numbers: bool) -> list[tuple[str, Any]]:
    """The error inputs of an operation that PyTorch refuses, as calls of minigrad's."""
    entry, calls = OPERATIONS[name], []
    for k, error_input in enumerate(quietly(lambda: list(entry.error_inputs_func(entry, "cpu")))):
        sample = error_input.sample_input
        if raised(lambda: quietly(entry.op, sample.input, *sample.args, **sample.kwargs)) is None \
                or number_for_tensor(name, sample) != numbers \
                or "single memory location" in error_input.error_regex \
                or "unsupported operation" in error_input.error_regex:     # copies here do not overlap
            continue
        put = Translation(torch)
        try:
            args, kwargs = put([sample.input, *sample.args]), put(sample.kwargs)
        except NotThere:
            continue
        what = f"{name} #{k} ({shown(args)}, {shown(kwargs)})"
        calls.append((what, lambda args=args, kwargs=kwargs: operation_of(entry)(*args, **kwargs)))
    return calls


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_error_inputs_of_operations_raise(name: str) -> None:
    short = OPERATIONS[name].name.removeprefix("nn.functional.")
    found = [verdict(what, short, call) for what, call in operation_errors(name, numbers=False)]
    assert not any(found), "\n".join(filter(None, found))


@pytest.mark.parametrize("name", sorted(TAKES_NUMBERS & set(OPERATIONS)))
def test_numbers_stand_for_tensors(name: str) -> None:
    answers = [raised(call) for _, call in operation_errors(name, numbers=True)]
    assert None in answers, "this operation refuses numbers: take it from TAKES_NUMBERS"


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("name", sorted(MODULES))
def test_error_inputs_of_modules_raise(name: str, training: bool) -> None:
    entry, found = MODULES[name], []
    inputs = quietly(entry.module_error_inputs_func, entry, device="cpu", dtype=torch.float32,
                     requires_grad=False, training=training)
    for k, error_input in enumerate(inputs):
        made, given = (getattr(error_input.module_error_input, part)
                       for part in ("constructor_input", "forward_input"))
        forward = error_input.error_on == common_modules.ModuleErrorEnum.FORWARD_ERROR

        def run(layer: Any, put: Any) -> None:
            module = layer(*put(made.args), **put(made.kwargs)).train(training)
            if forward:
                module(*put(given.args), **put(given.kwargs))

        if raised(lambda: quietly(run, entry.module_cls, lambda value: value)) is None:
            continue
        what = f"{name} #{k} ({shown(made.args)} {shown(made.kwargs)})"
        what += f"({shown(given.args)})" if forward else ""
        found.append(verdict(what, name, lambda: run(getattr(minigrad.nn, name), Translation(torch))))
    assert not any(found), "\n".join(filter(None, found))


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_error_inputs_of_optimizers_raise(name: str) -> None:
    entry, found = OPTIMIZERS[name], []
    for k, error_input in enumerate(entry.optim_error_inputs_func(device="cpu", dtype=torch.float32)):
        given, put = error_input.optimizer_error_input, Translation(torch)
        try:
            params, options = put(given.params), put(given.kwargs)      # before PyTorch changes the groups
        except NotThere:                                                # complex numbers: refused earlier
            continue
        if raised(lambda: quietly(entry.optim_cls, given.params, **given.kwargs)) is None:
            continue
        what = f"{name} #{k} {given.desc or ''} ({shown(params)}, {shown(options)})"
        found.append(verdict(what, name, lambda: getattr(minigrad.optim, name)(params, **options)))
    assert not any(found), "\n".join(filter(None, found))


def test_the_databases_hold_most_of_minigrad() -> None:
    calls = sum(len(operation_errors(name, numbers=False)) for name in OPERATIONS)
    assert calls > 180 and len(MODULES) >= 10 and len(OPTIMIZERS) >= 14, (calls, len(MODULES))
