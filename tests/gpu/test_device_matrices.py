"""Functions of matrices and running extremes that the op table lacks: on the device as on the CPU."""
from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

import minigrad
from minigrad import linalg

RNG = np.random.default_rng(5)
MATRIX = RNG.standard_normal((2, 5, 3))
SYMMETRIC = MATRIX @ MATRIX.swapaxes(-1, -2)                    # (2, 5, 5), of rank 3
SINGULAR = MATRIX.copy()
SINGULAR[0, :, 2] = SINGULAR[0, :, 0]                           # a singular value of 0
TIES = np.array([[2.0, 3.0, 3.0, np.nan, 9.0], [5.0, -np.inf, 5.0, 1.0, 7.0]])


@pytest.mark.parametrize("function, x", [
    (lambda x: minigrad.cummax(x, 1), TIES), (lambda x: minigrad.cummin(x, 1), TIES),
    (lambda x: minigrad.cummax(x, 0), TIES), (lambda x: minigrad.cummax(x, 1), TIES[:, :1]),
    (lambda x: minigrad.logcumsumexp(x, 1), MATRIX), (lambda x: minigrad.logcumsumexp(x, 0), MATRIX[:1]),
    (lambda x: linalg.slogdet(x), SYMMETRIC[:, :2, :2]), (lambda x: linalg.slogdet(x), SYMMETRIC[0, :2, :2]),
    (lambda x: linalg.det(x), SYMMETRIC[0, :2, :2]), (lambda x: minigrad.logdet(x), SYMMETRIC[:, :3, :3]),
    (lambda x: linalg.pinv(x, hermitian=True), SYMMETRIC), (lambda x: linalg.pinv(x, atol=1e-3), SINGULAR),
    (lambda x: linalg.pinv(x), np.zeros((2, 0, 3))), (lambda x: linalg.svdvals(x), SINGULAR),
    (lambda x: linalg.lstsq(x, x[..., :1] * 2, driver="gelsd"), MATRIX),
    (lambda x: linalg.lstsq(x, x[..., :1] * 2), SINGULAR), (lambda x: linalg.eigvalsh(x), SYMMETRIC),
    (lambda x: minigrad.nn.functional.pad(x, (2, 1), "circular"), MATRIX)])
def test_a_function_on_the_device_is_what_it_is_on_the_cpu(function: Callable[[Any], Any], x: np.ndarray,
                                                           device: str) -> None:
    found = []
    for place in ("cpu", device):
        z = minigrad.tensor(x, dtype=minigrad.float64, device=place, requires_grad=True)
        out = function(z)
        parts = list(out) if isinstance(out, tuple) else [out]
        assert all(part.device.type == minigrad.device(place).type for part in parts)
        slopes = [part for part in parts if part.requires_grad and part.numel()]
        if slopes:
            sum(part.sum() for part in slopes).backward()
            assert z.grad.device.type == minigrad.device(place).type
            parts.append(z.grad)
        found.append([part.detach().cpu().numpy() for part in parts])
    for here, there in zip(*found, strict=True):
        assert here.shape == there.shape and here.dtype == there.dtype
        np.testing.assert_allclose(there, here, rtol=1e-7, atol=1e-9)


def test_only_the_lower_triangle_of_a_hermitian_matrix_is_read(device: str) -> None:
    x = minigrad.tensor(SYMMETRIC + np.triu(np.ones((5, 5)), 1), device=device)
    lower = minigrad.tensor(SYMMETRIC, device=device)
    found, wanted = (linalg.pinv(z, rtol=1e-9, hermitian=True).cpu().numpy() for z in (x, lower))
    np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-9)
