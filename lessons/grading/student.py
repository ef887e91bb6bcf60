"""A student's file from the outside: its functions are called over there, and answer with data.

Nothing of the file ever runs in this process, and nothing that comes back is believed beyond its value.
"""
from __future__ import annotations

import base64
import difflib
import time
from pathlib import Path
from typing import Any, Mapping, Sequence

import numpy as np

from .advice import advice
from .exercise_runner.wire import pack, unpack
from .model import Finding
from .sandbox import Ended, Process

DEPTH = 1_000                   # of nested calls, as Python has it


class Failed(Exception):
    """A call that came to nothing; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


class Changed(Failed):
    """A call that changed its arguments: their places, and what they are now."""

    def __init__(self, now: Mapping[int, Any]) -> None:
        super().__init__(Finding("changed", ""))
        self.now = now


class Student:
    """The functions of a student's file.

    Args:
        process: runs them.
        path: where the file is; source: its bytes.
        functions: the parameters of each function that is asked for.
        seconds: how long all calls together may take.
    """

    def __init__(self, process: Process, path: Path, source: bytes,
                 functions: Mapping[str, Sequence[str]], seconds: float) -> None:
        self.process, self.path, self.seconds = process, path, seconds
        self.functions = functions
        self.lines = source.decode("utf-8", "replace").splitlines()
        self.found: Any = {}
        self.printed = self.warned = ""
        self.end = 0.0
        self.source = base64.b64encode(source).decode()

    def load(self) -> None:
        """Have the file run. Raises Failed, Ended."""
        request = {"source": self.source, "path": str(self.path), "functions": self.functions,
                   "seconds": self.seconds}
        self.end = time.monotonic() + self.seconds
        self.found = self.ask(request).get("functions")

    def call(self, function: str, *arguments: Any, how: str = "plain") -> Any:
        """What a function returns for copies of the arguments. Raises Failed, Changed, Ended."""
        problem = self.missing(function, tuple(self.functions[function]))
        if problem:
            raise Failed(problem)
        answer = self.ask({"call": function, "arguments": [pack(x) for x in arguments], "how": how})
        try:
            changed = {int(i): unpack(x) for i, x in answer["changed"].items()}
            value = unpack(answer["value"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise no_answer() from None
        if changed and all(0 <= i < len(arguments) and isinstance(x, np.ndarray)
                           for i, x in changed.items()):
            raise Changed(changed)
        return value

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """An answer without a problem. Raises Failed, Ended."""
        try:
            answer = self.process.ask(request, self.end)
        except Ended as error:
            if error.kind == "timeout":
                raise Ended("timeout", f"no answer after {self.seconds:g} seconds") from None
            raise
        self.printed = (self.printed + text(answer.get("printed")))[:2_000]
        self.warned = self.warned or text(answer.get("warned"))
        problem = answer.get("problem")
        if problem is not None:
            try:
                kinds, message, line = (problem[x] for x in ("kinds", "message", "line"))
                if type(line) is not int:
                    raise TypeError
                finding = self.explain([text(x) for x in kinds], text(message), line)
            except (KeyError, TypeError):
                raise no_answer() from None
            raise Failed(finding)
        return answer

    def explain(self, kinds: Sequence[str], message: str, line: int) -> Finding:
        """An exception in the student's code as one line: what happened, where, and what to do."""
        code = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        where = (f" at line {line}" + (f" ({code})" if code else "")) if line > 0 else ""
        if "cannot read" in kinds:
            where = where.replace(" at ", ", ")
            return Finding("syntax", f"Python cannot read {self.path.name}{where}: {message}")
        for name, kind, sentence in (
                ("StubChanged", "missing function", message),
                ("limit raised", "recursion", "The recursion limit was raised. That only moves the wall, or "
                 "makes Python crash: use a loop and a list of what is still to be done."),
                ("NotImplementedError", "not started", f"This function is not written yet{where}. Put your "
                 "code where the raise is."),
                ("SystemExit", "exit", f"The code calls exit(){where}. Use return to leave a function."),
                ("Flood", "flood", f"It prints without end{where}; stopped after 100,000 characters. Is a "
                 "print in a loop that never ends?"),
                ("RecursionError", "recursion", f"RecursionError{where}: a function calls itself more than "
                 f"about {DEPTH:,} times. Use a loop and a list of what is still to be done."),
                ("MemoryError", "memory", f"MemoryError{where}: this needs more memory than the grader "
                 f"gives. Is an array far too large, or does a list grow in a loop? {message}"),
                ("EOFError", "exception", f"EOFError{where}: nobody is there to answer input(). Use the "
                 "arguments of the function."),
                ("KeyboardInterrupt", "exception", f"The code raises KeyboardInterrupt{where}. Leave that to "
                 "Ctrl-C.")):
            if name in kinds:
                return Finding(kind, sentence.rstrip())
        name, told = (kinds or ["Exception"])[0], message
        if "gufunc" in message:                     # NumPy's words for it help nobody
            told = "matmul: the sizes do not fit" + message[message.rfind(" (size"):].rstrip(")") + ")"
        return Finding("exception", f"{name}{where}: {told}{'' if told.endswith('.') else '.'} "
                       f"{advice(f'{name}: {message}')}".rstrip())

    def missing(self, function: str, parameters: tuple[str, ...]) -> Finding | None:
        """Why a function cannot be called with its arguments, if so."""
        try:
            found = self.found[function]
            kind, own, names = found["is"], found.get("own", []), found.get("names", [])
            own, names = [text(x) for x in own], [text(x) for x in names]
        except (KeyError, TypeError, AttributeError):
            raise no_answer() from None
        keep = f"Keep the stub's line: def {function}({', '.join(parameters)})."
        if kind is None:
            near = difflib.get_close_matches(function, own, 1)
            return Finding("missing function", f"There is no function {function}"
                           + (f" (but {near[0]})" if near else "") + f". {keep}")
        if kind != "function":
            return Finding("missing function", f"{function} is a value ({text(kind)}), not a function. "
                           f"{keep}")
        if found.get("fits") is not True:
            return Finding("signature", f"{function} takes ({', '.join(names)}), but it is called with "
                           f"({', '.join(parameters)}). {keep}")
        if sorted(names) == sorted(parameters) and tuple(names) != parameters:
            return Finding("signature", f"{function} takes ({', '.join(names)}), but the order is "
                           f"({', '.join(parameters)}). {keep}")
        return None


def text(value: Any) -> str:
    """A text that came over the channel. Raises Ended for anything else."""
    if value is None:
        return ""
    if type(value) is not str:
        raise no_answer()
    return value[:2_000]


def no_answer() -> Ended:
    """What is raised for an answer that does not have the form of one."""
    return Ended("channel", "what came back isn't an answer: did the code write into the grader's channel")
