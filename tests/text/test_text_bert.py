"""BERT by itself: modes, masks, bad input, weight files, gradients."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import nn, optim
from minigrad.check import gradcheck
from minigrad.errors import DataError, DTypeError, RangeError, ShapeError
from minigrad.nn import functional as F
from minigrad.text import (BertConfig, BertForSequenceClassification, BertModel, BertTokenizer, Encoding,
                           RenderedReviews, load_weights)
from minigrad.text import pretrained

TINY: dict[str, Any] = dict(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                            intermediate_size=24, max_position_embeddings=12)


def model(**changes: Any) -> BertForSequenceClassification:
    return BertForSequenceClassification(BertConfig(**{**TINY, "initializer_range": 0.2, **changes}))


def ids(*shape: int) -> minigrad.Tensor:
    return minigrad.tensor(np.random.default_rng(0).integers(5, 50, shape))


# ── what it computes ──────────────────────────────────────────────────────────────────────────────

def test_padding_changes_nothing() -> None:
    bert = model().eval()
    x = ids(2, 5)
    padded = minigrad.cat([x, minigrad.zeros(2, 4).long()], 1)
    mask = minigrad.tensor([[1] * 5 + [0] * 4] * 2)
    with minigrad.no_grad():
        np.testing.assert_allclose(bert(padded, mask).numpy(), bert(x).numpy(), rtol=1e-5, atol=1e-6)
        assert np.abs(bert(padded).numpy() - bert(x).numpy()).max() > 1e-3, "without the mask it does"


def test_a_row_that_is_all_padding_gives_numbers_and_gradients() -> None:
    bert = model()
    out = bert(ids(2, 4), minigrad.tensor([[1, 1, 0, 0], [0, 0, 0, 0]]))
    out.sum().backward()
    assert np.isfinite(out.detach().numpy()).all()
    assert all(np.isfinite(p.grad.numpy()).all() for p in bert.parameters() if p.grad is not None)


def test_attention_and_states_come_when_asked_for() -> None:
    bert = model().bert.eval()
    with minigrad.no_grad():
        plain, full = bert(ids(3, 6)), bert(ids(3, 6), output_attentions=True, output_hidden_states=True)
    assert plain.attentions == () == plain.hidden_states
    assert [a.shape for a in full.attentions] == [(3, 2, 6, 6)] * 2 and len(full.hidden_states) == 3
    np.testing.assert_allclose(full.attentions[0].numpy().sum(-1), 1, rtol=1e-5)
    assert (full.hidden_states[-1].numpy() == full.last_hidden_state.numpy()).all()


def test_dropout_only_in_training() -> None:
    bert = model(hidden_dropout_prob=0.5)
    with minigrad.no_grad():
        assert (bert(ids(2, 4)).numpy() != bert(ids(2, 4)).numpy()).any()
        bert.eval()
        assert (bert(ids(2, 4)).numpy() == bert(ids(2, 4)).numpy()).all()


def test_every_parameter_gets_the_right_gradient() -> None:
    bert = model(num_hidden_layers=1, hidden_size=4, intermediate_size=3).eval().double()
    x, mask = ids(2, 3), minigrad.tensor([[1, 1, 0], [1, 1, 1]])
    for name, p in bert.named_parameters():
        if "embeddings" in name and "LayerNorm" not in name:
            continue                            # tables: most rows take no part
        gradcheck(lambda w: bert(x, mask), p)


def test_the_padding_row_stays_zero() -> None:
    bert = model()
    sgd = optim.SGD(bert.parameters(), lr=0.1)
    x = minigrad.tensor([[5, 6, 0, 0]])
    F.cross_entropy(bert(x), minigrad.tensor([1])).backward()
    sgd.step()
    assert (bert.bert.embeddings.word_embeddings.weight[0].detach().numpy() == 0).all()


def test_it_learns_the_grammar() -> None:
    data, tokenizer = RenderedReviews(48), BertTokenizer(RenderedReviews.vocabulary())
    x = tokenizer(data.texts, padding=True, return_tensors="pt").without("token_type_ids")
    y = minigrad.tensor(data.labels)
    bert = model(vocab_size=len(tokenizer), max_position_embeddings=32, hidden_dropout_prob=0.0,
                 attention_probs_dropout_prob=0.0)
    adam = optim.AdamW(bert.parameters(), lr=3e-3)
    for _ in range(60):
        adam.zero_grad()
        loss = F.cross_entropy(bert(**x), y)
        loss.backward()
        adam.step()
    assert loss.item() < 0.2


# ── bad input ─────────────────────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("arguments, error, message", [
    (dict(input_ids=minigrad.tensor([[3, 50]])), RangeError, "input_ids must be from 0 to 49, got 3 to 50"),
    (dict(input_ids=minigrad.tensor([[-1, 3]])), RangeError, "got -1 to 3"),
    (dict(input_ids=minigrad.zeros(1, 13).long()), RangeError, "from 1 to 12 ids, the size of the position"),
    (dict(input_ids=minigrad.zeros(1, 0).long()), RangeError, "from 1 to 12 ids"),
    (dict(input_ids=minigrad.zeros(1, 3)), DTypeError, "must be integers, got float32"),
    (dict(input_ids=minigrad.tensor([1, 2])), ShapeError, r"same shape \(N, L\)"),
    (dict(input_ids=[[1, 2]]), DTypeError, "must be a Tensor, got list"),
    (dict(input_ids=minigrad.tensor([[1, 2]]), attention_mask=minigrad.ones(1, 3)), ShapeError,
     r"\(1, 2\) and attention_mask is \(1, 3\)"),
    (dict(input_ids=minigrad.tensor([[1, 2]]), token_type_ids=minigrad.tensor([[0, 2]])), RangeError,
     "token_type_ids must be from 0 to 1"),
])
def test_bad_batches(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        model()(**arguments)


@pytest.mark.parametrize("changes, message", [
    (dict(hidden_size=15), "not a multiple of num_attention_heads"), (dict(vocab_size=0), "vocab_size must be"),
    (dict(num_hidden_layers=True), "num_hidden_layers"),
    (dict(hidden_dropout_prob=1.5), r"must be in \[0, 1\]"),
    (dict(hidden_act="swish2"), "hidden_act must be one of"), (dict(pad_token_id=50), "pad_token_id 50"),
    (dict(hidden_act=["gelu"]), "hidden_act must be one of"), (dict(pad_token_id="0"), "pad_token_id '0'"),
    (dict(hidden_dropout_prob="0.1"), r"must be in \[0, 1\], got '0.1'"),
    (dict(attention_probs_dropout_prob=None), r"must be in \[0, 1\], got None"),
    (dict(layer_norm_eps="x"), "layer_norm_eps must be a number from 0, got 'x'"),
    (dict(layer_norm_eps=-1), "layer_norm_eps must"),
    (dict(layer_norm_eps=float("nan")), "layer_norm_eps must"),
    (dict(initializer_range=float("inf")), "initializer_range must"),
    (dict(num_hidden_layers=10**12), "num_hidden_layers must be an integer from 1 to 1,000"),
    (dict(vocab_size=10**12), "vocab_size must be an integer from 1 to 10,000,000"),
    (dict(hidden_size=10**7, num_attention_heads=1), "a model of .* parameters"),
])
def test_bad_configurations(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RangeError, match=message):
        BertConfig(**{**TINY, **changes})


# ── files ─────────────────────────────────────────────────────────────────────────────────────────

def test_saved_and_loaded(tmp_path: Path) -> None:
    bert = model(num_labels=3).eval()
    bert.save_pretrained(tmp_path)
    again = BertForSequenceClassification.from_pretrained(tmp_path)
    assert again.config == bert.config and not again.training and not again.report.new
    with minigrad.no_grad():
        assert (again(ids(2, 4)).numpy() == bert(ids(2, 4)).numpy()).all()
    changed = BertModel.from_pretrained(tmp_path, hidden_dropout_prob=0.0)
    assert changed.config.hidden_dropout_prob == 0
    assert set(changed.report.left_over) == {"classifier.weight", "classifier.bias"}


def damage(tmp_path: Path, change: Any) -> Path:
    """A saved model whose tensors ``change`` has changed in place."""
    model().save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    tensors = minigrad.load(path)
    change(tensors)
    minigrad.save(tensors, path)
    return path


@pytest.mark.parametrize("change, message", [
    (lambda t: t.pop("bert.encoder.layer.1.output.dense.bias"), "missing      bert.encoder.layer.1.output"),
    (lambda t: t.update({"bert.encoder.layer.2.output.dense.bias": minigrad.zeros(16)}), "unknown .*layer.2"),
    (lambda t: t.update({"bert.pooler.dense.weight": minigrad.zeros(3, 3)}),
     r"wrong shape  bert.pooler.dense.weight: the model has \(16, 16\), the file \(3, 3\)"),
    (lambda t: t.update({"classifier.weight": minigrad.zeros(5, 16)}), "Pass num_labels"),
    (lambda t: t.clear(), r"and \d+ more"),
])
def test_files_that_do_not_fit_change_nothing(tmp_path: Path, change: Any, message: str) -> None:
    path = damage(tmp_path, change)
    bert = model()
    before = {name: tensor.numpy().copy() for name, tensor in bert.state_dict().items()}
    with pytest.raises(DataError, match=rf"model.safetensors: the weights do not fit(?s:.*){message}"):
        load_weights(bert, path)
    assert all((tensor.numpy() == before[name]).all() for name, tensor in bert.state_dict().items())


@pytest.mark.parametrize("change", [
    {"vocab_size": 10**6}, {"num_hidden_layers": 900}, {"intermediate_size": 10**6},
    {"max_position_embeddings": 10**6}, {"type_vocab_size": 10**5}, {"hidden_size": 2 * TINY["hidden_size"]}])
def test_sizes_are_compared_with_the_weights_before_anything_is_built(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, int]) -> None:
    model().save_pretrained(tmp_path)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), **change}))

    def never(*args: Any) -> None:
        raise AssertionError("it is being built")

    monkeypatch.setattr(BertModel, "__init__", never)
    (name, size), = change.items()
    for kind in (BertModel, BertForSequenceClassification):
        with pytest.raises(DataError, match=rf"model.safetensors: (?s:.*){name}: {size:,} in config.json"):
            kind.from_pretrained(tmp_path)


@pytest.mark.parametrize("content", [
    "[" * 100_000, '{"id2label": 5}', '{"vocab_size": 1e3}', '{"layer_norm_eps": NaN}', "5",
    '{"num_hidden_layers": 1000000000000}', '{"vocab_size": ' + "9" * 5000 + "}", '{"hidden_act": {}}'])
def test_a_configuration_of_wrong_types_is_an_error_with_the_files_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(DataError, match="config.json"):
        BertConfig.from_pretrained(tmp_path)


def test_weights_without_their_tables_are_refused_before_anything_is_built(tmp_path: Path) -> None:
    path = damage(tmp_path, lambda t: t.pop("bert.embeddings.word_embeddings.weight"))
    with pytest.raises(DataError, match="vocab_size: 50 in config.json, no such tensor"):
        BertModel.from_pretrained(tmp_path)
    minigrad.save({"epoch": 3}, path)
    with pytest.raises(DataError, match="model.safetensors: expected tensors by name"):
        BertModel.from_pretrained(tmp_path)


def test_missing_truncated_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder.*bert-base-uncased"):
        BertModel.from_pretrained(tmp_path / "none")
    model().save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    with pytest.raises(DataError, match="model.safetensors is not a complete safetensors file"):
        BertModel.from_pretrained(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="No such file"):
        BertModel.from_pretrained(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"PK")
    with pytest.raises(DataError, match="pytorch_model.bin, a pickle"):
        BertModel.from_pretrained(tmp_path)
    config = tmp_path / "config.json"
    found = json.loads(config.read_text())
    for change, message in (({"model_type": "gpt2"}, "type 'gpt2'"), ({"is_decoder": True}, "decoder"),
                            ({"hidden_size": 15}, "not a multiple"), ({"vocab_size": "x"}, "vocab_size")):
        config.write_text(json.dumps({**found, **change}))
        with pytest.raises(DataError, match=message):
            BertModel.from_pretrained(tmp_path)
    config.write_text(json.dumps(found)[:40])
    with pytest.raises(DataError, match="config.json is not JSON"):
        BertModel.from_pretrained(tmp_path)


def test_a_known_name_is_found_in_the_cache_or_downloaded(tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    (tmp_path / "mirror").mkdir()
    for name in ("BASE", "VOCABULARY"):
        wanted = getattr(pretrained, name)
        content = f"{name} [PAD]".encode()
        (tmp_path / "mirror" / wanted.name).write_bytes(content)
        monkeypatch.setattr(pretrained, name, wanted.__class__(wanted.name, len(content),
                                                               hashlib.sha256(content).hexdigest()))
    monkeypatch.setattr(pretrained, "MIRRORS", ((tmp_path / "mirror").as_uri() + "/",))
    folder = pretrained.find_pretrained("bert-base-uncased")
    assert folder == tmp_path / "xdg" / "minigrad" / "bert-base-uncased"
    assert [p.name for p in folder.iterdir()] == ["model.safetensors"]
    assert pretrained.find_vocabulary().read_bytes() == b"VOCABULARY [PAD]"
    (tmp_path / "mirror" / "vocab.txt").unlink()
    assert pretrained.find_vocabulary(download=False).exists()
    with pytest.raises(DataError, match="not found(?s:.*)download=False"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
        pretrained.find_vocabulary(download=False)


def test_modules_of_minigrad_are_used() -> None:
    kinds = {type(part) for part in model().modules()}
    assert {nn.Linear, nn.Embedding, nn.LayerNorm, nn.Dropout, nn.ModuleList} <= kinds
    assert Encoding(a=1).without("a") == {}
