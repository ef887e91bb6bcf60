"""Beginning a lesson's run, stopping it, and going on later."""
from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

from minigrad.train import Checkpoint, load_checkpoint, require_settings, save_checkpoint
from minigrad.errors import DataError
from minigrad.files.writing import reason

from .data import Data
from .options import Options
from ..player.shell import command, short

CHECKPOINT = ".checkpoint.safetensors"


def begin(options: Options) -> None:
    """Make the output folder, and make Ctrl-C and errors end with a message, not a traceback.

    Without --resume an earlier run's checkpoints move to a folder of their own, so that none is mixed with
    this run and none is lost. An output folder that cannot be written to ends the lesson here, with a
    message and code 2: it is better to know before an hour of training.
    """
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=options.output):
            pass
        if not options.resume:
            keep_earlier(options.output)
    except (OSError, ValueError) as error:
        print(f"--output {options.output}: cannot write there ({reason(error)}). Name another folder, or "
              "start from one that you may write to.", file=sys.stderr)
        raise SystemExit(2) from None

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            print(f"\n{stopped(options)}", file=sys.stderr)
        elif issubclass(kind, DataError):
            print(f"\n{error}", file=sys.stderr)
        else:
            sys.__excepthook__(kind, error, trace)

    sys.excepthook = hook


def keep_earlier(output: Path) -> None:
    """Move checkpoints that are there into ``output/earlier-N``, and say how to go on with them."""
    old = list(output.glob(f"*{CHECKPOINT}"))
    if not old:
        return
    number = 1
    while (kept := output / f"earlier-{number}").exists():
        number += 1
    kept.mkdir()
    for path in old:
        path.rename(kept / path.name)
    resume = command(short(Path(sys.argv[0])), *sys.argv[1:], "--output", str(kept), "--resume")
    print(f"The checkpoints of an earlier run are kept in {kept}.\n"
          f"To go on with that run instead of this new one:  {resume}\n")


def stopped(options: Options) -> str:
    """What to say after Ctrl-C."""
    saved = sorted(options.output.glob(f"*{CHECKPOINT}"))
    if not saved:
        return "Stopped. Nothing was learned yet, so there is nothing to save."
    again = [short(Path(sys.argv[0])), *sys.argv[1:], *([] if options.resume else ["--resume"])]
    return (f"Stopped. What was learned is saved in {options.output}.\n"
            f"To go on as if nothing had happened:  {command(*again)}")


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
