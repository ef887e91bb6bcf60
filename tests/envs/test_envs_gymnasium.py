"""The environments beside gymnasium's: one seed, one trajectory, step by step. Where it is installed."""
from __future__ import annotations

import ast
import warnings
from itertools import product
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

from minigrad import envs
from minigrad.envs.registry import KNOWN

gymnasium = pytest.importorskip("gymnasium")


def theirs(name: str, **options: Any) -> Any:
    if name not in gymnasium.registry:
        pytest.skip(f"this gymnasium has no {name}")
    return gymnasium.make(name, **options)


def equal_all_along(mine: Any, other: Any, seed: int, steps: int) -> tuple[int, int]:
    """How many episodes terminated and were truncated, while both gave the same at every step."""
    mine.action_space.seed(seed)
    other.action_space.seed(seed)
    a, b = mine.reset(seed=seed)[0], other.reset(seed=seed)[0]
    assert np.array_equal(a, b)
    ends = [0, 0]
    for _ in range(steps):
        action = mine.action_space.sample()
        assert action == other.action_space.sample()
        a, b = mine.step(action), other.step(action)
        assert np.array_equal(a[0], b[0]) and np.asarray(a[0]).dtype == np.asarray(b[0]).dtype
        assert a[1:4] == b[1:4] and a[4].get("prob") == pytest.approx(b[4].get("prob"), abs=1e-12)
        ends[0] += a[2]
        ends[1] += a[3]
        if a[2] or a[3]:
            assert np.array_equal(mine.reset()[0], other.reset()[0])
    return ends[0], ends[1]


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_trajectories_are_the_same(name: str, seed: int) -> None:
    ended, _ = equal_all_along(envs.make(name), theirs(name), seed, 2000)
    assert ended > 10 or name.startswith("CliffWalking")        # which random steps seldom finish


def test_time_limits_are_the_same() -> None:
    options = {"is_slippery": False, "desc": ["SFF", "FFF", "FFG"]}             # no hole: many are cut off
    mine, other = envs.make("FrozenLake-v1", **options), theirs("FrozenLake-v1", **options)
    _, cut = equal_all_along(mine, other, 0, 3000)
    assert cut > 0
    for name in KNOWN:
        if name in gymnasium.registry:
            assert envs.make(name).max_episode_steps == gymnasium.spec(name).max_episode_steps


@pytest.mark.parametrize("name", [name for name, (kind, _) in KNOWN.items() if kind is not envs.CartPole])
def test_the_models_are_the_same(name: str) -> None:
    mine, other = envs.make(name).P, theirs(name).unwrapped.P
    assert list(mine) == list(other)
    for s in mine:
        for a in mine[s]:
            ways = [tuple(map(float, way)) for way in other[s][a]]
            assert np.allclose(mine[s][a], ways, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", KNOWN)
def test_spaces_are_the_same(name: str) -> None:
    mine, other = envs.make(name), theirs(name)
    for a, b in ((mine.observation_space, other.observation_space), (mine.action_space, other.action_space)):
        assert type(a).__name__ == type(b).__name__ and a.shape == b.shape and a.dtype == b.dtype
        a.seed(5)
        b.seed(5)
        assert all(np.array_equal(a.sample(), b.sample()) for _ in range(20))
    if name == "CartPole-v1":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")                     # of float64 bounds
            bounds = gymnasium.spaces.Box(np.array([0, -np.inf, -1, -np.inf], np.float32),
                                          np.array([np.inf, 1, 1, np.inf], np.float32))
        box = envs.Box(bounds.low, bounds.high)
        box.seed(1)
        bounds.seed(1)
        assert all(np.array_equal(box.sample(), bounds.sample()) for _ in range(20))


def test_many_carts_are_those_of_the_vector_environment() -> None:
    vector = pytest.importorskip("gymnasium.vector")
    mode = getattr(vector, "AutoresetMode", None)
    if mode is None:
        pytest.skip("this gymnasium has no AutoresetMode")
    other = vector.SyncVectorEnv([lambda: gymnasium.make("CartPole-v1")] * 4, autoreset_mode=mode.SAME_STEP)
    mine = envs.make_vec("CartPole-v1", 4)
    assert np.array_equal(mine.reset(seed=3)[0], other.reset(seed=3)[0])
    rng, ends = np.random.default_rng(0), 0
    for _ in range(300):
        actions = rng.integers(2, size=4)
        a, b = mine.step(actions), other.step(actions)
        assert all(np.array_equal(x, y) for x, y in zip(a[:4], b[:4]))
        for i in np.flatnonzero(a[2] | a[3]):
            assert np.array_equal(a[4]["final_obs"][i], b[4]["final_obs"][i])
            ends += 1
    assert ends > 20


def test_the_lessons_functions_take_gymnasiums_environments() -> None:
    """Model, success and Q-learning of the lesson on value functions, on both: the same numbers."""
    path = next(Path(__file__).parents[2].glob("lessons/*_value_functions.py"))
    wanted = ("model_of", "success", "learn", "path_of")
    functions: list[ast.stmt] = [node for node in ast.parse(path.read_text(encoding="utf-8")).body
                                 if isinstance(node, ast.FunctionDef) and node.name in wanted]
    assert len(functions) == len(wanted)
    lesson: dict[str, Any] = {"np": np, "product": product, "Any": Any, "Callable": Callable,
                              "EPSILON": 0.1, "ALPHA": 0.5}
    exec(compile(ast.Module(functions, []), str(path), "exec"), lesson)
    for mine, other in zip(lesson["model_of"](envs.make("FrozenLake-v1")),
                           lesson["model_of"](theirs("FrozenLake-v1"))):
        assert np.allclose(mine, other, rtol=0, atol=1e-12)
    best = [0, 3, 3, 3, 0, 0, 0, 0, 3, 1, 0, 0, 0, 2, 1, 0]         # an action for each state
    returns = []
    for lake in (envs.make("FrozenLake-v1"), theirs("FrozenLake-v1")):
        lake.reset(seed=1)
        returns.append(lesson["success"](lake, best.__getitem__, 300))
    assert returns[0] == returns[1] > 0
    learned = []
    for lesson["cliff"] in (envs.make("CliffWalking-v1"), theirs("CliffWalking-v1")):
        Q, totals = lesson["learn"]("SARSA", 100, 0)
        learned.append((Q.tolist(), totals, lesson["path_of"](Q)))
    assert learned[0] == learned[1]
