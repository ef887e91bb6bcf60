"""Environments: what they refuse, how they end, their draws, and that many carts run as each alone."""
from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from minigrad import envs
from minigrad.envs.registry import KNOWN
from minigrad.errors import EpisodeError, RangeError


def played(env: Any, seed: int, steps: int) -> list[Any]:
    """Observations, rewards and ends of random actions, from episode to episode."""
    rng = np.random.default_rng(1)
    observation, _ = env.reset(seed=seed)
    seen: list[Any] = [np.array(observation).tolist()]
    for _ in range(steps):
        observation, reward, terminated, truncated, _ = env.step(int(rng.integers(env.action_space.n)))
        seen.append((np.array(observation).tolist(), reward, terminated, truncated))
        if terminated or truncated:
            observation, _ = env.reset()
            seen.append(np.array(observation).tolist())
    return seen


@pytest.mark.parametrize("name", KNOWN)
def test_a_seed_decides_everything_and_another_seed_something_else(name: str) -> None:
    first = played(envs.make(name), 3, 200)
    assert first == played(envs.make(name), 3, 200)
    if name != "CliffWalking-v1":                       # there nothing is random
        assert first != played(envs.make(name), 4, 200)


@pytest.mark.parametrize("name", KNOWN)
def test_observations_and_probabilities_are_what_the_spaces_say(name: str) -> None:
    env = envs.make(name)
    env.reset(seed=0)
    for _ in range(300):
        observation, _, terminated, truncated, _ = env.step(env.action_space.sample())
        assert observation in env.observation_space
        if terminated or truncated:
            env.reset()
    if isinstance(env, envs.Tabular):
        for actions in env.P.values():
            assert list(actions) == list(range(env.action_space.n))
            for outcomes in actions.values():
                assert sum(outcome[0] for outcome in outcomes) == pytest.approx(1, abs=1e-12)
                assert all(outcome[1] in env.observation_space for outcome in outcomes)


def test_outcomes_come_as_often_as_their_probabilities_say() -> None:
    env = envs.make("FrozenLake-v1", max_episode_steps=None)
    env.reset(seed=0)
    count = {1: 0, 4: 0, 0: 0}                          # from the start, down: right, down, against the wall
    for _ in range(3000):
        env.reset()
        count[env.step(1)[0]] += 1
    assert all(900 < times < 1100 for times in count.values())


def test_a_step_without_an_episode_is_refused() -> None:
    env = envs.make("FrozenLake-v1", is_slippery=False)
    with pytest.raises(EpisodeError, match=r"FrozenLake.step: there is no episode yet. Call reset\(\)"):
        env.step(0)
    env.reset(seed=0)
    for action in (1, 1, 2, 2, 1, 2):
        terminated = env.step(action)[2]
    assert terminated
    with pytest.raises(EpisodeError, match=r"nothing after the end of an episode \(6 steps\)"):
        env.step(0)
    env.reset()
    env.step(0)


@pytest.mark.parametrize("action", [4, -1, 1.0, "up", None, True, np.array([1])])
def test_what_is_not_an_action_is_refused(action: Any) -> None:
    env = envs.make("CliffWalking-v1")
    env.reset(seed=0)
    with pytest.raises(RangeError, match=r"CliffWalking.step: expected an action of Discrete\(4\)"):
        env.step(action)
    env.step(np.int64(0))


def test_a_time_limit_truncates_and_does_not_terminate() -> None:
    env = envs.make("CliffWalking-v1", max_episode_steps=3)
    env.reset(seed=0)
    ends = [env.step(0)[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    with pytest.raises(EpisodeError, match="after the end"):
        env.step(0)
    for name, limit in (("FrozenLake-v1", 100), ("FrozenLake8x8-v1", 200), ("CartPole-v1", 500)):
        assert envs.make(name).max_episode_steps == limit
    assert envs.make("FrozenLake-v1", map_name="8x8").max_episode_steps == 100          # as in gymnasium


def test_falling_in_the_last_step_is_both() -> None:
    """Then nothing comes after it: the estimate of what follows is 0, whatever the clock says."""
    lake = envs.FrozenLake(is_slippery=False, max_episode_steps=6)
    lake.reset(seed=0)
    assert [lake.step(action)[1:4] for action in (1, 1, 2, 2, 1, 2)][-1] == (1.0, True, True)


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: envs.make("CartPole-v0"), ValueError, "version 1 after 500, at 475"),
    (lambda: envs.make("Pong"), ValueError, "there is no environment 'Pong'; there are CartPole-v1, "),
    (lambda: envs.make_vec("FrozenLake-v1", 3), ValueError, "only CartPole-v1 runs in a batch"),
    (lambda: envs.FrozenLake("5x5"), ValueError, "one of 4x4, 8x8, got '5x5'"),
    (lambda: envs.FrozenLake(desc=["SF", "G"]), ValueError, "rows of one length"),
    (lambda: envs.FrozenLake(desc=["FF", "FG"]), ValueError, "with a start S"),
    (lambda: envs.CartPole().reset(options={"low": 0}), ValueError, "takes no options"),
    (lambda: envs.Discrete(0), ValueError, "n from 1"),
    (lambda: envs.Box([1.0], [0.0]), ValueError, "low ≤ high"),
    (lambda: envs.CartPoles(2).step([0, 1]), EpisodeError, "reset"),
    (lambda: envs.draw_grid(["SF"], agent=2), ValueError, "from 0 to 1"),
])
def test_what_cannot_be_is_refused(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("actions", [[0, 2], [0], [0.0, 1.0], [[0, 1]], [True, False]])
def test_many_carts_refuse_what_one_would(actions: Any) -> None:
    carts = envs.CartPoles(2)
    carts.reset(seed=0)
    with pytest.raises(RangeError, match="expected 2 integers, 0 or 1"):
        carts.step(actions)


def test_many_carts_run_as_each_alone() -> None:
    carts, alone = envs.CartPoles(5, max_episode_steps=30), [envs.CartPole(30) for _ in range(5)]
    seen = carts.reset(seed=7)[0]
    assert np.array_equal(seen, [env.reset(seed=7 + i)[0] for i, env in enumerate(alone)])
    rng, ends = np.random.default_rng(0), np.zeros(2, int)
    for _ in range(200):
        balancing = seen[:, 2] + seen[:, 3] > 0             # so that some reach their limit
        actions = np.where(rng.random(5) < 0.6, rng.integers(2, size=5), balancing).astype(int)
        seen, rewards, terminated, truncated, infos = carts.step(actions)
        for i, env in enumerate(alone):
            last, reward, ended, cut, _ = env.step(actions[i])
            assert (reward, ended, cut) == (rewards[i], terminated[i], truncated[i])
            assert np.array_equal(last, infos["final_obs"][i])
            assert np.array_equal(env.reset()[0] if ended or cut else last, seen[i])
        ends += terminated.sum(), truncated.sum()
    assert ends.min() > 3


def test_a_pole_left_alone_falls_and_a_simple_rule_balances_it() -> None:
    """The physics: without care about ten steps; pushing under the pole as it tips, until the limit."""
    def length(rule: Any) -> int:
        env = envs.CartPole()
        observation, _ = env.reset(seed=0)
        while True:
            observation, _, terminated, truncated, _ = env.step(rule(observation))
            if terminated or truncated:
                return env.steps
    assert length(lambda seen: 0) < 15
    assert length(lambda seen: int(seen[2] + 0.3 * seen[3] > 0)) == 500


def test_the_room_is_not_loaded_by_import_minigrad() -> None:
    code = "import minigrad, sys; print(any(name.startswith('minigrad.envs') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False"
