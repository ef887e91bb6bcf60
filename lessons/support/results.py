"""What a lesson leaves behind: pictures, results, and the recorded results of full runs."""
from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import minigrad
from minigrad import plot
from minigrad.files.writing import write_atomically

from .inline import inline
from .options import Options

RECORD = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "lessons.json"


def picture(figure: Figure, options: Options, name: str) -> Path:
    """Write a figure to NAME.png in the output folder, say so, and show it where that is possible.

    A notebook and a terminal that can show it below the cell; else --show opens it, and a terminal says so.
    """
    path = options.output / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    plot.save_figure(figure, path)
    print(f"picture: {path}")
    if "ipykernel" in sys.modules:
        from IPython.display import Image, display      # only a notebook has it
        display(Image(filename=str(path), width=int(figure.get_figwidth() * 80)))
    elif sys.stdout.isatty() and (image := inline(path.read_bytes())):
        print(image)
    elif options.show:
        _open(path)
    elif sys.stdout.isatty():
        _tell()
    return path


@cache
def _tell() -> None:
    """How pictures are seen here, said once."""
    print("  (with --show after the lesson, pictures open by themselves)")


def _open(path: Path) -> None:
    """Open a picture with the system's viewer; without a display say that there is none."""
    if sys.platform == "win32":
        os.startfile(path)
        return
    if sys.platform != "darwin" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        print("  (--show: there is no display here; copy the file to look at it)")
        return
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.Popen([opener, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        print(f"  (--show: {opener} cannot be started: {error})")


def recorded(lesson: str) -> dict[str, Any]:
    """The results of the last recorded full run of a lesson, as benchmarks/run_lessons.py wrote them.

    Empty when there is none. Claims about long training quote these, so that a quick run, which
    trains on a few images, does not pass for one.
    """
    if not RECORD.exists():
        return {}
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8")).get(lesson, {})
    return found


def write_results(path: Path, options: Options, **results: Any) -> None:
    """Results as JSON, with what one must know to get them again."""
    versions = {"minigrad": minigrad.__version__, "numpy": np.__version__,
                "python": platform.python_version()}
    machine = {"system": platform.platform(), "processor": platform.processor() or platform.machine(),
               "cores": os.cpu_count(), "device": options.device}
    content = {**results, "seed": options.seed, "epochs": options.epochs, "quick": options.quick,
               "date": datetime.now().astimezone().isoformat(timespec="seconds"),
               "versions": versions, "machine": machine}
    write_atomically(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
