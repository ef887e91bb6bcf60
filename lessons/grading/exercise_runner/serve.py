"""Load a student's file and call its functions, as the grader asks; say what came of each call."""
from __future__ import annotations

import base64
import builtins
import inspect
import io
import json
import os
import sys
import warnings
from _sitebuiltins import Quitter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, Callable

import numpy as np

from . import nodes
from .limits import limit
from .processes import step_aside
from .walls import close_files
from .wire import pack, unpack

KEPT = 2_000                    # characters of what a call prints
ENDLESS = 100_000               # characters after which a call that goes on printing is stopped
DEPTH = 1_000                   # of nested calls, as Python has it

Reply = dict[str, Any]


class Flood(BaseException):
    """More was printed than anybody can read."""


class Printed(io.TextIOBase):
    """Keeps the beginning of what is printed, and stops whoever prints without end."""

    def __init__(self) -> None:
        self.text, self.count = "", 0

    def write(self, text: str) -> int:
        """Keep ``text`` if there is room."""
        self.text += text[:max(0, KEPT - len(self.text))]
        self.count += len(text)
        if self.count > ENDLESS:
            raise Flood
        return len(text)

    def writable(self) -> bool:
        """Yes."""
        return True


class Refused:
    """An importer that finds nothing of minigrad: the exercises are written on NumPy alone."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Refuse minigrad and its lessons, leave the rest to others."""
        if name.partition(".")[0] in ("minigrad", "lessons"):
            raise ImportError(f"{name} is not there: the exercises are written on NumPy alone")


def main(numpy_at: str, place: str) -> None:
    """Serve requests until there are no more. Both folders stand in sys.path; only the first one stays."""
    requests, replies = channel()
    step_aside()
    sys.path[:] = [path for path in sys.path if path not in ("", place)]
    sys.meta_path.insert(0, Refused)
    builtins.exit = builtins.quit = Quitter("exit", "Ctrl-D")
    replies.write(b"{}\n")                              # ready
    replies.flush()
    module: ModuleType | None = None
    path, own = Path(), os.getpid()
    for line in requests:
        request = json.loads(line)
        if "source" in request:
            path = Path(request["path"])
            limit(request["seconds"])
            close_files(Path.cwd(), path.parent)
            module, reply = load(path, base64.b64decode(request["source"]), request["functions"])
        else:
            assert module is not None
            reply = call(module, path, request)
        if os.getpid() != own:                          # the code has forked, and this is the copy
            os._exit(0)
        replies.write(json.dumps({**reply, "number": request["number"]}).encode() + b"\n")
        replies.flush()


def channel() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for the grader alone: nobody answers input(), and what is printed past
    Python goes another way."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    return requests, replies


def load(path: Path, source: bytes, functions: dict[str, list[str]]) -> tuple[ModuleType, Reply]:
    """The student's file as a module, and what its functions are."""
    module = ModuleType("exercise_" + path.stem)
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    sys.path.append(str(path.parent))

    def run() -> dict[str, Reply]:
        """Compile and run the file."""
        try:
            code = compile(source, str(path), "exec")
        except ValueError as error:                     # a null byte, before Python 3.12
            raise SyntaxError(str(error)) from None
        exec(code, module.__dict__)
        return {name: described(module, name, parameters) for name, parameters in functions.items()}

    value, reply = protected(run, path)
    return module, {**reply, "functions": value}


def described(module: ModuleType, function: str, parameters: list[str]) -> Reply:
    """What stands behind a name: whether it can be called with so many arguments, and which it takes."""
    found = getattr(module, function, None)
    own = [name for name, value in vars(module).items() if inspect.isfunction(value)]
    if not callable(found):
        return {"is": None if found is None else type(found).__name__, "own": own[:100]}
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):                     # one of NumPy's own, say
        return {"is": "function", "names": parameters, "fits": True}
    try:
        signature.bind(*parameters)
        fits = True
    except TypeError:
        fits = False
    return {"is": "function", "names": [x.name for x in signature.parameters.values()], "fits": fits}


def call(module: ModuleType, path: Path, request: dict[str, Any]) -> Reply:
    """One call, and which of its arguments were changed by it."""
    function, arguments = request["call"], [unpack(x) for x in request["arguments"]]
    before = [x.copy() if isinstance(x, np.ndarray) else x for x in arguments]
    how: dict[str, Callable[[], Any]] = {
        "plain": lambda: getattr(module, function)(*arguments),
        "order": lambda: nodes.order(module, function, *arguments),
        "gradients": lambda: nodes.gradients(module, function, *arguments),
        "engine": lambda: nodes.engine(module, function, *arguments),
        "measured": lambda: nodes.measured(module, function, *arguments)}
    value, reply = protected(how[request["how"]], path)
    changed = {} if reply["problem"] else {
        i: pack(now) for i, (x, now) in enumerate(zip(before, arguments))
        if isinstance(x, np.ndarray) and not np.array_equal(x, now, equal_nan=True)}
    try:
        return {**reply, "value": pack(value), "changed": changed}
    except Exception:                                   # the value is of a type that cannot be looked at
        return {**reply, "value": {"strange": [type(value).__name__, "", []]}, "changed": changed}


def protected(run: Callable[[], Any], path: Path) -> tuple[Any, Reply]:
    """Run the student's code; whatever it does short of ending the process is told in the reply."""
    printed, problem, value = Printed(), None, None
    sys.setrecursionlimit(DEPTH)
    with redirect_stdout(printed), redirect_stderr(printed), warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"):
            try:
                value = run()
            except BaseException as error:
                problem = told(error, path)
    if problem is None and sys.getrecursionlimit() > DEPTH:
        problem = {"kinds": ["limit raised"], "message": "", "line": 0}
    sys.setrecursionlimit(DEPTH)
    np.seterr(divide="warn", over="warn", invalid="warn", under="ignore")
    warned = next((f"line {w.lineno}: {w.message}" for w in seen if w.filename == str(path)), "")
    return value, {"problem": problem, "printed": printed.text.encode(errors="replace").decode(),
                   "warned": warned[:KEPT]}


def told(error: BaseException, path: Path) -> Reply:
    """An exception: its classes, its message, and the last line of the student's file that led to it."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    message = one_line(error)
    if isinstance(error, SyntaxError) and error.filename in (str(path), None):
        return {"kinds": ["cannot read"], "message": str(error.msg), "line": error.lineno or 0}
    return {"kinds": [x.__name__ for x in type(error).__mro__[:20]], "message": message, "line": line}


def one_line(error: BaseException, longest: int = 240) -> str:
    """An exception's message on one line; some objects cannot even say what they are."""
    try:
        text = " ".join(str(error).split()).encode(errors="replace").decode()
    except Exception:
        return "(its message cannot be shown)"
    return text if len(text) <= longest else text[:longest] + " …"
