"""A trained network as one C file: the weights inside, and no dependency but the C compiler's own library."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..autograd import Tensor, no_grad
from ..backend.c.toolchain import sources
from ..backend.windows import Geometry
from ..errors import GraphError
from .emit import HEAD, Emitter, product_text
from .expressions import TYPES, compilable
from .fusion import Loop, fuse
from .program import Buffer, Place, Record, memory_of, places_in
from .recording import Recording
from .running import arranged, kept_steps, lifetimes, name_buffers

Places = dict[str, Place]


def export_c(model: Any, example: Tensor, path: str | Path | None = None, name: str = "predict") -> str:
    """The C source of ``model`` in evaluation: ``void predict(const float *input, float *output)``.

    Args:
        model: a module, or a function of one tensor.
        example: an input; the function takes inputs of this shape, row-major, and gives outputs likewise.
        path: a file to write it to as well.
        name: of the function.

    Raises GraphError for a model that looks at values, or holds an operation that has no loop in C yet: such
    as an LSTM or an embedding. Convolutions with groups are refused, too.

    >>> text = minigrad.export_c(minigrad.nn.Linear(2, 1), minigrad.zeros(1, 2))
    >>> "void predict(const float *input, float *output)" in text
    True
    """
    before = getattr(model, "training", None)
    if before is not None:
        model.eval()
    try:
        with no_grad():
            recording = Recording(lambda x: model(x).reshape(-1), (example,))
    finally:
        if before is not None:
            model.train(before)
    program = recording.program
    buffers = name_buffers(program)
    items = fuse(program.records, compilable)
    kept, parts, calls = kept_steps(items), [], []
    for k, item in enumerate(items):
        parts.append(Emitter(item, f"loop{k}", kept).text() if isinstance(item, Loop) else
                     loops_of(item, f"loop{k}"))
        calls.append(f"    loop{k}(m);")
    result: Place = program.results[0]
    first, last = lifetimes(items)
    own = [b for b in buffers if b.kind in ("step", "result")]
    offsets, size = arranged(own, first, {**last, result.buffer: len(items)})
    weights = [_weights(b, program.records) for b in buffers if b.array is not None]
    table = [f"    m[{b.order}] = " + ("(char *)input;" if b.kind == "input" else f"memory + {offsets[b]};"
             if b in offsets else f"(char *){b.name};") for b in buffers]
    # Vectors are for the compiler to find; the file names the shape that it was made for.
    text = "\n\n".join([
        "// Written by minigrad.export_c. m[k] is the address of a buffer.\n" + HEAD + "#include <string.h>\n"
        f"// input: {tuple(example.shape)}, output: {result.shape}, float32, row-major",
        sources()["functions.h"], *weights, *parts,
        f"static char memory[{max(size, 1)}] __attribute__((aligned(64)));",
        "\n".join([f"void {name}(const float *input, float *output) {{", f"    char *m[{len(buffers)}];",
                   *table, *calls,
                   f"    memcpy(output, m[{result.buffer.order}] + {result.offset}, "
                   f"{result.shape[0] * result.dtype.itemsize});", "}"])]) + "\n"
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _weights(buffer: Buffer, records: list[Record]) -> str:
    """An array of constants."""
    dtype = next(p.dtype for r in records for p in r.reads if p.buffer is buffer)
    assert buffer.array is not None
    numbers = memory_of(buffer.array).view(dtype)
    written = ", ".join(f"{x:.9g}" if dtype.kind == "f" else str(int(x)) for x in numbers.tolist())
    return f"static const {TYPES[str(dtype)]} {buffer.name}[] = {{{written.replace('inf', 'INFINITY')}}};"


def loops_of(record: Record, name: str) -> str:
    """A product, a convolution or a pooling as plain loops; GraphError for any other call."""
    kinds = {"conv_forward": _conv, "max_pool_forward": _pool, "sum_pool_forward": _pool}
    if record.kind == "matmul" and all(p.dtype == np.float32 for p in record.reads):
        return product_text(record, name)
    write = kinds.get(record.name)
    if write is None:
        raise GraphError(f"export_c: {record.operation or record.name} has no loop in C yet, at "
                         f"{record.line}. Linear layers, convolutions, pooling, norms, activations have one.")
    return write(record, name)


def _at(place: Place, *index: str) -> str:
    """An entry, by the texts of its indices."""
    terms = [f"({i})*{stride // place.dtype.itemsize}" for i, stride in zip(index, place.strides)]
    start = f"{place.offset // place.dtype.itemsize} + " if place.offset else ""
    return f"(({TYPES[str(place.dtype)]} *)m[{place.buffer.order}])[{start}{' + '.join(terms)}]"


def _nest(name: str, sizes: dict[str, int], lines: list[str]) -> str:
    """A function of loops around some lines."""
    heads = [f"for (long {i} = 0; {i} < {n}; {i}++)" for i, n in sizes.items()]
    return "\n".join([f"static void {name}(char **m) {{", *(f"    {h}" for h in heads[:-1]),
                      f"    {heads[-1]} {{", *(f"        {line}" for line in lines), "    }", "}"])


def _window(x: Place, geometry: Geometry, inside: str) -> list[str]:
    """Every position of a window that lies inside of the image."""
    (kh, kw), (sh, sw), ((top, _), (left, _)), (dh, dw), _ = geometry
    return [f"for (long i = 0; i < {kh}; i++) for (long j = 0; j < {kw}; j++) {{",
            f"    long r = p*{sh} + i*{dh} - {top}, s = q*{sw} + j*{dw} - {left};",
            f"    if (r < 0 || r >= {x.shape[2]} || s < 0 || s >= {x.shape[3]}) continue;",
            f"    {inside}", "}"]


def _conv(record: Record, name: str) -> str:
    """y[n, o, p, q] = Σ w[o, c, i, j] · x[n, c, r, s] + b[o]."""
    x, w, b, geometry = record.arguments
    if geometry.groups > 1:
        raise GraphError(f"export_c: a convolution with groups has no loop in C yet, at {record.line}.")
    y: Place = record.out
    sizes = dict(zip("nopq", y.shape))
    inside = (f"for (long c = 0; c < {x.shape[1]}; c++) "
              f"sum += {_at(w, 'o', 'c', 'i', 'j')} * {_at(x, 'n', 'c', 'r', 's')};")
    return _nest(name, sizes, [f"float sum = {_at(b, 'o') if b is not None else '0'};",
                               *_window(x, geometry, inside), f"{_at(y, 'n', 'o', 'p', 'q')} = sum;"])


def _pool(record: Record, name: str) -> str:
    """The largest entry of each window, or their sum."""
    x, geometry = record.arguments[:2]
    y = next(places_in(record.out))
    entry = _at(x, "n", "o", "r", "s")
    most = record.name == "max_pool_forward"
    inside = f"if ({entry} > z || {entry} != {entry}) z = {entry};" if most else f"z += {entry};"
    return _nest(name, dict(zip("nopq", y.shape)), [f"float z = {'-INFINITY' if most else '0'};",
                 *_window(x, geometry, inside), f"{_at(y, 'n', 'o', 'p', 'q')} = z;"])
