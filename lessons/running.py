"""Beginning a lesson's run, stopping it, and going on later."""
from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from minigrad.checkpoint import load_checkpoint, require_settings, save_checkpoint
from minigrad.errors import DataError
from minigrad.train import Checkpoint

from .data import Data
from .options import Options

CHECKPOINT = ".checkpoint.safetensors"


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


class Progress:
    """A training loop's own checkpoint, for a loop that is not ``fit``'s: saved after each epoch.

    ``parts``: objects with ``state_dict``. ``settings``: what must be the same when going on.
    """

    def __init__(self, name: str, options: Options, settings: dict[str, Any], **parts: Any) -> None:
        self.path = options.output / f"{name}{CHECKPOINT}"
        self.resume, self.settings, self.parts = options.resume, settings, parts

    def save(self, **values: Any) -> None:
        """Write the parts and the values, all or nothing."""
        save_checkpoint(self.path, settings=self.settings, **self.parts, **values)

    def restore(self) -> dict[str, Any]:
        """With --resume, the parts as they were saved, and the values; else, or without a file, {}.

        Raises DataError when the file belongs to a run with other settings.
        """
        if not self.resume or not self.path.exists():
            return {}
        require_settings(self.path, self.settings)
        return load_checkpoint(self.path, **self.parts)
