"""--step: a lesson one cell at a time, in a plain terminal.

Text is shown, code is shown and then run. After each cell there is a prompt; what it understands is
in HELP. Going back shows a cell and its output again as they were; nothing is run twice.
"""
from __future__ import annotations

import builtins
import io
import os
import shutil
import sys
import traceback
from codeop import compile_command
from contextlib import redirect_stdout
from typing import Any, Callable

from .catalog import Lesson
from .cells import Cell, read_cells
from .colors import colored
from .markdown import for_terminal
from .wrap import columns

HELP = """\
Enter   the next cell (text is shown; code is shown and run)
b       back: the cell before, with its output as it was
r       run on to the end without stopping
s       show the hidden cell that was run last: options, a picture
q       leave
p       a Python prompt, to look at variables and try things; an empty line returns
p w     one line of Python, here: show the variable w
?       this help
Any other line is Python as well: w.shape, loss.item(), print(x) …"""


class Leave(Exception):
    """The student wants to leave."""


class Tee(io.TextIOBase):
    """Writes to the terminal and remembers what was written."""

    def __init__(self, terminal: Any) -> None:
        self.terminal, self.text = terminal, ""

    def write(self, text: str) -> int:
        """Write ``text`` to both."""
        self.text += text
        written: int = self.terminal.write(text)
        return written

    def flush(self) -> None:
        """Flush the terminal."""
        self.terminal.flush()

    def isatty(self) -> bool:
        """As the terminal says."""
        return bool(self.terminal.isatty())


def step_through(lesson: Lesson, ask: Callable[[str], str] = input) -> int:
    """Show and run ``lesson`` cell by cell; 1 when a cell failed, 0 otherwise."""
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": str(lesson.path),
                                 "__builtins__": builtins}
    stepper = Stepper(lesson, read_cells(lesson.path), namespace, ask)
    try:
        stepper.run()
    except Leave:
        pass
    return int(stepper.failed)


