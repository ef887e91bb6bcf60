"""python tests/gpu/run_lesson.py 11 --quick …: a lesson with ``--device cuda`` on the stand-in for CuPy."""
from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from gpu import stand_in  # noqa: E402
from gpu.stand_in import cublas  # noqa: E402
from lessons.__main__ import main  # noqa: E402

if __name__ == "__main__":
    stand_in.install()
    cublas.install()
    sys.exit(main([*sys.argv[1:], "--device", "cuda"]))
