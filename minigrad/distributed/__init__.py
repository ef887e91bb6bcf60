"""Several processes that compute together: who they are, and sums over all of them.

``python -m minigrad.launch -n 4 script.py`` starts them; each runs the whole script. They talk by MPI
(mpi4py), GPUs also by NCCL (CuPy). Started by itself, a script is the only process, of world size 1, and
everything here works without either.

>>> import minigrad.distributed as dist
>>> dist.init_process_group()
>>> dist.get_rank(), dist.get_world_size()
(0, 1)
>>> dist.destroy_process_group()
"""
from ..errors.suggestions import offer_names
from .collectives import all_gather, all_reduce, barrier, broadcast
from .group import (destroy_process_group, get_rank, get_world_size, init_process_group, is_available,
                    is_initialized, traffic)
from .work import ReduceOp, Work

__all__ = ["ReduceOp", "Work", "all_gather", "all_reduce", "barrier", "broadcast", "destroy_process_group",
           "get_rank", "get_world_size", "init_process_group", "is_available", "is_initialized", "traffic"]

offer_names(__name__, "minigrad.distributed")
