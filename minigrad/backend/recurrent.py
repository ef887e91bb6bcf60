"""A whole sequence through LSTM or GRU, forward and back through time, on the CPU.

All products with the input are one product before the loop, and all gradients of the weights one product
after it; inside, a step is one product with the state and one pass over the gates. Where there is a compiler
``c/recurrent.c`` walks the whole loop. ``reverse`` walks from the last step to the first.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .arrays import Array
from .c.kernels import has_kernels, run
from .memory import empty
from .noting import whole
from .products import product, sum_rows
from .sigmoid import sigmoid
from .tuning import GATES


class Weights(NamedTuple):
    """w_ih (G·H, I), w_hh (G·H, H), b_ih and b_hh (G·H) or None; G gates of H units."""

    w_ih: Array
    w_hh: Array
    b_ih: Array | None
    b_hh: Array | None


class Gradients(NamedTuple):
    """∂L/∂ of everything that goes in, in the order of the operation's inputs."""

    x: Array
    h: Array
    c: Array | None
    w_ih: Array
    w_hh: Array
    b_ih: Array
    b_hh: Array


def from_input(x: Array, w: Array, *biases: Array | None) -> Array:
    """x (T, N, I) times wᵀ, plus biases: (T, N, G·H)."""
    z = product(x.reshape(-1, x.shape[2]), w.T).reshape(*x.shape[:2], len(w))
    for b in biases:
        if b is not None:
            z += b
    return z


def steps(length: int, reverse: bool) -> range:
    """The order in which the sequence is walked."""
    return range(length - 1, -1, -1) if reverse else range(length)


def takes(x: Array, w: Weights, *others: Array) -> bool:
    """Whether a kernel walks through the sequence x (T, N, I)."""
    return x.shape[1] * len(w.w_hh) >= GATES and has_kernels(x, w.w_hh, *others)


def walk(name: str, x: Array, w: Weights, reverse: bool, *arguments: Array | None) -> None:
    """Call the kernel ``name`` with row-major arrays."""
    samples, (sums, hidden) = x.shape[1], w.w_hh.shape
    run(name, x, *arguments, (len(x), samples, hidden, int(reverse)), products=samples * sums * hidden)


# ── LSTM ──────────────────────────────────────────────────────────────────────────────────────────

def lstm_step(gates: Array, c: Array, c_out: Array, h_out: Array) -> None:
    """i, f, o = σ(…), g = tanh(…) in place;  c ← f · c + i · g,  h ← o · tanh(c)."""
    hidden = c.shape[1]
    i, f, g, o = (gates[:, k * hidden:(k + 1) * hidden] for k in range(4))
    i[...], f[...], g[...], o[...] = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
    c_out[...] = f * c + i * g
    h_out[...] = o * np.tanh(c_out)


def lstm_step_backward(gates: Array, c: Array, c_out: Array, gh: Array, gc: Array) -> None:
    """From ∂L/∂h and ∂L/∂c after the step: ``gates`` becomes ∂L/∂(their sums), ``gc`` ∂L/∂c before it."""
    hidden = c.shape[1]
    i, f, g, o = (gates[:, k * hidden:(k + 1) * hidden] for k in range(4))
    t = np.tanh(c_out)
    d = gc + gh * o * (1 - t * t)
    gc[...] = d * f
    i[...], f[...], g[...], o[...] = (d * g * i * (1 - i), d * c * f * (1 - f), d * i * (1 - g * g),
                                      gh * t * o * (1 - o))


@whole
def lstm_forward(x: Array, h: Array, c: Array, w: Weights, reverse: bool) -> tuple[Array, Array, Array]:
    """(outputs (T, N, H), all c (T, N, H), the gates (T, N, 4·H) after σ and tanh)."""
    gates = from_input(x, w.w_ih, w.b_ih, w.b_hh)
    outputs, cells = (empty(x, (*x.shape[:2], h.shape[1])) for _ in range(2))
    if takes(x, w, h, c):
        walk("lstm", x, w, reverse, gates, *map(np.ascontiguousarray, (h, c, w.w_hh)), outputs, cells)
    else:
        to_gates = np.ascontiguousarray(w.w_hh.T)
        for t in steps(len(x), reverse):
            gates[t] += product(h, to_gates)
            lstm_step(gates[t], c, cells[t], outputs[t])
            h, c = outputs[t], cells[t]
    return outputs, cells, gates


@whole
def lstm_backward(g: Array, g_c: Array, x: Array, h: Array, c: Array, w: Weights, reverse: bool,
                  outputs: Array, cells: Array, gates: Array) -> Gradients:
    """Back through time from g (T, N, H) and the gradient g_c of the last c."""
    sums = gates.copy()
    gc, gh = g_c.copy(order="C"), np.zeros(h.shape, h.dtype)
    if takes(x, w, h, c, g, gc):
        walk("lstm_backward", x, w, reverse, sums, *map(np.ascontiguousarray, (c, cells, g, w.w_hh)), gh, gc)
    else:
        order = steps(len(x), reverse)
        for k in range(len(x) - 1, -1, -1):
            t = order[k]
            before = cells[order[k - 1]] if k else c
            lstm_step_backward(sums[t], before, cells[t], g[t] + gh, gc)
            gh = product(sums[t], w.w_hh)
    return Gradients(_input_gradient(x, w, sums), gh, gc,
                     *_weight_gradients(x, h, outputs, sums, sums, reverse))


