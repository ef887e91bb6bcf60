"""Follow one batch through minigrad: every Python call of one training step, file by file.

    python benchmarks/follow_a_batch.py                 # the walk: one line each time it enters another file
    python benchmarks/follow_a_batch.py --calls         # one line for each call
    python benchmarks/follow_a_batch.py --files         # how many calls each file gets
    python benchmarks/follow_a_batch.py --filters 32    # so large that the first three layers run at once

The step is a convolution with 4 filters, ReLU, max-pooling, Flatten and Linear, cross-entropy, backward, and
Adam, on a batch of 32 images. It is the second step: the first one also makes Adam's memory. What NumPy does
inside is not shown.
"""
from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any, Callable, Iterator, NamedTuple

import numpy as np

import minigrad
from minigrad import nn, optim

PACKAGE = Path(minigrad.__file__).parent


class Call(NamedTuple):
    """One call of a function of minigrad: in which part of the step, and where the function stands."""

    part: str
    file: str
    function: str


def example(filters: int) -> dict[str, Callable[[], Any]]:
    """The parts of a training step, to be called in this order, again and again."""
    minigrad.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, filters, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(filters * 13 * 13, 10))
    optimizer = optim.Adam(model.parameters())
    images = minigrad.randn(32, 1, 28, 28)
    labels = minigrad.tensor(np.arange(32) % 10)
    criterion = nn.CrossEntropyLoss()
    kept: dict[str, Any] = {}

    def forward() -> None:
        kept["scores"] = model(images)

    def loss() -> None:
        kept["loss"] = criterion(kept["scores"], labels)

    return {"zero_grad": optimizer.zero_grad, "forward": forward, "loss": loss,
            "backward": lambda: kept["loss"].backward(), "step": optimizer.step}


def followed(filters: int = 4) -> list[Call]:
    """Every call of a function of minigrad in the second step."""
    parts = example(filters)
    for work in parts.values():
        work()
    calls: list[Call] = []
    now = ""

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)):
            file = Path(code.co_filename).relative_to(PACKAGE).as_posix()
            calls.append(Call(now, file, getattr(code, "co_qualname", code.co_name)))   # from Python 3.11 on

    before = sys.getprofile()
    for now, work in parts.items():
        sys.setprofile(note)
        try:
            work()
        finally:
            sys.setprofile(before)
    return calls


def walk(calls: list[Call]) -> Iterator[tuple[Call, list[str]]]:
    """The calls in stretches that stay in one file: the first one, and the functions of all of them."""
    stretch: list[Call] = []
    for call in calls:
        if stretch and (call.file, call.part) != (stretch[0].file, stretch[0].part):
            yield stretch[0], [c.function for c in stretch]
            stretch = []
        stretch.append(call)
    if stretch:
        yield stretch[0], [c.function for c in stretch]


def main() -> None:
    """Print what the command line asks for."""
    parser = argparse.ArgumentParser(description="Follow one batch through a training step.")
    parser.add_argument("--calls", action="store_true", help="one line for each call")
    parser.add_argument("--files", action="store_true", help="the number of calls in each file")
    parser.add_argument("--filters", type=int, default=4, help="of the convolution (default 4)")
    options = parser.parse_args()
    calls = followed(options.filters)
    if options.files:
        for file, count in Counter(call.file for call in calls).most_common():
            print(f"{count:5}  {file}")
    elif options.calls:
        for call in calls:
            print(f"{call.part:10} {call.file:28} {call.function}")
    else:
        part = ""
        for call, functions in walk(calls):
            if call.part != part:
                part = call.part
                print(part)
            names = ", ".join(dict.fromkeys(functions))
            print(f"  {call.file:28} {names if len(names) < 78 else names[:76] + ' …'}")
    changes = sum(1 for a, b in zip(calls, calls[1:]) if a.file != b.file)
    print(f"{len(calls)} calls in {len({call.file for call in calls})} files, {changes} changes of file")


if __name__ == "__main__":
    main()
