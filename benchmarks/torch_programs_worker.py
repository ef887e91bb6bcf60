"""Programs on one library, each in a process of its own: ``torch_programs.py`` starts it.

    python torch_programs_worker.py LIBRARY

It imports the library once, reads a job from each line of its input, and forks. The child goes into a folder
with a copy of the program and runs it as ``__main__``, with limits on memory and on the size of files,
without a network. What both libraries draw comes from one place (``torch_programs_draws.py``). The data sets
of torchvision are replaced by generated ones (``torch_programs_data.py``); random transforms take the middle
of their range. The value on which ``backward`` is called is written down, each time.
"""
from __future__ import annotations

import builtins
import importlib
import io
import json
import os
import random
import resource
import signal
import socket
import sys
import time
import traceback
import types
from pathlib import Path
from typing import Any

import numpy as np
from torch_programs_draws import Enough, losses

os.environ.setdefault("MPLBACKEND", "Agg")


def no_network(*_: Any, **__: Any) -> Any:
    raise OSError("programs run without a network")


def contain() -> None:
    """Limits of this process, before any of the program's code runs."""
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    socket.socket.connect = no_network  # type: ignore[method-assign]
    socket.getaddrinfo = no_network


def stand_in(name: str, **members: Any) -> None:
    """A module that only decorates a notebook, where it is not installed."""
    try:
        __import__(name)
    except ImportError:
        for part in [".".join(name.split(".")[:i + 1]) for i in range(name.count(".") + 1)]:
            sys.modules.setdefault(part, types.ModuleType(part))
        sys.modules[name].__dict__.update(members)
        sys.modules[name.partition(".")[0]].__dict__.update(get_ipython=lambda: None, version_info=(9, 0))


def missing_name(error: BaseException, library: str) -> str:
    """The first line that says what is absent, for the table."""
    where = [f for f in traceback.extract_tb(error.__traceback__)
             if library not in Path(f.filename).parts[-3:]]
    line = next((f for f in reversed(where) if f.filename.startswith(os.getcwd())), None)
    place = f" [{Path(line.filename).name}:{line.lineno} {line.line}]" if line else ""
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}{place}"


def perform(library: str, job: dict[str, Any]) -> None:
    """In the child: run the program, and write what came of it."""
    program = job["program"]
    sys.argv = [program, *job["args"]]
    os.chdir(job["cwd"])
    os.environ.update(job["environment"])
    contain()
    random.seed(0)
    np.random.seed(0)
    np.__dict__.setdefault("Inf", np.inf)           # a name that NumPy 2 removed
    show = lambda *a, **k: None  # noqa: E731
    stand_in("IPython.display", clear_output=show, display=show, Image=show, HTML=show, Markdown=show)
    plain_popen = os.popen
    os.popen = lambda command, *args: io.StringIO("24 80\n") if command == "stty size" else plain_popen(
        command, *args)  # type: ignore[assignment]
    stand_in("google.colab")
    builtins.display = show  # type: ignore[attr-defined]
    builtins.get_ipython = lambda: types.SimpleNamespace(  # type: ignore[attr-defined]
        run_line_magic=show, system=show, magic=show)
    reason, kind = "", "ok"
    sys.path.insert(0, os.getcwd())
    sys.path.insert(0, str(Path(program).resolve().parent))
    try:
        importlib.import_module(f"torch_programs_on_{library}").prepare().manual_seed(0)
        source = Path(program).read_text(encoding="utf-8")
        main_module = types.ModuleType("__main__")
        main_module.__file__ = program
        sys.modules["__main__"] = main_module
        exec(compile(source, os.path.abspath(program), "exec"), main_module.__dict__)
    except Enough:
        kind = "enough"
    except SystemExit as stop:
        if stop.code not in (None, 0):
            reason, kind = f"SystemExit: {stop.code}", "stopped"
    except BaseException as error:
        traceback.print_exc()
        reason, kind = missing_name(error, library), "stopped"
    Path(job["result"]).write_text(json.dumps({"kind": kind, "reason": reason, "losses": losses}))
    sys.stdout.flush()
    sys.stderr.flush()


def preload(library: str) -> None:
    """What most programs import, once for all of them."""
    for name in (library, "matplotlib.pyplot", "PIL.Image", "tqdm.notebook", "gymnasium.utils.seeding",
                 "torchvision" if library == "torch" else "minigrad.vision", "minigrad.vision.folder"):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    if library == "torch":
        importlib.import_module("torch").set_num_threads(1)
    if "gymnasium" in sys.modules:
        seeding: Any = sys.modules["gymnasium.utils.seeding"]
        plain = seeding.np_random
        seeding.np_random = lambda seed=None: plain(0 if seed is None else seed)
        sys.modules["gym"] = sys.modules["gymnasium"]
    bars: Any = importlib.import_module("tqdm")
    notebook: Any = importlib.import_module("tqdm.notebook")
    notebook.tqdm, notebook.trange = bars.tqdm, bars.trange


def main() -> None:
    """Serve jobs until the input ends; the answer to each is how it ended, null if too slow."""
    library = sys.argv[1]
    preload(library)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if not child:
            os.setsid()
            with open(job["output"], "wb") as output, open(os.devnull, "rb") as nothing:
                for source, target in ((nothing, 0), (output, 1), (output, 2)):
                    os.dup2(source.fileno(), target)
            try:
                perform(library, job)
            finally:
                os._exit(0)
        until, status = time.monotonic() + job["seconds"], None
        while status is None and time.monotonic() < until:
            done, code = os.waitpid(child, os.WNOHANG)
            status = code if done else None
            time.sleep(0.05)
        if status is None:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
        print(json.dumps(status), flush=True)


if __name__ == "__main__":
    main()
