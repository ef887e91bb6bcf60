"""How much of PyTorch minigrad has: operations and modules, compared; optimizers, schedules, distributions.

    PYTHONPATH=. python tests/oracle/coverage.py            the table, and what is missing
    PYTHONPATH=. python tests/oracle/coverage.py --names    without comparing: what exists, in seconds

Operations and modules are those of PyTorch's own databases, ``torch.testing._internal``; every sample input
of one that exists is compared, values and first derivatives: see test_oracle_database_samples.py and
test_oracle_module_samples.py. Needs torch, pytest and expecttest.
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import torch                                                    # noqa: E402

import test_oracle_database_samples as samples                  # noqa: E402
from oracle_databases import entry_id, operation                # noqa: E402
from oracle_figures import distribution_figures, optimizer_figures, schedule_figures        # noqa: E402
from test_oracle_module_samples import MISSING, NAMES, module_figures                        # noqa: E402


def compared_operations() -> tuple[int, list[str]]:
    """(how many samples were put to both, what differs)."""
    count, wrong = 0, []
    for name, entry in sorted(samples.OPERATIONS.items()):
        for dtype in samples.DTYPES:
            if dtype not in entry.supported_dtypes("cpu"):
                continue
            gradient = dtype == torch.float64 and entry.supports_autograd
            for what, sample in samples.samples_of(entry, dtype, gradient):
                count += 1
                if text := samples.disagreement(entry, sample, gradient):
                    wrong.append(f"{name} {dtype} {what}: {text}")
    return count, wrong


def report(compare: bool) -> int:
    """Print the table; the number of differences."""
    entries = samples.databases.op_db
    have = [e for e in entries if operation(e.name)]
    rows: list[tuple[str, int, int, str, list[str]]] = []
    wrong: list[str] = []
    text = ""
    if compare:
        count, found = compared_operations()
        text, wrong = f"{count} samples, {len(found)} differ", wrong + found
    rows.append(("operations", len(have), len(entries), text,
                 sorted({entry_id(e) for e in entries} - {entry_id(e) for e in have})))
    if compare:
        figures = module_figures()
        count, found = figures["module samples"], figures["module samples that differ"]
        text, wrong = f"{count} samples, {len(found)} differ", wrong + found
    rows.append(("modules", len(NAMES) - len(MISSING), len(NAMES), text, MISSING))
    for title, (there, missing) in (("optimizers", optimizer_figures()), ("schedules", schedule_figures()),
                                    ("distributions", distribution_figures())):
        rows.append((title, len(there), len(there) + len(missing), "", missing))
    for title, n, of, text, _ in rows:
        print(f"{title:13} {n:4} of {of:4} exist   {text}".rstrip())
    for title, _, _, _, missing in rows:
        print(f"\n{title}, missing: {', '.join(missing) or 'none'}")
    for text in wrong:
        print(f"\n{text}")
    return len(wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", action="store_true", help="only what exists, compared with nothing")
    sys.exit(report(not parser.parse_args().names) > 0)
