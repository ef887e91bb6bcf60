"""Checkpoints: everything a training run consists of, in one safetensors file.

To continue as if nothing had happened takes more than the weights: the optimizer's running means, the
state of the random numbers, the place in the data, and whatever else a run keeps (a history, a schedule,
averaged weights). The file is written whole or not at all (see ``saving``), so a run that is killed while it
saves still has its previous checkpoint.

    save_checkpoint("run.safetensors", model=model, optimizer=optimizer, loader=loader, epoch=3)
    rest = load_checkpoint("run.safetensors", model=model, optimizer=optimizer, loader=loader)
    rest["epoch"]       # 3

``fit`` does this with the callback ``minigrad.train.Checkpoint``.
"""
from __future__ import annotations

import copy
import os
import time
from pathlib import Path
from typing import Any, Iterable

from ..backend.random import get_rng_state, set_rng_state
from ..errors import DTypeError, DataError, RangeError
from ..files.saving import load, save
from .ranks import file_of_rank_0, is_first, spread_random_numbers
from .run import Callback, Run

RANDOM, VERSION = "random", "checkpoint"


def save_checkpoint(path: str | os.PathLike[str], **parts: Any) -> None:
    """Write the parts and the state of the random numbers to ``path``, all or nothing.

    Args:
        parts: by any name, objects with ``state_dict()`` (models, optimizers, loaders, histories), or
            plain values: tensors, numbers, strings, None, and dicts and lists of these.

    An older file stays as it is until the new one is complete. Raises DTypeError for a part that cannot
    be saved, DataError when the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> from minigrad.train import load_checkpoint, save_checkpoint
    >>> with TemporaryDirectory() as folder:
    ...     save_checkpoint(folder + "/run.safetensors", epoch=3, best={"loss": 0.5})
    ...     load_checkpoint(folder + "/run.safetensors")
    {'epoch': 3, 'best': {'loss': 0.5}}
    """
    reserved = {RANDOM, VERSION} & set(parts)
    if reserved:
        raise DTypeError(f"save_checkpoint: the names {sorted(reserved)} are reserved for the checkpoint "
                         "itself. Choose another name for the part.")
    content = {name: part.state_dict() if hasattr(part, "state_dict") else part
               for name, part in parts.items()}
    save({VERSION: 1, RANDOM: get_rng_state(), **content}, path)


def load_checkpoint(path: str | os.PathLike[str], **parts: Any) -> dict[str, Any]:
    """Restore the given parts and the state of the random numbers; return all the other parts.

    Args:
        parts: objects with ``load_state_dict``, under the names they were saved by.

    Without parts nothing is changed: the whole content is returned, to look at. Raises DataError when the
    file is missing, damaged or not a checkpoint, lacks one of the parts, or holds one that doesn't fit. Then
    all parts and the random numbers are as they were.

    >>> from tempfile import TemporaryDirectory
    >>> from minigrad.train import load_checkpoint, save_checkpoint
    >>> model, other = minigrad.nn.Linear(2, 1), minigrad.nn.Linear(2, 1)
    >>> with TemporaryDirectory() as folder:
    ...     save_checkpoint(folder + "/run.safetensors", model=model, epoch=3)
    ...     load_checkpoint(folder + "/run.safetensors", model=other)
    {'epoch': 3}
    >>> minigrad.equal(model.weight, other.weight)
    True
    """
    content = load(path)
    if not isinstance(content, dict) or VERSION not in content or RANDOM not in content:
        held = ", ".join(map(str, list(content)[:4])) if isinstance(content, dict) else "one value"
        raise DataError(f"load_checkpoint: {path} is not a checkpoint; it holds {held}, …. For the weights "
                        "of a model alone: model.load_state_dict(minigrad.load(path)).")
    _require_parts(path, content, parts)
    for name, part in parts.items():
        if not hasattr(part, "load_state_dict"):
            raise DTypeError(f"load_checkpoint: {name} is a {type(part).__name__}, which cannot be "
                             "restored. Leave it out; plain values are returned.")
    if parts:
        _restore(path, content, parts)
    return {name: value for name, value in content.items()
            if name not in parts and name not in (RANDOM, VERSION)}


