"""GPT-2 by itself: the cache, what it may look at, drawing the next token, and files."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import Tensor
from minigrad.errors import DataError, DTypeError, RangeError, ShapeError
from minigrad.text import GPT, GPTConfig, generate, next_probabilities


def small(**changes: Any) -> GPT:
    """A random model with weights large enough to matter, in float64."""
    minigrad.manual_seed(0)
    sizes: dict[str, Any] = dict(vocab_size=17, n_positions=12, n_embd=8, n_layer=2, n_head=2,
                                 initializer_range=0.5)
    return GPT(GPTConfig(**{**sizes, **changes})).double().eval()


def ids(*shape: int) -> Tensor:
    return minigrad.tensor(np.random.default_rng(1).integers(0, 17, shape))


@pytest.mark.parametrize("steps", [(1,) * 10, (4, 1, 1, 4), (7, 3), (10,)])
def test_reading_with_the_cache_gives_the_logits_of_reading_at_once(steps: tuple[int, ...]) -> None:
    gpt, x = small(), ids(3, 10)
    cache, parts, at = gpt.new_cache(), [], 0
    for step in steps:
        parts.append(gpt(x[:, at:at + step], cache).detach().numpy())
        at += step
    assert cache.length == 10
    np.testing.assert_allclose(np.concatenate(parts, 1), gpt(x).detach().numpy(), rtol=0, atol=1e-12)


def test_generating_with_the_cache_reads_each_position_once() -> None:
    """The same tokens; and 4 + 7 positions are read instead of 4 + 5 + … + 11."""
    gpt, x, read = small(), ids(2, 4), []

    def counted(new: Tensor, *cache: Any) -> Tensor:
        read.append(new.shape[1])
        return gpt(new, *cache)

    written = []
    for cache in (None, gpt.new_cache()):
        minigrad.manual_seed(3)
        written.append(generate(counted, x, 8, cache=cache).tolist())
    assert written[0] == written[1] and written[0][0][:4] == x[0].tolist()
    assert sum(read[:8]) == sum(range(4, 12)) and sum(read[8:]) == 4 + 7


def test_no_position_sees_what_comes_after_it() -> None:
    gpt, x = small(), ids(1, 9)
    other = minigrad.tensor(x.numpy().copy())
    other[0, 5] = (x[0, 5] + 1) % 17
    apart = np.abs((gpt(x) - gpt(other)).detach().numpy()).max((0, 2))
    assert (apart[:5] == 0).all() and (apart[5:] > 0).all()


def test_gradients_reach_every_parameter_and_the_table_twice() -> None:
    gpt, x = small(n_layer=1), ids(2, 12)
    minigrad.nn.functional.cross_entropy(gpt(x)[:, :-1].reshape(-1, 17), x[:, 1:].reshape(-1)).backward()
    assert all(p.grad is not None for p in gpt.parameters())
    weight, eps = gpt.wte.weight, 1e-6

    def loss() -> float:
        with minigrad.no_grad():
            return float(minigrad.nn.functional.cross_entropy(gpt(x)[:, :-1].reshape(-1, 17),
                                                              x[:, 1:].reshape(-1)).item())
    before = weight.data[3, 2].item()
    weight.data[3, 2] = before + eps
    up = loss()
    weight.data[3, 2] = before - eps
    assert abs((up - loss()) / (2 * eps) - weight.grad[3, 2].item()) < 1e-7


def test_dropout_acts_in_training_only() -> None:
    gpt, x = small(), ids(1, 6)
    assert (gpt(x) == gpt(x)).all().item()
    gpt.train()
    assert not (gpt(x) == gpt(x)).all().item()


# ── the next token ────────────────────────────────────────────────────────────────────────────────

LOGITS = np.log(np.array([[0.1, 0.4, 0.2, 0.25, 0.05]]))


@pytest.mark.parametrize(("options", "expected"), [
    ({}, [0.1, 0.4, 0.2, 0.25, 0.05]),
    ({"temperature": 0}, [0, 1, 0, 0, 0]),
    ({"temperature": 0.5}, [0.01, 0.16, 0.04, 0.0625, 0.0025]),
    ({"top_k": 1}, [0, 1, 0, 0, 0]),
    ({"top_k": 3}, [0, 0.4, 0.2, 0.25, 0]),
    ({"top_k": 99}, [0.1, 0.4, 0.2, 0.25, 0.05]),
    ({"top_p": 0.3}, [0, 1, 0, 0, 0]),
    ({"top_p": 0.6}, [0, 0.4, 0, 0.25, 0]),
    ({"top_p": 1.0}, [0.1, 0.4, 0.2, 0.25, 0.05]),
    ({"top_k": 3, "top_p": 0.7}, [0, 0.4, 0, 0.25, 0]),
])
def test_temperature_top_k_and_top_p(options: dict[str, Any], expected: list[float]) -> None:
    found = next_probabilities(minigrad.tensor(LOGITS), **options).numpy()[0]
    np.testing.assert_allclose(found, np.array(expected) / sum(expected), atol=1e-12)


def test_tokens_are_drawn_as_often_as_they_are_probable() -> None:
    p = next_probabilities(minigrad.tensor(LOGITS), top_k=3).numpy()[0]
    minigrad.manual_seed(0)
    model = lambda x: minigrad.tensor(np.broadcast_to(LOGITS[:, None], (*x.shape, 5)).copy())  # noqa: E731
    drawn = generate(model, minigrad.zeros(5000, 1).long(), 1, top_k=3)[:, 1].numpy()
    share = np.bincount(drawn, minlength=5) / 5000
    assert (np.abs(share - p) <= 5 * np.sqrt(p * (1 - p) / 5000)).all()


def test_a_row_that_has_ended_stays_so_and_all_ended_stop_it() -> None:
    count_up = lambda x: minigrad.nn.functional.one_hot((x + 1) % 5, 5) * 9.0       # noqa: E731
    found = generate(count_up, minigrad.tensor([[1], [3]]), 9, temperature=0, end=4)
    assert found.tolist() == [[1, 2, 3, 4], [3, 4, 4, 4]]


def test_mistakes_are_named() -> None:
    gpt = small()
    with pytest.raises(DTypeError, match="tensor of integers, got float32"):
        gpt(minigrad.zeros(1, 3))
    with pytest.raises(ShapeError, match=r"\(N, L\), at least one, got \(3,\)"):
        gpt(ids(3))
    with pytest.raises(RangeError, match="13 positions, but the table of places has 12"):
        gpt(ids(1, 13))
    cache = gpt.new_cache()
    gpt(ids(1, 12), cache)
    with pytest.raises(RangeError, match="13 positions"):
        gpt(ids(1, 1), cache)
    with pytest.raises(RangeError, match="from 0 to 16, got 2 to 17"):
        gpt(minigrad.tensor([[2, 17]]))
    for options, message in (({"temperature": -1}, "temperature"), ({"temperature": np.nan}, "temperature"),
                             ({"top_k": 0}, "top_k"),
                             ({"top_p": 0.0}, "top_p"), ({"top_p": 1.5}, "top_p")):
        with pytest.raises(RangeError, match=message):
            generate(gpt, ids(1, 3), 2, **options)
    for changes, message in (({"n_head": 7}, "multiple"), ({"n_layer": 0}, "n_layer"),
                             ({"n_embd": True}, "n_embd"),
                             ({"attn_pdrop": 2}, "attn_pdrop"), ({"activation_function": "tanh"}, "one of"),
                             ({"layer_norm_epsilon": -1}, "layer_norm_epsilon")):
        with pytest.raises(RangeError, match=message):
            GPTConfig(**changes)


# ── files ─────────────────────────────────────────────────────────────────────────────────────────

def test_what_is_saved_loads_again(tmp_path: Path) -> None:
    gpt, x = small(), ids(1, 5)
    gpt.save_pretrained(tmp_path)
    again = GPT.from_pretrained(tmp_path, attn_pdrop=0.0)
    assert not again.training and again.config.attn_pdrop == 0.0 and not again.report.new
    np.testing.assert_allclose(again(x).detach().numpy(), gpt(x).detach().numpy(), rtol=1e-4)


def test_files_as_published_load(tmp_path: Path) -> None:
    """Names without a prefix, masks that are not learned, and the table of tokens twice."""
    gpt = small()
    gpt.save_pretrained(tmp_path)
    state: dict[str, Tensor] = dict(gpt.state_dict())
    state["h.0.attn.bias"] = minigrad.ones(1, 1, 12, 12)
    state["h.1.attn.masked_bias"] = minigrad.tensor(-1e4)
    state["lm_head.weight"] = state["wte.weight"].clone()
    minigrad.save(state, tmp_path / "model.safetensors")
    report = GPT.from_pretrained(tmp_path).report
    assert sorted(report.left_over) == ["h.0.attn.bias", "h.1.attn.masked_bias"]
    state["lm_head.weight"] = state["lm_head.weight"] + 1
    minigrad.save(state, tmp_path / "model.safetensors")
    with pytest.raises(DataError, match="lm_head.weight is not the table of tokens"):
        GPT.from_pretrained(tmp_path)


@pytest.mark.parametrize(("entry", "value", "message"), [
    ("n_layer", 3, "n_layer: 3 in config.json, 2 in"), ("vocab_size", 9, "vocab_size: 9 in"),
    ("n_inner", 20, "wrong shape"), ("model_type", "bert", "type 'bert', expected 'gpt2'"),
    ("tie_word_embeddings", False, "tie_word_embeddings"), ("n_head", 3, "multiple")])
def test_another_models_configuration_is_refused(tmp_path: Path, entry: str, value: Any,
                                                 message: str) -> None:
    small().save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), entry: value}))
    with pytest.raises(DataError, match=message):
        GPT.from_pretrained(tmp_path)
