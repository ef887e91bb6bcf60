"""``python -m minigrad``: what minigrad finds on this machine, to read or for a bug report.

``python -m minigrad help conv2d`` looks a name up; what it prints comes from ``lessons.reference``.
"""
from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

import minigrad
from minigrad.backend.memory import TUNED
from minigrad.backend.c.toolchain import compiler, why_not
from minigrad.backend.cache import cache_folder
from minigrad.terminal.pipes import until_nobody_reads
from minigrad.terminal.spelling import spell_out_streams

#: The variables that limit the threads of a BLAS; the first one that is set is reported.
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
                    "OMP_NUM_THREADS")


def environment() -> dict[str, str]:
    """Every row of the report: a name, and what was found."""
    return {
        "minigrad": f"{minigrad.__version__} in {Path(minigrad.__file__).parent}",
        "Python": f"{platform.python_version()} on {platform.platform()}",
        "NumPy": np.__version__,
        "BLAS": blas(),
        "threads": threads(),
        "memory": memory(),
        "kernels": kernels(),
        "GPU": gpu(),
        "data": data_folders(),
        **{name: installed(name) for name in ("matplotlib", "tqdm", "safetensors")},
    }


def blas() -> str:
    """The library that multiplies matrices for NumPy."""
    config = np.show_config(mode="dicts") or {}
    found = config.get("Build Dependencies", {}).get("blas", {})
    return f"{found.get('name', 'unknown')} {found.get('version', '')}".strip()


def threads() -> str:
    """How many processors there are, and whether a variable limits the BLAS to fewer."""
    text = f"{os.cpu_count()} processors"
    for name in THREAD_VARIABLES:
        if os.environ.get(name):
            return f"{text}, {name}={os.environ[name]}"
    return f"{text}, no limit set ({THREAD_VARIABLES[0]} sets one)"


def memory() -> str:
    """Whether the settings of ``backend.memory`` took effect."""
    if TUNED:
        return "allocator tuned: freed arrays are reused (MINIGRAD_MALLOC=0 switches it off)"
    if os.environ.get("MINIGRAD_MALLOC") == "0":
        return "allocator as it is: MINIGRAD_MALLOC=0"
    return "allocator as it is: only glibc on Linux can be tuned"


def kernels() -> str:
    """Whether the kernels in C are used; compiles them if that was not done yet."""
    reason = why_not()
    return f"NumPy alone: {reason}" if reason else "in C, by " + " ".join(compiler() or [])


def gpu() -> str:
    """Yes with its name, or no with the reason in one sentence."""
    if not minigrad.cuda.is_available():
        return f"no: {minigrad.cuda.why_not()}"
    count = minigrad.cuda.device_count()
    return f"yes: {minigrad.cuda.get_device_name()}" + (f", and {count - 1} more" if count > 1 else "")


def data_folders() -> str:
    """Where data sets are searched for, in order, and which of the folders exist."""
    named = os.environ.get("MINIGRAD_DATA")
    folders = [Path(named).expanduser()] if named else []
    return ", then ".join(str(f) if f.is_dir() else f"{f} (not there yet)"
                          for f in [*folders, cache_folder()])


def installed(package: str) -> str:
    """The version of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def main() -> int:
    """Print the report, one row per line; or look up the names after ``help``."""
    spell_out_streams()
    if sys.argv[1:2] == ["help"]:
        from lessons.reference import command       # the report must not need it
        return command.main(sys.argv[2:])
    if len(sys.argv) > 1:
        print(f"python -m minigrad knows no {sys.argv[1]!r}. Alone it reports on this machine; "
              "python -m minigrad help conv2d looks up a name.", file=sys.stderr)
        return 2
    rows = environment()
    width = max(map(len, rows))
    for name, text in rows.items():
        print(f"{name:<{width}}  {text}")
    return 0


if __name__ == "__main__":
    sys.exit(until_nobody_reads(main))
