"""The stand-in refuses what CuPy refuses: mistakes that would only show on a GPU are caught without one."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

from .stand_in import CUDARuntimeError, Synchronized, no_waiting

HOST = np.ones(3, np.float32)

# One of each kind of mistake, on a device array x of three float32 numbers.
MISTAKES: dict[str, tuple[type[Exception], Callable[[Any, Any], Any]]] = {
    "a host array as operand": (TypeError, lambda cp, x: x + HOST),
    "the other way round": (TypeError, lambda cp, x: HOST + x),
    "a 0-d host array": (TypeError, lambda cp, x: x * np.asarray(2.0, np.float32)),
    "a host array in place": (TypeError, lambda cp, x: x.__iadd__(HOST)),
    "a host array for a ufunc of NumPy": (TypeError, lambda cp, x: np.maximum(x, HOST)),
    "a host array for a function": (TypeError, lambda cp, x: np.where(x > 0, x, HOST)),
    "a host index": (TypeError, lambda cp, x: x[np.array([0, 1])]),
    "a list as index": (TypeError, lambda cp, x: x[[0, 1]]),
    "a host value assigned": (TypeError, lambda cp, x: x.__setitem__(slice(None), HOST)),
    "conversion to NumPy": (TypeError, lambda cp, x: np.asarray(x)),
    "a device array as index of a host array": (TypeError, lambda cp, x: HOST[cp.arange(2)]),
    "a device number as length": (TypeError, lambda cp, x: range(cp.arange(3)[2])),
    "where= of a ufunc": (TypeError, lambda cp, x: cp.add(x, x, where=x > 0)),
    "initial= of a reduction": (TypeError, lambda cp, x: x.sum(initial=0)),
    "where= of a reduction": (TypeError, lambda cp, x: x.max(where=x > 0)),
    "min= of clip": (TypeError, lambda cp, x: cp.clip(x, min=0)),
    "maximum.reduce": (NotImplementedError, lambda cp, x: cp.maximum.reduce(x)),
    "subtract.at for floats": (NotImplementedError, lambda cp, x: cp.subtract.at(x, cp.arange(2), x[:2])),
    "add.at for int16": (NotImplementedError,
                         lambda cp, x: cp.add.at(x.astype(np.int16), cp.arange(2), x[:2])),
    "another kind of sort": (ValueError, lambda cp, x: cp.sort(x, kind="quicksort")),
    "a name CuPy lacks": (AttributeError, lambda cp, x: cp.errstate()),
    "another name CuPy lacks": (AttributeError, lambda cp, x: cp.nditer(x)),
    "setflags": (AttributeError, lambda cp, x: x.setflags(write=False)),
    "flags.writeable": (AttributeError, lambda cp, x: x.flags.writeable),
    "repeats on the device": (ValueError, lambda cp, x: cp.repeat(x, cp.arange(3))),
    "a keyword CuPy lacks": (TypeError, lambda cp, x: cp.concatenate([x, x], dim=0)),
    "a list in a kernel": (Exception, lambda cp, x: cp.sum([1.0, 2.0], where=x)),
    "a foreign dtype in set": (TypeError, lambda cp, x: x.set(np.ones(3))),
}
WAITS: dict[str, Callable[[Any, Any], Any]] = {
    "item": lambda cp, x: x.sum().item(), "float": lambda cp, x: float(x[0]), "int": lambda cp, x: int(x[0]),
    "if": lambda cp, x: 1 if x.sum() > 0 else 0, "get": lambda cp, x: x.get(),
    "tolist": lambda cp, x: x.tolist(), "a boolean mask": lambda cp, x: x[x > 0],
    "nonzero": lambda cp, x: cp.nonzero(x), "where with one argument": lambda cp, x: cp.where(x > 0),
    "asnumpy": lambda cp, x: cp.asnumpy(x), "unique": lambda cp, x: cp.unique(x),
    "printing": lambda cp, x: repr(x), "Stream.synchronize": lambda cp, x: cp.cuda.Stream.null.synchronize(),
    "max in Python": lambda cp, x: max(x[0], x[1])}


@pytest.fixture
def cupy(stand_in_cuda: Any) -> Any:
    import cupy
    return cupy


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused(name: str, cupy: Any) -> None:
    kind, mistake = MISTAKES[name]
    x = cupy.asarray(HOST)
    with pytest.raises(kind):
        mistake(cupy, x)
    assert x.tolist() == [1, 1, 1]


@pytest.mark.parametrize("name", WAITS)
def test_what_waits_is_counted_and_may_be_forbidden(name: str, cupy: Any, stand_in_cuda: Any) -> None:
    x = cupy.asarray(HOST)
    before = stand_in_cuda.waits
    WAITS[name](cupy, x)
    assert stand_in_cuda.waits > before
    with no_waiting(), pytest.raises(Synchronized, match="waits for the device"):
        WAITS[name](cupy, x)


def test_what_does_not_wait(cupy: Any, stand_in_cuda: Any) -> None:
    x = cupy.asarray(HOST)
    with no_waiting():
        y = np.exp(x) * 2 + np.float32(1)
        y[1:] += x[:-1]
        y = np.concatenate([y, x]).reshape(2, 3).sum(axis=0)
        assert y.shape == (3,) and len(y) == 3 and (y * 0).dtype == np.float32
        assert isinstance(y.sum(), cupy.ndarray) and isinstance(y[0], cupy.ndarray)


def test_results_lie_row_major_and_views_are_views(cupy: Any) -> None:
    """As CuPy's: a ufunc's result is row-major, whatever its operands are; NumPy's would keep the order."""
    x = cupy.asarray(np.arange(6.0)).reshape(2, 3)
    assert (x.T + 1).flags.c_contiguous and not x.T.flags.c_contiguous
    x.T[...] = 5
    assert x.tolist() == [[5] * 3] * 2 and x.T.base is not None and (x + 1).base is None


