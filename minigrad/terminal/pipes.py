"""Programs whose reader may stop reading: ``python -m lessons | head -1``."""
from __future__ import annotations

import os
import sys
from typing import Callable


def until_nobody_reads(main: Callable[[], int | None]) -> int:
    """What ``main()`` returns; when the reader of the output is gone, quietly 141.

    A shell reports 141 (128 + the signal SIGPIPE) for a program that such a reader ends.
    """
    try:
        code = main()
        sys.stdout.flush()
        return code or 0
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())       # Python flushes once more when it ends
        return 141