def _restore(path: str | os.PathLike[str], content: dict[str, Any], parts: dict[str, Any]) -> None:
    """All parts and the random numbers from ``content``, or none."""
    random = get_rng_state()
    before = [(part, copy.deepcopy(part.state_dict()), dict(getattr(part, "__dict__", {})))
              for part in parts.values()]
    name = ""
    try:
        for name, part in parts.items():
            part.load_state_dict(content[name])
        name = RANDOM
        set_rng_state(content[RANDOM])          # last: a loader also sets the state it shares
    except BaseException as error:
        for part, state, attributes in before:
            part.load_state_dict(state)
            if attributes:
                vars(part).update(attributes)   # a loader in mid-epoch continues it
        set_rng_state(random)
        if isinstance(error, Exception):
            said = str(error) if isinstance(error, (ValueError, RuntimeError)) \
                else f"{type(error).__name__}: {error}"
            raise DataError(f"load_checkpoint: {path}: the part {name} does not fit, and nothing was "
                            f"changed. {said}") from error
        raise


def _require_parts(path: str | os.PathLike[str], content: dict[str, Any], names: Iterable[str]) -> None:
    """Raise DataError unless the content of a checkpoint has parts of these names."""
    missing = sorted(set(names) - set(content))
    if missing:
        there = sorted(map(str, set(content) - {RANDOM, VERSION}))
        raise DataError(f"load_checkpoint: {path} has no part named {', '.join(missing)}. It holds "
                        f"{', '.join(there)}.")


def require_settings(path: str | os.PathLike[str], wanted: dict[str, Any]) -> None:
    """Raise DataError that names the differences unless the checkpoint's part ``settings`` is ``wanted``.

    >>> from tempfile import TemporaryDirectory
    >>> from minigrad.train import require_settings, save_checkpoint
    >>> with TemporaryDirectory() as folder:
    ...     save_checkpoint(folder + "/run.safetensors", settings={"seed": 0})
    ...     require_settings(folder + "/run.safetensors", {"seed": 0})
    """
    content = load_checkpoint(path)
    _require_parts(path, content, ["settings"])
    found = content["settings"]
    if not isinstance(found, dict):
        raise DataError(f"load_checkpoint: {path}: the part settings must be a dict, got {found!r:.60}.")
    different = [f"{k}: {found.get(k)} in the file, {wanted.get(k)} here"
                 for k in sorted({*found, *wanted}, key=str) if found.get(k) != wanted.get(k)]
    if different:
        raise DataError(f"Checkpoint: {path} belongs to another run ({'; '.join(different)}). "
                        "Use the same settings to continue it, or start over with resume=False.")


class Checkpoint(Callback):
    """Saves the whole run to ``path`` after each epoch and on Ctrl-C, and can resume from it.

    Args:
        path: one file, replaced each time, never half written.
        resume: if the file exists, continue as if nothing had happened: the result is the same to the last
            bit. Without the file, training starts from the beginning.
        every: also save every so many batches; None: only after each epoch.
        settings: numbers and strings that must be the same on resuming (a seed, a batch size).

    In a job of several processes rank 0 writes and reads the file. Any number of them can resume from it.

    Raises DataError when the file belongs to a run with other settings or another number of epochs,
    RangeError for ``every`` below 1.

    >>> from minigrad.train import Checkpoint
    >>> callback = Checkpoint("run.safetensors", resume=True, settings={"seed": 0})
    """

    def __init__(self, path: str | os.PathLike[str], resume: bool = False, every: int | None = None,
                 settings: dict[str, Any] | None = None) -> None:
        if every is not None and every < 1:
            raise RangeError(f"Checkpoint: every must be a number of batches from 1, got {every!r}.")
        self.path, self.resume, self.every = Path(path), resume, every
        self.settings = settings or {}

    def on_fit_begin(self, run: Run) -> None:
        if not self.resume:
            return
        with file_of_rank_0(self.path) as path:
            if path.exists():
                require_settings(path, {**self.settings, "epochs": run.epochs})
                load_checkpoint(path, model=run.model, optimizer=run.optimizer, loader=run.loader, run=run)
                spread_random_numbers()

    def on_safe_point(self, run: Run) -> None:
        if run.batch == 0 or (self.every and run.batch % self.every == 0):
            self.save(run)

    def on_interrupt(self, run: Run) -> None:
        self.save(run)

    def save(self, run: Run) -> None:
        """Write the file now. The model must hold its training weights."""
        state = run.state_dict()                # of all ranks; the rest is the same on each of them
        if is_first():
            save_checkpoint(self.path, model=run.model, optimizer=run.optimizer, loader=run.loader, run=state,
                            settings={**self.settings, "epochs": run.epochs}, saved=time.time())
        spread_random_numbers()                 # as after loading it
