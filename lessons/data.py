"""The data that lessons train on: what was asked for, or what can always be had."""
from __future__ import annotations

from pathlib import Path

from minigrad.errors import DataError
from minigrad.vision.datasets import MNIST, FashionMNIST, ImageDataset, RenderedDigits

from .options import Options


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