def test_a_capturing_stream_refuses_copies_and_replays_the_rest(cupy: Any) -> None:
    x, stream = cupy.asarray(HOST), cupy.cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()
        x *= 2
        y = x + 1
        for forbidden, says in {
                lambda: x.get(): "D2H transfers are disallowed", lambda: float(x[0]): "D2H transfers",
                lambda: cupy.asarray(HOST): "H2D transfers are disallowed",
                lambda: cupy.concatenate([x] * 9): "H2D transfers"}.items():
            with pytest.raises(RuntimeError, match=f"^the current stream is capturing, so {says}"):
                forbidden()
        for product in (lambda: x @ x, lambda: cupy.matmul(x, x), lambda: cupy.einsum("i,i->", x, x),
                        lambda: cupy.tensordot(x, x, 1), lambda: x.dot(x), lambda: np.matmul(x, x)):
            with pytest.raises(NotImplementedError, match="cuBLAS API during stream capture"):
                product()
        cupy.concatenate([x] * 8), cupy.einsum("i->", x), cupy.asarray(2.0)     # these are recorded
        graph = stream.end_capture()
    assert x.tolist() == [1, 1, 1]                      # nothing was computed yet
    for k in (2, 4):
        graph.launch()
        assert x.tolist() == [k] * 3 and y.tolist() == [k + 1] * 3
    with pytest.raises(RuntimeError, match="default stream"):
        cupy.cuda.Stream(null=True).begin_capture()


@pytest.mark.parametrize("waiting", [lambda s: s.synchronize(), lambda s: s.record().done,
                                     lambda s: s.record().synchronize()])
def test_waiting_breaks_a_recording_off(waiting: Any, cupy: Any, stand_in_cuda: Any) -> None:
    stream = cupy.cuda.Stream(non_blocking=True)
    stream.begin_capture()
    with pytest.raises(CUDARuntimeError, match="StreamCaptureUnsupported"):
        waiting(stream)
    with pytest.raises(CUDARuntimeError, match="StreamCaptureInvalidated"):
        stream.end_capture()
    assert not stream.is_capturing()


def test_a_copy_from_pinned_memory_comes_late(cupy: Any) -> None:
    import cupyx
    host = cupyx.empty_pinned(3, np.float32)
    host[...] = 1
    waited, late = cupy.asarray(host, blocking=True), cupy.asarray(host)
    host[...] = 2                                       # before the device got to it
    assert late.shape == (3,) and late.tolist() == [2, 2, 2] and waited.tolist() == [1, 1, 1]


def test_a_pool_that_finds_no_memory_gives_back_what_a_graph_may_use(cupy: Any, stand_in_cuda: Any) -> None:
    stream, pool = cupy.cuda.Stream(non_blocking=True), cupy.cuda.MemoryPool()
    stand_in_cuda.room = 1000
    try:
        with stream, cupy.cuda.using_allocator(pool.malloc):
            stream.begin_capture()
            with pytest.raises(MemoryError, match="Out of memory allocating 8,000 bytes"):
                cupy.zeros(1000)
            stream.end_capture()
    finally:
        stand_in_cuda.room = None
    assert stand_in_cuda.freed_while_recording


def test_products_of_cupy_are_counted(cupy: Any, stand_in_cuda: Any) -> None:
    x = cupy.asarray(np.ones((2, 2), np.float32))
    x @ x, cupy.matmul(x, x), cupy.einsum("ij,jk->ik", x, x), cupy.einsum("ij->ji", x)
    assert stand_in_cuda.products == 3


def test_a_kernel_gets_numbers_with_a_width(cupy: Any) -> None:
    code = 'extern "C" __global__ void put(int *x, int value) { x[threadIdx.x] = value; }'
    put = cupy.RawModule(code=code).get_function("put")
    x = cupy.zeros(4, np.int32)
    put((1, 1, 1), (4, 1, 1), (x, np.int32(7)))
    assert x.tolist() == [7] * 4
    for wrong in (7, HOST):
        with pytest.raises(TypeError):
            put((1, 1, 1), (4, 1, 1), (x, wrong))