class Stepper:
    """Where in the lesson the student is, and what each cell has printed."""

    def __init__(self, lesson: Lesson, cells: list[Cell], namespace: dict[str, Any],
                 ask: Callable[[str], str]) -> None:
        self.lesson, self.cells, self.namespace, self.ask = lesson, cells, namespace, ask
        self.outputs: dict[int, str] = {}       # of the cells that have been shown
        self.at = 0
        self.stopping = True                    # False after r: run on
        self.failed = False
        self.terminal = sys.stdout
        self.styled = self.terminal.isatty() and "NO_COLOR" not in os.environ

    def run(self) -> None:
        """All cells, with a prompt after each as long as the student wants one."""
        self.say(self.bold(f"{self.lesson.number}  {self.lesson.title}") + "\n"
                 + self.dim("Enter goes on, ? explains the other keys.") + "\n")
        while self.at < len(self.cells):
            self.show(self.at)
            silent = self.silent(self.at)
            self.at += 1
            if self.stopping and self.at < len(self.cells) and not silent:
                self.prompt()
        self.say("\n" + self.dim("That was the whole lesson." if not self.failed
                                 else "The lesson ended, but a cell failed."))

    def silent(self, index: int) -> bool:
        """Whether the cell showed nothing, so that there is nothing to stop for."""
        return "hidden" in self.cells[index].tags and not self.outputs[index] and not self.failed

    # ── a cell ────────────────────────────────────────────────────────────────────────────────

    def show(self, index: int) -> None:
        """Show a cell; run it if it is code that has not been run."""
        cell = self.cells[index]
        if cell.is_text:
            self.pages(self.marked(cell.source) + "\n")
            self.outputs[index] = ""
            return
        if "hidden" not in cell.tags:
            self.pages(self.code(cell))
        if index in self.outputs:
            if "hidden" not in cell.tags:
                self.say(self.dim("printed, when it was run:"))
            self.say(self.outputs[index])
            return
        tee = Tee(self.terminal)
        try:
            with redirect_stdout(tee):          # type: ignore[type-var]
                exec(compile("\n" * (cell.line - 1) + cell.source, str(self.lesson.path), "exec"),
                     self.namespace)
        except KeyboardInterrupt:
            self.say("\nStopped in the middle of this cell. r runs on, q leaves.")
            self.failed = self.stopping = True
        except SystemExit as stop:              # a bad option, or the end of the lesson
            self.failed = bool(stop.code)
            raise Leave from None
        except Exception as error:
            self.say(_short_traceback(error))
            self.failed = self.stopping = True
        self.outputs[index] = tee.text
        if not self.silent(index):
            self.say("")

    # ── the prompt ────────────────────────────────────────────────────────────────────────────

    def prompt(self) -> None:
        """Ask what to do until the answer is to go on."""
        while True:
            try:
                line = self.ask(self.dim(f"[{self.at} of {len(self.cells)}] ")).strip()
            except EOFError:                    # piped input has ended: nobody is there to ask
                if sys.stdin.isatty():
                    self.say("")
                    raise Leave from None
                self.stopping = False
                return
            except KeyboardInterrupt:
                self.say("")
                raise Leave from None
            if not sys.stdin.isatty():
                self.say("")                    # piped input is not echoed
            if self.act(line):
                return

    def act(self, line: str) -> bool:
        """Do what ``line`` says; True when the lesson goes on."""
        word, _, rest = line.partition(" ")
        if line == "":
            return True
        if line == "q":
            raise Leave
        if line == "r":
            self.stopping = False
            return True
        if line == "b":
            self.at = max(0, self.at - 2)
            while self.at and self.silent(self.at):
                self.at -= 1
            return True
        if line in ("?", "h", "help"):
            self.say(HELP)
        elif line == "s":
            hidden = [cell for cell in self.cells[:self.at] if "hidden" in cell.tags]
            self.say(self.code(hidden[-1]) if hidden else self.dim("No cell was hidden so far."))
        elif line == "p":
            self.python_prompt()
        else:
            self.python(rest if word == "p" else line)
        return False

    def python_prompt(self) -> None:
        """Lines of Python until an empty one; a block goes on until an empty line ends it."""
        while True:
            try:
                lines = self.ask(">>> ")
                while incomplete(lines):
                    lines += "\n" + self.ask("... ")
            except (EOFError, KeyboardInterrupt):
                self.say("")
                return
            if not lines.strip():
                return
            self.python(lines)

    def python(self, line: str) -> None:
        """Evaluate a line with the lesson's variables, and show its value or its error."""
        try:
            exec(compile(line, "<prompt>", "single"), self.namespace)
        except (Exception, KeyboardInterrupt) as error:
            self.say("".join(traceback.format_exception_only(type(error), error)).rstrip())
            if isinstance(error, (SyntaxError, NameError)):
                self.say(self.dim("(read as Python; ? explains the keys)"))

    # ── on the screen ─────────────────────────────────────────────────────────────────────────

    def say(self, text: str) -> None:
        """Print to the terminal, also while a cell's output is being recorded."""
        print(text, file=self.terminal, flush=True)

    def pages(self, text: str) -> None:
        """Say a text, one screen at a time where someone reads along on a terminal."""
        lines = text.split("\n")
        screen = shutil.get_terminal_size().lines - 1
        while len(lines) > screen > 0 and self.stopping and self.terminal.isatty() and sys.stdin.isatty():
            self.say("\n".join(lines[:screen]))
            del lines[:screen]
            self.more()
        self.say("\n".join(lines))

    def more(self) -> None:
        """Wait until this screen is read; q and r work here as well."""
        try:
            line = self.ask(self.dim("[more] ")).strip()
        except (EOFError, KeyboardInterrupt):
            self.say("")
            raise Leave from None
        if line in ("q", "r"):
            self.act(line)

    def bold(self, text: str) -> str:
        """Bold, on a terminal that can."""
        return f"\033[1m{text}\033[0m" if self.styled else text

    def dim(self, text: str) -> str:
        """Faint, on a terminal that can."""
        return f"\033[2m{text}\033[0m" if self.styled else text

    def code(self, cell: Cell) -> str:
        """A cell of code with a bar at its left, so that it is told apart from text and output.

        A lesson's code has up to 79 columns: where the widest line needs it, the bar stands close.
        """
        widest = max(map(columns, cell.source.splitlines()), default=0)
        bar = self.dim("│ " if widest < 79 else "│")
        source = colored(cell.source) if self.styled else cell.source
        return "\n".join(bar + line for line in source.splitlines())

    def marked(self, text: str) -> str:
        """A cell of text for the terminal: wrapped to its width, headings bold, tables aligned."""
        return for_terminal(text, min(80, shutil.get_terminal_size().columns), self.bold)


def incomplete(lines: str) -> bool:
    """Whether these lines of Python need another one, as an open bracket or a block does."""
    try:
        return compile_command(lines, "<prompt>", "single") is None
    except (SyntaxError, ValueError, OverflowError):
        return False


def _short_traceback(error: Exception) -> str:
    """A traceback that begins in the lesson, not in the stepper."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()
