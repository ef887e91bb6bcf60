"""Random programs of views and changes in place give PyTorch's numbers (view_programs.py: thousands)."""
from collections import Counter

import pytest

pytest.importorskip("torch")
from view_programs import run_program  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:Use of .* on expanded")]
PROGRAMS = 400


def test_no_random_program_gives_another_number_and_few_are_refused():
    counts = Counter()
    for seed in range(PROGRAMS):
        outcome = run_program(seed)
        assert outcome.kind != "wrong", (seed, outcome.about, outcome.steps)
        counts[outcome.kind] += 1
    assert counts["refused"] <= 0.02 * PROGRAMS and counts["same"] >= 0.8 * PROGRAMS, counts
