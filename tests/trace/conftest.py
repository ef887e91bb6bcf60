"""The table of operations lies beside the tests of the operations."""
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "ops"))