# ── GRU ───────────────────────────────────────────────────────────────────────────────────────────

def gru_step(gates: Array, from_h: Array, h: Array, h_out: Array) -> None:
    """r, z = σ(…), n = tanh(xₙ + r · hₙ) in the place of ``gates``;  h ← (1 − z) · n + z · h."""
    hidden = h.shape[1]
    r, z, n = (gates[:, k * hidden:(k + 1) * hidden] for k in range(3))
    hr, hz, hn = (from_h[:, k * hidden:(k + 1) * hidden] for k in range(3))
    r[...], z[...] = sigmoid(r + hr), sigmoid(z + hz)
    n[...] = np.tanh(n + r * hn)
    h_out[...] = n + z * (h - n)


def gru_step_backward(gates: Array, from_h: Array, h: Array, g: Array, gh: Array) -> None:
    """``gates`` becomes ∂L/∂(the sums from x), ``from_h`` that of those from h, gh ∂L/∂h by z alone."""
    hidden = h.shape[1]
    r, z, n = (gates[:, k * hidden:(k + 1) * hidden] for k in range(3))
    hr, hz, hn = (from_h[:, k * hidden:(k + 1) * hidden] for k in range(3))
    gn, gz = g * (1 - z) * (1 - n * n), g * (h - n) * z * (1 - z)
    gh[...] = g * z
    gr, hn[...] = gn * hn * r * (1 - r), gn * r
    r[...], z[...], n[...] = gr, gz, gn
    hr[...], hz[...] = gr, gz


@whole
def gru_forward(x: Array, h: Array, w: Weights, reverse: bool) -> tuple[Array, Array, Array]:
    """(outputs (T, N, H), the gates (T, N, 3·H) after σ and tanh, the products with h (T, N, 3·H))."""
    gates = from_input(x, w.w_ih, w.b_ih)
    outputs, from_h = empty(x, (*x.shape[:2], h.shape[1])), empty(x, gates.shape)
    from_h[...] = 0 if w.b_hh is None else w.b_hh
    if takes(x, w, h):
        walk("gru", x, w, reverse, gates, from_h, *map(np.ascontiguousarray, (h, w.w_hh)), outputs)
    else:
        to_gates = np.ascontiguousarray(w.w_hh.T)
        for t in steps(len(x), reverse):
            from_h[t] += product(h, to_gates)
            gru_step(gates[t], from_h[t], h, outputs[t])
            h = outputs[t]
    return outputs, gates, from_h


@whole
def gru_backward(g: Array, x: Array, h: Array, w: Weights, reverse: bool, outputs: Array, gates: Array,
                 from_h: Array) -> Gradients:
    """Back through time from g (T, N, H)."""
    sums, sums_h = gates.copy(), from_h.copy()
    gh = by_z = np.zeros(h.shape, h.dtype)
    if takes(x, w, h, g):
        walk("gru_backward", x, w, reverse, sums, sums_h,
             *map(np.ascontiguousarray, (h, outputs, g, w.w_hh)), gh)
    else:
        order = steps(len(x), reverse)
        for k in range(len(x) - 1, -1, -1):
            t = order[k]
            before, by_z = outputs[order[k - 1]] if k else h, np.empty_like(h)
            gru_step_backward(sums[t], sums_h[t], before, g[t] + gh, by_z)
            gh = product(sums_h[t], w.w_hh) + by_z
    return Gradients(_input_gradient(x, w, sums), gh, None,
                     *_weight_gradients(x, h, outputs, sums, sums_h, reverse))


# ── what both share ───────────────────────────────────────────────────────────────────────────────

def _input_gradient(x: Array, w: Weights, sums: Array) -> Array:
    """∂L/∂x from ∂L/∂(the sums), all steps at once."""
    return product(sums.reshape(-1, sums.shape[2]), w.w_ih).reshape(x.shape)


def _weight_gradients(x: Array, h: Array, outputs: Array, sums: Array, sums_h: Array,
                      reverse: bool) -> tuple[Array, Array, Array, Array]:
    """∂L/∂ of w_ih, w_hh, b_ih and b_hh: each a product over all steps and samples."""
    before = np.concatenate([outputs[1:], h[None]] if reverse else [h[None], outputs[:-1]])
    flat, flat_h = sums.reshape(-1, sums.shape[2]), sums_h.reshape(-1, sums.shape[2])
    b = sum_rows(flat)
    return (product(flat.T, x.reshape(-1, x.shape[2])), product(flat_h.T, before.reshape(-1, h.shape[1])),
            b, b.copy() if sums is sums_h else sum_rows(flat_h))
