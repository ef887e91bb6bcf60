"""What the examples in docstrings may use without importing it, for ``pytest --doctest-modules minigrad``."""
from __future__ import annotations

from typing import Any

import pytest

import minigrad


@pytest.fixture(autouse=True)
def names_in_examples(doctest_namespace: dict[str, Any]) -> None:
    doctest_namespace["minigrad"] = minigrad
