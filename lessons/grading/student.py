"""A student's file: load it, call its functions, and say in one line what went wrong there."""
from __future__ import annotations

import difflib
import inspect
import io
import linecache
import os
import sys
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, NamedTuple

import numpy as np

from .advice import advice
from .model import Finding
from .returned import Unusable

KEPT = 2_000                    # characters of what a call prints
ENDLESS = 100_000               # characters after which a call that goes on printing is stopped
DEPTH = 1_000                   # of nested calls, as Python has it


class StubChanged(Exception):
    """Something of the stub that the exercise needs is gone; the message says what."""


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


class Answer(NamedTuple):
    """What came of a call: a value, or the reason why there is none."""

    value: Any
    problem: Finding | None
    printed: str
    warned: str                 # the first warning, with its line


def load(path: Path) -> tuple[ModuleType | None, Answer]:
    """The student's file as a module."""
    name = "exercise_" + path.stem
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    sys.path.append(str(path.parent))

    def run() -> None:
        """Compile and run the file."""
        try:
            code = compile(path.read_bytes(), str(path), "exec")
        except ValueError as error:                 # a null byte, before Python 3.12
            raise SyntaxError(str(error)) from None
        exec(code, module.__dict__)

    answer = protected(run, path)
    return (None if answer.problem else module), answer


def protected(call: Callable[[], Any], path: Path) -> Answer:
    """Make a call into the student's file; whatever it does short of ending the process is an Answer."""
    printed, problem, value = Printed(), None, None
    sys.setrecursionlimit(DEPTH)
    with redirect_stdout(printed), redirect_stderr(printed), warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"):
            try:
                value = call()
            except BaseException as error:
                problem = explain(error, path)
    if problem is None and sys.getrecursionlimit() > DEPTH:
        problem = Finding("recursion", "The recursion limit was raised. That only moves the wall, or makes "
                          "Python crash: use a loop and a list of what is still to be done.")
    sys.setrecursionlimit(DEPTH)
    np.seterr(divide="warn", over="warn", invalid="warn", under="ignore")
    os.chdir(path.parent)
    warned = next((f"line {w.lineno}: {w.message}" for w in seen if w.filename == str(path)), "")
    return Answer(value, problem, printed.text, warned)


def explain(error: BaseException, path: Path) -> Finding:
    """An exception in the student's code as one line: what happened, where, and what to do."""
    if isinstance(error, SyntaxError) and error.filename in (str(path), None):
        line = f", line {error.lineno}" if error.lineno else ""
        code = f" ({error.text.strip()})" if error.text else ""
        return Finding("syntax", f"Python cannot read {path.name}{line}{code}: {error.msg}")
    where = student_line(error, path)
    if isinstance(error, StubChanged):
        return Finding("missing function", str(error))
    if isinstance(error, Unusable):
        return error.finding
    if isinstance(error, NotImplementedError):
        return Finding("not started", f"This function is not written yet{where}. Put your code in place of "
                       "the raise.")
    if isinstance(error, SystemExit):
        return Finding("exit", f"The code calls exit(){where}. Use return to leave a function.")
    if isinstance(error, Flood):
        return Finding("flood", f"It prints without end{where}; stopped after {ENDLESS:,} characters. Is a "
                       "print in a loop that never ends?")
    if isinstance(error, RecursionError):
        return Finding("recursion", f"RecursionError{where}: a function calls itself more than about "
                       f"{DEPTH:,} times. Use a loop and a list of what is still to be done.")
    if isinstance(error, MemoryError):
        return Finding("memory", f"MemoryError{where}: this needs more memory than the grader gives. Is an "
                       f"array far too large, or does a list grow in a loop? {one_line(error)}".rstrip())
    if isinstance(error, EOFError):
        return Finding("exception", f"EOFError{where}: nobody is there to answer input(). Use the "
                       "arguments of the function.")
    if isinstance(error, KeyboardInterrupt):
        return Finding("exception", f"The code raises KeyboardInterrupt{where}. Leave that to Ctrl-C.")
    name, message = type(error).__name__, one_line(error)
    if "gufunc" in message:                     # NumPy's words for it help nobody
        message = "matmul: the sizes do not fit" + message[message.rfind(" (size"):].rstrip(")") + ")"
    return Finding("exception", f"{name}{where}: {message}{'' if message.endswith('.') else '.'} "
                   f"{advice(f'{name}: {one_line(error)}')}".rstrip())


def one_line(error: BaseException, longest: int = 240) -> str:
    """An exception's message on one line; some objects cannot even say what they are."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        return "(its message cannot be shown)"
    return text if len(text) <= longest else text[:longest] + " …"


def student_line(error: BaseException, path: Path) -> str:
    """The last line of the student's file that led to an exception, as " at line 12 (code)"."""
    if isinstance(error, RecursionError):           # the traceback of a thousand calls: its end is enough
        trace = error.__traceback__
        numbers = []
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == str(path):
                numbers.append(trace.tb_lineno)
            trace = trace.tb_next
    else:
        numbers = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__)
                   if frame.filename == str(path)]
    if not numbers:
        return ""
    line = linecache.getline(str(path), numbers[-1]).strip()
    return f" at line {numbers[-1]}" + (f" ({line})" if line else "")


def missing(module: ModuleType, function: str, parameters: tuple[str, ...]) -> Finding | None:
    """Why the function cannot be called with its arguments, if so."""
    found = getattr(module, function, None)
    expected = f"{function}({', '.join(parameters)})"
    if found is None:
        own = [name for name, value in vars(module).items() if inspect.isfunction(value)]
        near = difflib.get_close_matches(function, own, 1)
        return Finding("missing function", f"There is no function {function}"
                       + (f" (but {near[0]})" if near else "") + f". Keep the stub's line: def {expected}.")
    if not callable(found):
        return Finding("missing function", f"{function} is a value ({type(found).__name__}), not a "
                       f"function. Keep the stub's line: def {expected}.")
    try:
        signature = inspect.signature(found)
        names = [parameter.name for parameter in signature.parameters.values()]
        signature.bind(*parameters)
    except TypeError:
        return Finding("signature", f"{function} takes ({', '.join(names)}), but it is called with "
                       f"({', '.join(parameters)}). Keep the stub's line: def {expected}.")
    except ValueError:
        return None
    if sorted(names) == sorted(parameters) and tuple(names) != parameters:
        return Finding("signature", f"{function} takes ({', '.join(names)}), but the order is "
                       f"({', '.join(parameters)}). Keep the stub's line: def {expected}.")
    return None
