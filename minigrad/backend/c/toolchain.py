"""From the ``.c`` files of this folder to a library for ctypes: compiler, cache, and what can fail.

The library is compiled once, when a kernel is first needed, under a name that no other sources, compiler,
flags or processor would give; then it is moved into the user's cache in one step, so that two processes may
do so at once. Whatever fails leaves minigrad on NumPy, and ``why_not`` with one sentence about it.
"""
from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from ..cache import cache_folder

FOLDER = Path(__file__).parent
#: -ffast-math would switch the whole process to flushing subnormal numbers to 0, and lose NaN.
FLAGS = ("-O3", "-march=native", "-std=gnu11", "-fno-math-errno", "-fno-trapping-math",
         "-fopenmp-simd", "-shared", "-fPIC")
OPENMP = "-fopenmp"
PATIENCE = 300                  # seconds for the compiler

_why = ""                       # why there is no library, once that was tried


def compiler() -> list[str] | None:
    """The command of the C compiler: $CC, cc, gcc, clang, or the package ziglang's; None without any."""
    named = os.environ.get("CC")
    if named:
        return shlex.split(named)
    for name in ("cc", "gcc", "clang"):
        path = shutil.which(name)
        if path:
            return [path]
    if importlib.util.find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang", "cc"]
    return None


def sources() -> dict[str, str]:
    """The text of every ``.c`` and ``.h`` file here."""
    return {path.name: path.read_text(encoding="utf-8")
            for path in sorted(FOLDER.iterdir()) if path.suffix in (".c", ".h")}


def processor() -> str:
    """What ``-march=native`` depends on: the model and the instructions that it knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    return "".join(sorted({line for line in lines
                           if line.startswith(("model name", "flags", "Features", "CPU part"))}))


def folder() -> Path:
    """Where compiled libraries are kept."""
    return Path(os.environ.get("MINIGRAD_C_CACHE") or cache_folder() / "c")


def name_for(command: list[str], text: str = "") -> str:
    """How the library's name begins for these sources, this compiler and this processor."""
    program = Path(shutil.which(command[0]) or command[0])
    stat = program.resolve().stat()
    key = sources(), text, command, stat.st_size, stat.st_mtime, FLAGS, processor()
    return f"{'step' if text else 'kernels'}-{_digest(repr(key).encode())}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


def cached(folder: Path, name: str) -> Path | None:
    """The library with that name, if it is as it was written: loading half of one would end the process."""
    for path in sorted(folder.glob(f"{name}-*.so")):
        if path.stem == f"{name}-{_digest(path.read_bytes())}":
            return path
        path.unlink()
    return None


def compiled(folder: Path, name: str, command: list[str], source: Path = FOLDER / "kernels.c") -> Path:
    """Compile, under another name first. Raises OSError, RuntimeError, SubprocessError with the reason."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(suffix=".draft", dir=folder)
    os.close(handle)
    try:
        for flags in ((*FLAGS, OPENMP), FLAGS):             # some compilers come without OpenMP
            done = subprocess.run([*command, *flags, f"-I{FOLDER}", str(source), "-o", draft, "-lm"],
                                  capture_output=True, text=True, errors="replace", timeout=PATIENCE)
            problem = (done.stderr.strip().splitlines() or ["no message, and no library"])[0]
            if done.returncode == 0 and Path(draft).stat().st_size:
                try:
                    ctypes.CDLL(draft)
                except OSError as error:
                    problem = str(error)
                    continue
                path = folder / f"{name}-{_digest(Path(draft).read_bytes())}.so"
                os.replace(draft, path)
                return path
        raise RuntimeError(f"{command[0]} failed: {problem}")
    finally:
        Path(draft).unlink(missing_ok=True)


@lru_cache(maxsize=None)
def library() -> ctypes.CDLL | None:
    """The compiled kernels; None where there are none. The first call may compile them."""
    global _why
    if os.environ.get("MINIGRAD_C", "1") == "0":
        _why = "MINIGRAD_C=0 switches them off"
        return None
    if sys.platform == "win32":
        _why = "not available on Windows yet"
        return None
    command = compiler()
    if command is None:
        _why = "no C compiler was found (gcc or clang, or pip install ziglang)"
        return None
    try:
        name = name_for(command)
        path = cached(folder(), name)
        if path is None:
            say("minigrad: compiling its kernels for this processor, once …")
            path = compiled(folder(), name, command)
        return ctypes.CDLL(str(path))
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        _why = " ".join(str(error).split())
        return None


def library_of(text: str) -> ctypes.CDLL | None:
    """One C file, compiled and loaded; None where ``library()`` is None, too. RuntimeError if it isn't C."""
    command = compiler()
    if library() is None or command is None:
        return None
    name = name_for(command, text)
    path = cached(folder(), name)
    if path is None:
        with tempfile.TemporaryDirectory() as place:
            source = Path(place) / "step.c"
            source.write_text(text, encoding="utf-8")
            path = compiled(folder(), name, command, source)
    return ctypes.CDLL(str(path))


def say(sentence: str) -> None:
    """One line for whoever waits at a terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        print(sentence, file=sys.stderr, flush=True)


def why_not() -> str:
    """Why ``library()`` is None, in one sentence; empty where it isn't."""
    library()
    return _why
