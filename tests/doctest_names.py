"""The names that the examples in minigrad's docstrings use without importing them.

    python -m pytest -p tests.doctest_names --doctest-modules minigrad
"""
import numpy as np
import pytest

import minigrad

NAMES = {"minigrad": minigrad, "nn": minigrad.nn, "optim": minigrad.optim, "np": np}


@pytest.fixture(autouse=True)
def add_names(doctest_namespace):
    doctest_namespace.update(NAMES)
