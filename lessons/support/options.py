"""The options that lessons share."""
from __future__ import annotations

import argparse
import atexit
import shlex
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Callable

import minigrad
from minigrad.backend.arrays import Device
from minigrad.distributed import get_rank, init_process_group, is_initialized
from minigrad.distributed.group import launched
from minigrad.errors import DataError, DeviceError
from minigrad.launch import launch
from minigrad.terminal.spelling import spell_out_streams


class Options(argparse.Namespace):
    """The options of a lesson, as attributes.

    The last five are those of a lesson that trains on data; ``resume`` of one that keeps checkpoints.
    """

    seed: int
    device: str
    quick: bool
    show: bool
    output: Path
    epochs: int
    images: int | None
    data: str
    ranks: int
    resume: bool


def read_options(name: str, about: str, epochs: int | None = None, quick_epochs: int = 1,
                 quick_images: int = 2000, data: str = "mnist", resumable: bool = False,
                 more: Callable[[argparse.ArgumentParser], None] | None = None) -> Options:
    """The options from the command line; in a notebook from its variable OPTIONS, "--quick --seed 1".

    Args:
        name: the lesson's name, which also names its output folder.
        about: one line for --help.
        epochs: the number of epochs for a lesson that trains on data; with --quick it is
            ``quick_epochs``, on ``quick_images`` images. None: the lesson has no such options.
        data: which data set is the default: "mnist" or "cifar10".
        resumable: it keeps checkpoints, and has the option --resume.
        more: adds the options that this lesson alone has.
    """
    spell_out_streams()
    parser = argparse.ArgumentParser(prog=f"python -m lessons {name}", description=about,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="--step shows the lesson one cell at a time")
    parser.add_argument("--seed", type=from_least(0), default=0, metavar="N",
                        help="decides everything random (0)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (cpu)")
    parser.add_argument("--quick", action="store_true",
                        help="as little as shows that everything runs, in under a minute")
    parser.add_argument("--output", type=Path, default=Path("output", name), metavar="FOLDER",
                        help=f"for pictures, weights and results (output/{name})")
    parser.add_argument("--show", action="store_true", help="open each picture as it is drawn")
    if epochs is None:
        parser.set_defaults(epochs=0, images=None, data="none", ranks=1)
    else:
        _add_training(parser, epochs, quick_epochs, data)
    parser.set_defaults(resume=False)
    if resumable:
        parser.add_argument("--resume", action="store_true",
                            help="go on with an interrupted run in the output folder")
    if more is not None:
        more(parser)
    options = parser.parse_args(_in_notebook() if "ipykernel" in sys.modules else None, Options())
    share_out(name, options)
    if epochs is not None:
        if options.epochs is None:
            options.epochs = quick_epochs if options.quick else epochs
        if options.images is None and options.quick:
            options.images = quick_images
    try:
        options.device = str(Device(options.device))
        minigrad.zeros(1).to(options.device)
    except DeviceError as error:
        parser.error(str(error))
    return options


def share_out(name: str, options: Options) -> None:
    """With --ranks, start that many processes, each of which runs the lesson, and end with them.

    In each of those: only rank 0 writes to the output folder; the others get a folder that nobody looks at.
    """
    if launched() == 1 and options.ranks > 1:
        script = next(Path(__file__).parents[1].glob(f"[0-9]*_{name}.py"))
        try:
            sys.exit(launch(options.ranks, [str(script), *sys.argv[1:]], quiet=True))
        except DataError as error:
            sys.exit(str(error))
    if launched() > 1:
        if not is_initialized():
            init_process_group()
        if get_rank() > 0:
            elsewhere = TemporaryDirectory()
            atexit.register(elsewhere.cleanup)
            options.output = Path(elsewhere.name)


def _in_notebook() -> list[str]:
    """The words of the notebook's variable OPTIONS, if it has one."""
    return shlex.split(getattr(sys.modules["__main__"], "OPTIONS", ""))


def _add_training(parser: argparse.ArgumentParser, epochs: int, quick_epochs: int,
                  data: str) -> None:
    parser.add_argument("--epochs", type=from_least(1), metavar="N",
                        help=f"passes over the training data ({epochs}; {quick_epochs} with --quick)")
    parser.add_argument("--images", type=from_least(2), metavar="N",
                        help="train on the first N images only, and test with a third as many")
    choices = "cifar10, rendered, or a folder with the files of cifar10" if data == "cifar10" \
        else "mnist, fashion, rendered, or a folder with MNIST's files"
    parser.add_argument("--ranks", type=from_least(1), default=1, metavar="N",
                        help="train in N processes, each with its part of every batch (1)")
    parser.add_argument("--data", default=data, metavar="WHAT", help=f"{choices} ({data})")


def from_least(least: int) -> Any:
    """A type for argparse: an integer from ``least``."""
    def number(text: str) -> int:
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected an integer from {least}, got {text!r}")
        return int(text)
    return number
