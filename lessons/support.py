"""What the lessons on data share: options, data that is always there, stopping, results."""
from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

import minigrad
from minigrad.backend.arrays import Device
from minigrad.errors import DataError, DeviceError
from minigrad.saving import write_atomically
from minigrad.train import Checkpoint
from minigrad.vision.datasets import MNIST, FashionMNIST, ImageDataset, RenderedDigits

CHECKPOINT = ".checkpoint.safetensors"


class Options(argparse.Namespace):
    """The options of a lesson, as attributes."""

    epochs: int
    seed: int
    device: str
    quick: bool
    images: int | None
    data: str
    output: Path
    resume: bool


def read_options(name: str, about: str, epochs: int, quick_epochs: int,
                 quick_images: int) -> Options:
    """The options from the command line; in a notebook their defaults.

    ``epochs`` is the default; with --quick it is ``quick_epochs``, and --images ``quick_images``.
    """
    parser = argparse.ArgumentParser(prog=f"python -m lessons {name}", description=about,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=_from(1), metavar="N",
                        help=f"passes over the training data ({epochs}; {quick_epochs} with --quick)")
    parser.add_argument("--seed", type=_from(0), default=0, metavar="N",
                        help="decides everything random (0)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (cpu)")
    parser.add_argument("--quick", action="store_true",
                        help="a few images only: shows that everything runs, in under a minute")
    parser.add_argument("--images", type=_from(2), metavar="N",
                        help="train on the first N images only, and test with a third as many")
    parser.add_argument("--data", default="mnist", metavar="WHAT",
                        help="mnist, fashion, rendered, or a folder with MNIST's files (mnist)")
    parser.add_argument("--output", type=Path, default=Path("output", name), metavar="FOLDER",
                        help=f"for pictures, weights and results (output/{name})")
    parser.add_argument("--resume", action="store_true",
                        help="go on with an interrupted run in the output folder")
    options = parser.parse_args([] if "ipykernel" in sys.modules else None, Options())
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


def _from(least: int) -> Any:
    def number(text: str) -> int:
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected an integer from {least}, got {text!r}")
        return int(text)
    return number


# ── data ──────────────────────────────────────────────────────────────────────────────────────────

class Data:
    """Training and test images, and where they are from.

    ``train`` and ``test`` yield images float32 (1, 28, 28) from 0 to 1, dark paper and light ink, and
    labels 0…9. ``notice`` says, if they are not what was asked for, why, and what to do about it.
    """

    def __init__(self, options: Options) -> None:
        counts = (None, None) if options.images is None \
            else (min(options.images, 60000), min(-(-options.images // 3), 10000))
        self.notice = ""
        try:
            self.name, self.train, self.test = _asked_for(options.data, counts)
        except DataError as error:
            if options.data != "mnist":
                raise
            self.name, self.train, self.test = _asked_for("rendered", counts)
            self.notice = _NOTICE.format(reason=str(error).splitlines()[0])
        for part, count in ((self.train, counts[0]), (self.test, counts[1])):
            part.data = part.data[:count].to(options.device)
            part.targets = part.targets[:count].to(options.device)

    def __str__(self) -> str:
        return f"{self.name}: {len(self.train):,} images to train on, {len(self.test):,} to test with"


_NOTICE = """\
MNIST is not here ({reason})
This run uses RenderedDigits instead, digits of type drawn on this machine. They are easier than
handwriting: the accuracies below say nothing about MNIST and cannot be compared with the document.
For real MNIST, 11 MB: run this again with a network connection, or put the four files
train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and
t10k-labels-idx1-ubyte.gz into a folder and give --data FOLDER."""


def _asked_for(choice: str, counts: tuple[int | None, int | None]
               ) -> tuple[str, ImageDataset, ImageDataset]:
    if choice == "rendered":
        return ("RenderedDigits", RenderedDigits(train=True, count=counts[0]),
                RenderedDigits(train=False, count=counts[1]))
    if choice == "fashion":
        return "Fashion-MNIST", FashionMNIST(train=True), FashionMNIST(train=False)
    if choice == "mnist":
        return "MNIST", MNIST(train=True), MNIST(train=False)
    folder = Path(choice).expanduser()
    if not folder.is_dir():
        raise DataError(f"--data {choice}: there is no such folder. Give mnist, fashion, rendered, or "
                        "a folder with MNIST's four files.")
    root = folder.parent if any(folder.glob("train-images-idx3-ubyte*")) else folder
    if root != folder and folder.name != "mnist":
        raise DataError(f"--data {choice}: call the folder with the four files 'mnist'.")
    return ("MNIST", MNIST(root, train=True, download=False), MNIST(root, train=False, download=False))


# ── stopping and going on ─────────────────────────────────────────────────────────────────────────

def begin(options: Options) -> None:
    """Make the output folder, and make Ctrl-C and errors end with a message, not a traceback.

    Without --resume an earlier run's checkpoints are removed, so that none is mixed with this run.
    """
    options.output.mkdir(parents=True, exist_ok=True)
    old = [] if options.resume else list(options.output.glob(f"*{CHECKPOINT}"))
    for path in old:
        path.unlink()
    if old:
        print(f"An earlier run in {options.output} is replaced; --resume would have gone on with it.\n")

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            print(f"\n{stopped(options)}", file=sys.stderr)
        elif issubclass(kind, DataError):
            print(f"\n{error}", file=sys.stderr)
        else:
            sys.__excepthook__(kind, error, trace)

    sys.excepthook = hook


def stopped(options: Options) -> str:
    """What to say after Ctrl-C."""
    saved = sorted(options.output.glob(f"*{CHECKPOINT}"))
    if not saved:
        return "Stopped. Nothing was learned yet, so there is nothing to save."
    command = " ".join(["python", *sys.argv, *(["--resume"] if not options.resume else [])])
    return (f"Stopped. What was learned is saved in {options.output}.\n"
            f"To go on as if nothing had happened:  {command}")


def checkpoint(name: str, options: Options, data: Data, **recipe: Any) -> Checkpoint:
    """Saves a run after each epoch and on Ctrl-C; with --resume goes on from there.

    ``recipe``: the numbers that must be the same when going on, beside seed and data.
    """
    return Checkpoint(options.output / f"{name}{CHECKPOINT}", resume=options.resume,
                      settings={"seed": options.seed, "data": data.name, "images": len(data.train),
                                **recipe})


# ── results ───────────────────────────────────────────────────────────────────────────────────────

def write_results(path: Path, options: Options, **results: Any) -> None:
    """Results as JSON, with what one must know to get them again."""
    versions = {"minigrad": minigrad.__version__, "numpy": np.__version__,
                "python": platform.python_version()}
    machine = {"system": platform.platform(), "processor": platform.processor() or platform.machine(),
               "cores": os.cpu_count(), "device": options.device}
    content = {**results, "seed": options.seed, "epochs": options.epochs, "quick": options.quick,
               "date": datetime.now().astimezone().isoformat(timespec="seconds"),
               "versions": versions, "machine": machine}
    write_atomically(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
