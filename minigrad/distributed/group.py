"""The group of all processes: begun once, asked for ever after."""
from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Any

from ..errors import DataError, GraphError, RangeError
from .mpi import INSTALL, MPIGroup
from .nccl import NCCLGroup
from .work import Group

#: How the starters of several MPIs tell a process that it is one of many.
SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MINIGRAD_RANKS")
_world: list[Group] = []


def launched() -> int:
    """How many processes the job of this one has; 1 for a script that was started by itself."""
    return max(int(os.environ.get(name, 1)) for name in SIZES)


def init_process_group(backend: str | None = None, *, world_size: int = -1, rank: int = -1) -> None:
    """Meet the other processes of the job; alone, where the script was started by itself.

    Args:
        backend: "mpi", or "nccl" for tensors on a GPU; those of the host go by MPI in either case. None:
            "mpi".
        world_size, rank: what the script expects, as in PyTorch; −1: whatever the launcher decided.

    Raises GraphError for a second group, RangeError for another backend or a size that is not the job's,
    DataError with the package to install where mpi4py is missing.

    >>> minigrad.distributed.init_process_group("mpi")
    >>> minigrad.distributed.get_world_size()
    1
    >>> minigrad.distributed.destroy_process_group()
    """
    if _world:
        raise GraphError("init_process_group: there is a group already. Call it once, at the start.")
    if backend not in (None, "mpi", "nccl"):
        raise RangeError(f"init_process_group: backend must be 'mpi' or 'nccl', got {backend!r}.")
    group: Group = MPIGroup() if launched() > 1 else Group()
    if group.size != launched():
        raise DataError(f"init_process_group: {launched()} processes were started, but each of them finds "
                        f"{group.size}: mpiexec belongs to another MPI than mpi4py. {INSTALL}")
    for name, wanted, found in (("world_size", world_size, group.size), ("rank", rank, group.rank)):
        if wanted not in (-1, found):
            raise RangeError(f"init_process_group: {name}={wanted}, but it is {found}: the launcher decides. "
                             f"Start the job by python -m minigrad.launch -n {max(world_size, 1)} script.py.")
    _world.append(NCCLGroup(group) if backend == "nccl" else group)


def world() -> Group:
    """The group of all processes. GraphError in a job of several whose processes have not met yet."""
    if _world:
        return _world[0]
    if launched() > 1:
        raise GraphError(f"distributed: this is one of {launched()} processes, which have not met yet. Call "
                         "minigrad.distributed.init_process_group() first.")
    return _alone


def destroy_process_group(group: Any = None) -> None:
    """Leave the group; ``init_process_group`` may then be called again.

    >>> minigrad.distributed.destroy_process_group()
    >>> minigrad.distributed.is_initialized()
    False
    """
    _world.clear()


def is_initialized() -> bool:
    """Whether ``init_process_group`` was called.

    >>> minigrad.distributed.is_initialized()
    False
    """
    return bool(_world)


def is_available() -> bool:
    """Whether mpi4py is installed, so that there can be more than one process.

    >>> minigrad.distributed.is_available() in (True, False)
    True
    """
    return find_spec("mpi4py") is not None


def get_rank(group: Any = None) -> int:
    """The number of this process, from 0.

    >>> minigrad.distributed.get_rank()
    0
    """
    return world().rank


def get_world_size(group: Any = None) -> int:
    """How many processes there are.

    >>> minigrad.distributed.get_world_size()
    1
    """
    return world().size


def traffic() -> dict[str, tuple[int, int]]:
    """What this process has sent so far: for each kind of message how many, and their bytes.

    >>> minigrad.distributed.traffic()          # alone, nothing is sent
    {}
    """
    group = world()
    return {name: (group.messages[name], group.bytes[name]) for name in sorted(group.messages)}


_alone = Group()
