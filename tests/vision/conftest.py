"""Small data sets in the formats of the real ones."""
from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def no_data(tmp_path, monkeypatch):
    """An empty cache folder of its own, and no MINIGRAD_DATA. Returns the cache folder."""
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    return tmp_path / "xdg" / "minigrad"


@pytest.fixture
def real_data():
    """The folder named by MINIGRAD_DATA; skips the test where there is none."""
    folder = os.environ.get("MINIGRAD_DATA")
    if not folder:
        pytest.skip("real data: set MINIGRAD_DATA to a folder with mnist/, fashion-mnist/, cifar10/")
    return Path(folder)
