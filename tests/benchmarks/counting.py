"""Counts what a piece of code costs: arrays allocated, their bytes, calls of Python functions.

NumPy asks a handler for the memory of each array; here a handler that counts takes its place for a while
(NumPy's C API, PyDataMem_SetHandler). Counts do not depend on how busy the machine is.
"""
import ctypes
import sys
from contextlib import contextmanager

import numpy as np

SET_HANDLER = 304           # its place in the table of NumPy's C API, since 1.22

Malloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
Calloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)
Realloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
Free = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class Handler(ctypes.Structure):
    """PyDataMem_Handler of numpy/ndarraytypes.h."""

    _fields_ = [("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("context", ctypes.c_void_p),
                ("malloc", Malloc), ("calloc", Calloc), ("realloc", Realloc), ("free", Free)]


class Arrays:
    """How many arrays were allocated, and their bytes."""

    def __init__(self):
        self.count = self.bytes = 0

    def add(self, size):
        self.count += 1
        self.bytes += size


_seen = Arrays()
_libc = ctypes.CDLL(None)
_libc.malloc.restype = _libc.calloc.restype = _libc.realloc.restype = ctypes.c_void_p
_libc.malloc.argtypes = (ctypes.c_size_t,)
_libc.calloc.argtypes = (ctypes.c_size_t, ctypes.c_size_t)
_libc.realloc.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_libc.free.argtypes = (ctypes.c_void_p,)


def _malloc(context, size):
    _seen.add(size)
    return _libc.malloc(size)


def _calloc(context, count, size):
    _seen.add(count * size)
    return _libc.calloc(count, size)


# An array keeps its handler for as long as it lives, so this one stays for good.
_handler = Handler(b"counting", 1, None, Malloc(_malloc), Calloc(_calloc),
                   Realloc(lambda context, pointer, size: _libc.realloc(pointer, size)),
                   Free(lambda context, pointer, size: _libc.free(pointer)))
ctypes.pythonapi.PyCapsule_New.restype = ctypes.py_object
ctypes.pythonapi.PyCapsule_New.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
ctypes.pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p
ctypes.pythonapi.PyCapsule_GetPointer.argtypes = (ctypes.py_object, ctypes.c_char_p)
_name = ctypes.create_string_buffer(b"mem_handler")         # a capsule points to its name
_capsule = ctypes.pythonapi.PyCapsule_New(ctypes.addressof(_handler), ctypes.addressof(_name), None)
_multiarray = (np._core if hasattr(np, "_core") else np.core).multiarray
_table = ctypes.cast(ctypes.pythonapi.PyCapsule_GetPointer(_multiarray._ARRAY_API, None),
                     ctypes.POINTER(ctypes.c_void_p))
_set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(_table[SET_HANDLER])


@contextmanager
def counted_arrays():
    """The arrays that are allocated inside of the block."""
    seen = Arrays()
    before = _set_handler(_capsule)
    start = _seen.count, _seen.bytes
    try:
        yield seen
    finally:
        _set_handler(before)
        seen.count, seen.bytes = _seen.count - start[0], _seen.bytes - start[1]


@contextmanager
def counted_calls():
    """A list with one entry: the calls of Python functions inside of the block."""
    calls = [0]

    def count(frame, event, argument):
        calls[0] += event == "call"
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)
