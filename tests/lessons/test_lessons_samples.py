"""What lessons measure samples and orders with, and the space of networks that one of them searches."""
from __future__ import annotations

import numpy as np

import minigrad
from lessons.support.adversarial import gaussian_like, nearest
from lessons.support.architectures import (CHANNELS, EPOCHS, OPERATIONS, SPACE, operation, read_table, signals,
                                           train)
from lessons.support.ranks import rank_correlation


def test_ranks_share_a_mean_where_values_are_equal() -> None:
    """By hand: ranks (1, 2.5, 2.5, 4) and (1, 2, 3, 4) have covariance 4.5 and squares 4.5 and 5."""
    assert np.isclose(rank_correlation([0, 7, 7, 9], [1, 2, 3, 4]), 4.5 / np.sqrt(4.5 * 5))
    assert rank_correlation([0, 7, 7, 9], [5, 50, 50, 51]) == 1


def test_rank_correlation_sees_order_and_nothing_else() -> None:
    x = np.random.default_rng(0).normal(size=50)
    assert rank_correlation(x, np.exp(x)) == 1 and rank_correlation(x, -x ** 3) == -1


def test_a_copy_is_at_distance_0_and_a_shifted_one_is_not() -> None:
    known = np.random.default_rng(0).normal(size=(300, 1, 4, 4))
    assert nearest(known[7:90], known) < 1e-6
    assert np.isclose(nearest(known[:1] + 0.01, known), 0.04)


def test_the_gaussian_has_the_mean_and_the_covariance_of_the_images() -> None:
    rng = np.random.default_rng(0)
    x = 0.1 * rng.normal(size=(4000, 1, 2, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]]) + 0.3
    made = gaussian_like(x, 4000, rng)
    assert made.shape == x.shape and abs(made.mean() - x.mean()) < 0.01
    a, b = (np.cov(images.reshape(4000, 4).T) for images in (x, made))
    assert np.abs(a - b).max() < 0.1 * a.max()


def test_the_table_has_every_network_of_the_space_with_its_seeds() -> None:
    """The lesson looks up what the benchmark wrote: same names, same settings."""
    table = read_table()
    assert [tuple(name.split(", ")) for name in table["networks"]] == SPACE and len(SPACE) == 150
    assert table["settings"]["epochs"] == EPOCHS and table["machine"]["cpu"] and table["date"]
    for row in table["networks"].values():
        assert len(row["test"]) == len(row["validation"]) == table["settings"]["seeds"] == 3


def test_an_architecture_is_the_same_network_twice_with_one_seed() -> None:
    """Training is repeatable, and the seed decides it."""
    parts = {name: (x[:200], y[:200]) for name, (x, y) in signals().items()}
    first, again, other = (train(("conv 3", "max 3", "nothing"), seed, parts, epochs=2) for seed in (0, 0, 1))
    assert first == again != other


def test_an_edge_of_nothing_is_zero_and_all_edges_keep_the_shape() -> None:
    x = minigrad.randn(3, CHANNELS, 20)
    assert all(operation(name)(x).shape == x.shape for name in OPERATIONS)
    assert not operation("nothing")(x).numpy().any()
