"""Commands as this user can type them: with the interpreter that is running, found from where they are."""
from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path


def python() -> str:
    """The running interpreter in a short form: "python" where that starts it, else its path.

    A path within the current folder is given from there: ``.venv/bin/python``. A notebook, which is read on
    other machines, too, says "python".
    """
    if "ipykernel" in sys.modules:
        return "python"
    here = Path(sys.executable or "python")
    for name in ("python", "python3"):
        found = shutil.which(name)
        if found and Path(found).parent == here.parent:     # unresolved: an environment's is a link
            return name
    return short(here)


def short(path: Path) -> str:
    """``path`` as it is seen from the current folder, if it lies in there."""
    try:
        return str(Path(os.path.abspath(path)).relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def command(*arguments: str) -> str:
    """A line for the shell that starts the running interpreter with these arguments."""
    words = [python(), *arguments]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
