"""What ``import minigrad`` costs after ``import numpy``:  python benchmarks/import_time.py

Fresh interpreters in turns. Each loads NumPy first and then times the import; medians are printed as
wall-clock and as processor time, beside those of PyTorch where it is installed. Compiled modules are
kept in a temporary folder, as Python ordinarily keeps them beside the source.
"""
from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from statistics import median

ROUNDS = 9
CODE = """
import sys, time
import numpy
wall, cpu = time.perf_counter(), time.process_time()
import {}
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def once(module: str, cache: str) -> tuple[float, float]:
    """(wall, CPU) seconds that one import takes after NumPy's, in a fresh process."""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": cache}
    done = subprocess.run([sys.executable, "-c", CODE.format(module)], check=True, capture_output=True,
                          text=True, env=env)
    wall, cpu = done.stdout.split()
    return float(wall), float(cpu)


def main() -> None:
    """Measure and print."""
    modules = [m for m in ("minigrad", "torch") if importlib.util.find_spec(m)]
    measured: dict[str, list[tuple[float, float]]] = {m: [] for m in modules}
    with tempfile.TemporaryDirectory() as cache:
        for module in modules:
            once(module, cache)         # compiles
        for _ in range(ROUNDS):
            for module in modules:
                measured[module].append(once(module, cache))
    print(f"after numpy, median of {ROUNDS}    wall ms    CPU ms")
    for module, times in measured.items():
        wall, cpu = (1e3 * median(column) for column in zip(*times))
        print(f"import {module:<22}  {wall:9.0f} {cpu:9.0f}")


if __name__ == "__main__":
    main()
