"""The real vocabulary and SST-2, where MINIGRAD_DATA names a folder with them."""
import os
from pathlib import Path

import pytest


def data_file(relative: str) -> Path:
    """The path of a file in MINIGRAD_DATA; skips the test where it is absent."""
    folder = os.environ.get("MINIGRAD_DATA")
    path = Path(folder or "") / relative
    if not folder or not path.is_file():
        pytest.skip(f"no {relative} in the folder MINIGRAD_DATA")
    return path


@pytest.fixture(scope="session")
def vocabulary() -> Path:
    return data_file("bert/vocab.txt")


@pytest.fixture(scope="session")
def sst2_folder() -> Path:
    return data_file("sst2/train.tsv").parent
