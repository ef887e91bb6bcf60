"""Looks at a lesson's own training while it runs.

Python loads a file of this name by itself when its folder is on the path.

The first time that ``backward`` is called at a line of a lesson, the loop around that line is tried as a
training step: its body, compiled once more, with the variables that it has there. In ``fit`` it is fit's own
step. What ``training_step`` says goes into the file that ``MINIGRAD_STEPS`` names, a line of JSON for each.
The trial changes nothing, so the lesson goes on as if it had not been.
"""
from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

PATH = os.environ.get("MINIGRAD_STEPS", "")
LESSONS = Path(__file__).resolve().parents[3] / "lessons"


LEAVING = (ast.Return, ast.Break, ast.Continue)     # a statement that leaves the loop is not tried


def install() -> None:
    """Put a look in front of ``Tensor.backward``."""
    from minigrad import Tensor
    original, seen = Tensor.backward, set()

    def backward(self: Any, *args: Any, **kwargs: Any) -> None:
        frame = sys._getframe(1)
        place = lesson_line(frame)
        if place is not None and place not in seen:
            seen.add(place)
            Tensor.backward = original              # type: ignore[method-assign]
            try:
                record(place, look(frame))
            finally:
                Tensor.backward = backward          # type: ignore[method-assign]
        original(self, *args, **kwargs)

    Tensor.backward = backward                      # type: ignore[method-assign]


def lesson_line(frame: FrameType | None) -> tuple[str, int] | None:
    """The lesson's line that called backward, itself or by way of ``fit``."""
    if frame is not None and frame.f_code.co_name == "_train_epoch":
        while frame is not None and Path(frame.f_code.co_filename).parent != LESSONS:
            frame = frame.f_back
    if frame is None or Path(frame.f_code.co_filename).parent != LESSONS:
        return None
    return Path(frame.f_code.co_filename).name, frame.f_lineno


def record(place: tuple[str, int], found: dict[str, Any]) -> None:
    """One more line."""
    with open(PATH, "a", encoding="utf-8") as file:
        print(json.dumps({"lesson": place[0], "line": place[1], **found}), file=file)


def look(frame: FrameType) -> dict[str, Any]:
    """What training_step says about the step around this call of backward."""
    from minigrad.check import training_step
    here = frame.f_locals
    if frame.f_code.co_name == "_train_epoch":
        run = here["run"]
        report = training_step(run.model, here["loss"], run.optimizer, (here["x"], here["y"]))
        return {"kind": "fit", "names": report.names, "losses": report.losses, "text": report.text}
    source = Path(frame.f_code.co_filename).read_text(encoding="utf-8")
    node = around(ast.parse(source), frame.f_lineno)
    if node is None or not any(updates(part) for part in ast.walk(node)):
        return {"kind": "no training", "names": [], "losses": [], "text": ""}
    if isinstance(node, ast.FunctionDef) and makes_its_own(node, {**frame.f_globals, **here}):
        return {"kind": "no step", "names": [], "losses": [], "text": ""}
    used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    variables = {**frame.f_globals, **here}
    kept: Any = [part for part in node.body if not any(isinstance(inner, LEAVING)
                                                       for inner in ast.walk(part))]
    body = compile(ast.Module(body=kept, type_ignores=[]), frame.f_code.co_filename, "exec")
    model, optimizer, batch = parts(node, used, variables)

    def step(model: Any, optimizer: Any, batch: Any) -> None:
        exec(body, variables)
    report = training_step(model, None, optimizer, batch, step=step)
    return {"kind": "loop", "names": report.names, "losses": report.losses, "text": report.text}


def updates(part: ast.AST) -> bool:
    """``optimizer.step()``, or ``w -= rate * w.grad``."""
    if isinstance(part, ast.AugAssign):
        return isinstance(part.op, ast.Sub) and any(
            isinstance(inner, ast.Attribute) and inner.attr == "grad" for inner in ast.walk(part.value))
    return isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "step"


def makes_its_own(node: ast.FunctionDef, variables: dict[str, Any]) -> bool:
    """Whether a function makes the network or the optimizer itself: it is a whole training, not a step."""
    from minigrad import nn, optim
    made = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx,
                                                                                            ast.Store)}
    return any(isinstance(variables.get(name), (nn.Module, optim.Optimizer)) for name in made)


def around(tree: ast.AST, line: int) -> ast.For | ast.While | ast.FunctionDef | None:
    """The innermost loop or function that contains a line."""
    found = [node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While, ast.FunctionDef))
             and node.lineno <= line <= (node.end_lineno or 0)]
    return max(found, key=lambda node: node.lineno, default=None)


def parts(node: Any, used: set[str], variables: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Model, optimizer and batch, as far as the loop's variables tell."""
    from minigrad import Tensor, nn, optim
    values = [variables[name] for name in sorted(used) if name in variables]
    optimizer = next((v for v in values if isinstance(v, optim.Optimizer)), None)
    held = {id(p)
            for group in optimizer.param_groups for p in group["params"]} if optimizer is not None else set()
    model = next((v for v in values if isinstance(v, nn.Module) and not held.isdisjoint(map(id,
                                                                                            v.parameters()))),
                 None)
    target = node.target if isinstance(node, ast.For) else None
    batch = [variables.get(part.id) for part in getattr(target, "elts", []) if isinstance(part, ast.Name)]
    pair = tuple(batch) if len(batch) == 2 and all(isinstance(part, Tensor) for part in batch) else (None,
                                                                                                     None)
    return model if model is not None else (lambda *x: None), optimizer, pair


if PATH:
    install()
