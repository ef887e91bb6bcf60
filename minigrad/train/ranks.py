"""Training in several processes: what ``fit`` does so that they come out as one.

Each batch of the loader is dealt out to the ranks. Whatever is measured is summed over them, as counts and
sums: a mean of means would be wrong where the parts differ in size. Rank 0 prints and saves.
"""
from __future__ import annotations

import hashlib
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Callable, Iterator

import numpy as np

from ..backend.random import get_rng_state, manual_seed, set_rng_state
from ..data import DataLoader
from ..data.distributed import DistributedSampler
from ..distributed.group import init_process_group, is_initialized, launched, world
from ..nn import Module
from ..nn.parallel import DistributedDataParallel
from .feed import samples_of

STATE_BYTES = 4096


@contextmanager
def dealt_out(*loaders: DataLoader | None) -> Iterator[None]:
    """Meet the other ranks; inside of the block each has its part of every batch.

    A loader with a ``DistributedSampler`` deals them out by itself.
    """
    if launched() > 1 and not is_initialized():
        init_process_group()
    mine = [loader for loader in loaders if loader is not None and world().size > 1
            and not isinstance(loader.sampler, DistributedSampler)]
    for loader in mine:
        loader.share(world().rank, world().size)
    try:
        spread_random_numbers()
        yield
        collect_random_numbers()
    finally:
        for loader in mine:
            loader.share(0, 1)


def forward_of(model: Module, loader: DataLoader) -> tuple[Module, Callable[[Any], Any]]:
    """The model itself, and what to call in training: several ranks share its gradients."""
    parallel = model if isinstance(model, DistributedDataParallel) else None
    plain = model if parallel is None else parallel.module
    if parallel is None and world().size > 1:
        parallel = DistributedDataParallel(model)
    if parallel is None:
        return plain, plain
    shared = parallel

    def forward(x: Any) -> Any:
        shared.samples = samples_of(loader, x)
        return shared(x)
    return plain, forward


def is_first() -> bool:
    """Whether this process is the one that prints and saves."""
    return world().rank == 0


def summed(numbers: list[float]) -> list[float]:
    """Each number, summed over all ranks."""
    array = np.array(numbers, np.float64)
    world().all_reduce(array).wait()
    return array.tolist()


def spread_random_numbers() -> None:
    """Rank 0 goes on with its random numbers. The others get some of their own, which follow from them."""
    if world().size == 1:
        return
    seed = np.frombuffer(hashlib.sha256(get_rng_state().encode()).digest()[:6] + b"\0\0", "<i8").copy()
    world().broadcast(seed).wait()
    if world().rank:
        manual_seed(int(seed[0]) + world().rank)


def collect_random_numbers() -> None:
    """All ranks go on with the random numbers of rank 0."""
    if world().size == 1:
        return
    text = np.zeros(STATE_BYTES, np.uint8)
    state = get_rng_state().encode()
    text[:len(state)] = np.frombuffer(state, np.uint8)
    world().broadcast(text).wait()
    set_rng_state(text.tobytes().rstrip(b"\0").decode())


@contextmanager
def file_of_rank_0(path: Path) -> Iterator[Path]:
    """Inside of the block every rank has a file like rank 0's at the path; none, if there is none."""
    if world().size == 1:
        yield path
        return
    here = is_first() and path.exists()
    content = np.frombuffer(path.read_bytes(), np.uint8).copy() if here else np.zeros(0, np.uint8)
    size = int(summed([content.size if here else 0])[0])
    with TemporaryDirectory() as folder:
        if size and not here:
            content = np.zeros(size, np.uint8)
        if size:
            world().broadcast(content).wait()
        copy = Path(folder) / path.name
        if size and not here:
            copy.write_bytes(content.tobytes())
        yield path if is_first() else copy
