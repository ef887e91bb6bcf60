"""The steps in JAX: the whole step compiled by ``jit``, its old weights given up to it."""
from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax                                  # noqa: E402
import jax.numpy as jnp                     # noqa: E402
import numpy as np                          # noqa: E402
from jax import lax                         # noqa: E402
from workloads import Workload              # noqa: E402

from peers.functional import Functional     # noqa: E402


class Step(Functional):
    """JAX as the library of the steps."""

    versions = {"jax": jax.__version__}

    def __init__(self, work: Workload, seed: int, threads: int, options: dict[str, Any]) -> None:
        limit_threads(threads)
        super().__init__(work, seed, threads, options)
        self.key = jax.random.PRNGKey(seed)
        self.state = [[jnp.zeros_like(p) for p in self.parameters] for _ in range(2)]
        self.time = 0
        self.compiled = jax.jit(self.whole_step, static_argnums=6, donate_argnums=(0, 1))
        self.slope = jax.jit(jax.value_and_grad(self.chain))

    def constant(self, array: np.ndarray) -> Any:
        return jnp.asarray(array)

    parameter = constant

    def step(self, i: int) -> Any:
        x, t = self.batches[i % len(self.batches)]
        if self.work.chain:
            return jax.block_until_ready(self.slope(x))[0]
        self.time += 1
        self.parameters, self.state, self.key, loss = jax.block_until_ready(self.compiled(
            self.parameters, self.state, self.key, float(self.time), x, t, self.training))
        return loss

    def whole_step(self, parameters: Any, state: Any, key: Any, time: Any, x: Any, t: Any,
                   training: bool) -> Any:
        """What is compiled: loss, gradients, update."""
        key, self.stream = jax.random.split(key)
        loss, gradients = jax.value_and_grad(self.objective)(parameters, x, t)
        kind, lr, *rest = self.work.optimizer or ("sgd", 0.0, 0.0)
        m, v = state
        if kind == "adam":
            m = [0.9 * a + 0.1 * g for a, g in zip(m, gradients)]
            v = [0.999 * a + 0.001 * g * g for a, g in zip(v, gradients)]
            steps = [a / (1 - 0.9 ** time) / (jnp.sqrt(b / (1 - 0.999 ** time)) + 1e-8)
                     for a, b in zip(m, v)]
        else:
            m = steps = [rest[0] * a + g for a, g in zip(m, gradients)] if rest[0] else gradients
        return [p - lr * s for p, s in zip(parameters, steps)], [m, v], key, loss

    def dropout_mask(self, shape: tuple[int, ...], p: float) -> Any:
        self.stream, key = jax.random.split(self.stream)
        return jax.random.bernoulli(key, 1 - p, shape) * (1 / (1 - p))

    def relu(self, x: Any) -> Any:
        return jax.nn.relu(x)

    def sigmoid(self, x: Any) -> Any:
        return jax.nn.sigmoid(x)

    def log_softmax(self, x: Any) -> Any:
        return jax.nn.log_softmax(x)

    def softmax(self, x: Any) -> Any:
        return jax.nn.softmax(x)

    def conv(self, x: Any, w: Any, b: Any) -> Any:
        y = lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=("NCHW", "OIHW", "NCHW"))
        return y + b[:, None, None]

    def pool(self, x: Any, window: int) -> Any:
        size = (1, 1, window, window)
        return lax.reduce_window(x, -jnp.inf, lax.max, size, size, "VALID")


def limit_threads(threads: int) -> None:
    """XLA makes as many threads as the process may use cores at the time of its start."""
    if not hasattr(os, "sched_setaffinity"):
        return
    allowed = os.sched_getaffinity(0)
    if threads < len(allowed):
        os.sched_setaffinity(0, sorted(allowed)[:threads])
        jax.devices()
        os.sched_setaffinity(0, allowed)
