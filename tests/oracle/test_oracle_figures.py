"""Nothing of PyTorch's that is counted here is missing."""
from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from oracle_figures import optimizer_figures, schedule_figures  # noqa: E402


def test_every_optimizer_and_every_schedule_exists() -> None:
    there, missing = optimizer_figures()
    assert missing == [] and {"LBFGS", "Muon", "Optimizer"} <= set(there)
    there, missing = schedule_figures()
    assert missing == [] and {"OneCycleLR", "SWALR", "AveragedModel"} <= set(there)
