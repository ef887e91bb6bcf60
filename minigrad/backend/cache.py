"""The user's folder for files that can be made again: compiled kernels, downloaded data."""
from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """The user's folder for files that can be replaced: ``minigrad`` in the system's cache folder.

    ``$XDG_CACHE_HOME`` or ``~/.cache`` on Linux, ``~/Library/Caches`` on macOS, ``%LOCALAPPDATA%`` on
    Windows. The folder need not exist yet.
    """
    xdg = os.environ.get("XDG_CACHE_HOME")
    if xdg:
        return Path(xdg) / "minigrad"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "minigrad"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "minigrad"
    return Path.home() / ".cache" / "minigrad"
