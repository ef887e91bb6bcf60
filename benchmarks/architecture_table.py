"""Every network of a space of 150, trained on MNIST-1D with three seeds: the optimum is known then.

    python benchmarks/architecture_table.py         # ten minutes; writes results/architectures.json

The space and the training are those of ``lessons/support/architectures.py``; lesson 46 (architecture search)
searches the table. A run that was interrupted goes on where it stopped, unless settings or versions have
changed in the meantime.
"""
from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np                                                  # noqa: E402

import minigrad                                                     # noqa: E402
from benchmarks.report import machine                               # noqa: E402
from lessons.support import architectures                           # noqa: E402
from minigrad.files.writing import write_atomically                 # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=architectures.TABLE)
    options = parser.parse_args()
    settings = {"channels": architectures.CHANNELS, "epochs": architectures.EPOCHS,
                "batch": architectures.BATCH, "rate": architectures.RATE, "held_out": architectures.HELD_OUT,
                "seeds": options.seeds, "minigrad": minigrad.__version__, "numpy": np.__version__}
    found: dict[str, Any] = {}
    if options.output.exists():
        found = json.loads(options.output.read_text(encoding="utf-8"))
    if found.get("settings") != settings:
        found = {"settings": settings, "networks": {}}
    parts = architectures.signals()
    for i, architecture in enumerate(architectures.SPACE):
        name = ", ".join(architecture)
        if name in found["networks"]:
            continue
        began = time.process_time()
        runs = [architectures.train(architecture, seed, parts) for seed in range(options.seeds)]
        model = architectures.build(architecture)
        found["networks"][name] = {
            "parameters": sum(p.numel() for p in model.parameters()),
            "validation": [round(run[0], 1) for run in runs], "test": [round(run[1], 1) for run in runs],
            "cpu_seconds": round((time.process_time() - began) / len(runs), 2)}
        found.update(date=datetime.now(timezone.utc).isoformat(timespec="seconds"), machine=machine())
        write_atomically(options.output, (json.dumps(found, indent=1) + "\n").encode())
        print(f"{i + 1:3} of {len(architectures.SPACE)}  {name:28} test "
              + " ".join(f"{run[1]:.1f}" for run in runs), flush=True)


if __name__ == "__main__":
    main()
