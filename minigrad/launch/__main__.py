"""``python -m minigrad.launch -n 4 script.py …``: run a script in several processes that work together."""
from __future__ import annotations

import argparse
import sys

from ..errors import DataError
from .job import TIMEOUT, launch


def main() -> int:
    """Read the options, run the job; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m minigrad.launch", description=__doc__.partition(": ")[2])
    parser.add_argument("-n", "--ranks", type=int, required=True, metavar="N", help="how many processes")
    parser.add_argument("-m", dest="module", action="store_true", help="SCRIPT is a module's name")
    parser.add_argument("--timeout", type=float, default=TIMEOUT, metavar="SECONDS",
                        help=f"end the job when ranks have waited so long for another one ({TIMEOUT:.0f})")
    parser.add_argument("--threads", type=int, metavar="N",
                        help="for each rank (its share of the processors, unless OMP_NUM_THREADS is set)")
    parser.add_argument("--quiet", action="store_true", help="only rank 0 prints, without a prefix")
    parser.add_argument("script", metavar="SCRIPT")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="…")
    options = parser.parse_args()
    if options.ranks < 1:
        parser.error(f"expected at least 1 process, got {options.ranks}")
    command = [*(["-m"] if options.module else []), options.script, *options.arguments]
    try:
        return launch(options.ranks, command, options.timeout, options.threads, options.quiet)
    except KeyboardInterrupt:
        return 130                  # Ctrl-C: the job has ended; a checkpoint goes on where it was saved
    except DataError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    sys.exit(main())
