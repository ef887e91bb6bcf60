"""BERT beside Hugging Face's: weights saved there and loaded here give the same numbers and gradients."""
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad import Tensor
from minigrad.nn import functional as F
from minigrad.text import BertForSequenceClassification, BertModel

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers", reason="pip install -e '.[text]' for the comparison")
from safetensors.torch import load_file, save_file  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]     # of transformers' own

SIZES: dict[str, dict[str, Any]] = {
    "small": dict(vocab_size=500, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                  intermediate_size=64, max_position_embeddings=40),
    "one head, other sizes": dict(vocab_size=90, hidden_size=24, num_hidden_layers=3, num_attention_heads=1,
                                  intermediate_size=30, max_position_embeddings=16, layer_norm_eps=1e-5,
                                  type_vocab_size=3, hidden_act="gelu_new", num_labels=5),
    "relu": dict(vocab_size=90, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                 intermediate_size=20, hidden_act="relu"),
}


def theirs(kind: str, size: str, folder: Path) -> Any:
    """A random model of ``transformers``, saved in ``folder``; weights large enough to matter."""
    torch.manual_seed(0)
    model = getattr(transformers, kind)(transformers.BertConfig(initializer_range=0.2, **SIZES[size])).eval()
    with torch.no_grad():
        for p in model.parameters():            # also biases and LayerNorm, which start at 0 and 1
            p += 0.1 * torch.randn_like(p)
    model.save_pretrained(folder)
    return model


def batch(size: str, seed: int = 0) -> dict[str, np.ndarray]:
    """Random ids, some padding, two segments."""
    rng, sizes = np.random.default_rng(seed), SIZES[size]
    ids = rng.integers(1, sizes["vocab_size"], (4, 11))
    mask = (np.arange(11) < np.array([[11], [5], [1], [8]])).astype(np.int64)
    return {"input_ids": ids * mask, "attention_mask": mask,
            "token_type_ids": rng.integers(0, sizes.get("type_vocab_size", 2), (4, 11))}


def close(mine: Tensor, other: Any, tolerance: float) -> None:
    other = other.detach().numpy()
    assert mine.shape == other.shape
    np.testing.assert_allclose(mine.detach().numpy(), other, rtol=tolerance,
                               atol=tolerance * max(1.0, float(np.abs(other).max())))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fields", [["input_ids"], ["input_ids", "attention_mask"],
                                    ["input_ids", "attention_mask", "token_type_ids"]])
def test_hidden_states_and_attention(size: str, fields: list[str], tmp_path: Path) -> None:
    other = theirs("BertModel", size, tmp_path)
    mine = BertModel.from_pretrained(tmp_path)
    assert not mine.training and not mine.report.new and not mine.report.left_over
    other.set_attn_implementation("eager")              # the form that returns its attention
    x = {k: v for k, v in batch(size).items() if k in fields}
    expected = other(**{k: torch.tensor(v) for k, v in x.items()}, output_attentions=True,
                     output_hidden_states=True)
    found = mine(**{k: minigrad.tensor(v) for k, v in x.items()}, output_attentions=True,
                 output_hidden_states=True)
    close(found.last_hidden_state, expected.last_hidden_state, 1e-5)
    close(found.pooler_output, expected.pooler_output, 1e-5)
    assert len(found.hidden_states) == len(expected.hidden_states)
    for a, b in zip(found.hidden_states + found.attentions, expected.hidden_states + expected.attentions):
        close(a, b, 1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_logits_and_every_gradient(size: str, tmp_path: Path) -> None:
    other = theirs("BertForSequenceClassification", size, tmp_path)
    mine = BertForSequenceClassification.from_pretrained(tmp_path)
    x = batch(size)
    labels = np.random.default_rng(1).integers(0, SIZES[size].get("num_labels", 2), 4)
    expected = other(**{k: torch.tensor(v) for k, v in x.items()})
    found = mine(**{k: minigrad.tensor(v) for k, v in x.items()})
    close(found, expected.logits, 1e-5)
    torch.nn.functional.cross_entropy(expected.logits, torch.tensor(labels)).backward()
    F.cross_entropy(found, minigrad.tensor(labels)).backward()
    gradients = dict(other.named_parameters())
    names = [name for name, _ in mine.named_parameters()]
    assert sorted(names) == sorted(gradients)
    for name, p in mine.named_parameters():
        assert p.grad is not None and gradients[name].grad is not None, name
        close(p.grad, gradients[name].grad, 1e-4)


def test_a_pretraining_file_loads_into_both_models(tmp_path: Path) -> None:
    other = theirs("BertForPreTraining", "small", tmp_path)
    for kind, prefix in ((BertModel, ""), (BertForSequenceClassification, "bert.")):
        mine = kind.from_pretrained(tmp_path)
        report = mine.report
        assert set(report.used) | set(report.left_over) == set(load_file(tmp_path / "model.safetensors"))
        assert all(name.startswith("cls.") for name in report.left_over)
        assert report.new == ([] if kind is BertModel else ["classifier.weight", "classifier.bias"])
        weights = mine.state_dict()
        for name, tensor in other.bert.state_dict().items():
            assert (weights[prefix + name].numpy() == tensor.numpy()).all(), name


def test_a_masked_language_model_has_no_pooler_and_that_is_said(tmp_path: Path) -> None:
    theirs("BertForMaskedLM", "small", tmp_path)
    report = BertModel.from_pretrained(tmp_path).report
    assert report.new == ["pooler.dense.weight", "pooler.dense.bias"]
    assert "2 not in the file, and random: pooler.dense.weight" in str(report)


def test_legacy_names_load(tmp_path: Path) -> None:
    other = theirs("BertForPreTraining", "small", tmp_path)
    new = load_file(tmp_path / "model.safetensors")
    old = {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
           for k, v in new.items()}
    old["bert.embeddings.position_ids"] = torch.arange(40)[None]
    save_file(old, tmp_path / "model.safetensors")
    mine = BertModel.from_pretrained(tmp_path)
    assert "not learned" in mine.report.left_over["bert.embeddings.position_ids"]
    x = batch("small")
    close(mine(minigrad.tensor(x["input_ids"])).pooler_output,
          other.bert(torch.tensor(x["input_ids"])).pooler_output, 1e-5)


def test_what_is_saved_here_loads_there(tmp_path: Path) -> None:
    theirs("BertForSequenceClassification", "one head, other sizes", tmp_path / "a")
    mine = BertForSequenceClassification.from_pretrained(tmp_path / "a")
    mine.save_pretrained(tmp_path / "b")
    back = transformers.BertForSequenceClassification.from_pretrained(tmp_path / "b").eval()
    x = batch("one head, other sizes")
    close(mine(**{k: minigrad.tensor(v) for k, v in x.items()}),
          back(**{k: torch.tensor(v) for k, v in x.items()}).logits, 1e-5)
    config = json.loads((tmp_path / "b" / "config.json").read_text())
    assert len(config["id2label"]) == 5


def test_from_pretrained_leaves_both_in_evaluation_mode(tmp_path: Path) -> None:
    """So the document's listing, which never calls train(), trains without dropout."""
    theirs("BertModel", "small", tmp_path)
    assert not transformers.BertModel.from_pretrained(tmp_path).training
    assert not BertModel.from_pretrained(tmp_path).training


def test_the_tokenizer_of_the_document_returns_a_third_field(vocabulary: Path, tmp_path: Path) -> None:
    """Which its model's forward does not take; the same ids as here, in the document's own call."""
    (tmp_path / "vocab.txt").write_bytes(vocabulary.read_bytes())
    tokenizer = transformers.BertTokenizer.from_pretrained(tmp_path)
    texts = ["a fine film", "What a dull, dull évening!"]
    call = dict(max_length=128, padding="max_length", truncation=True, return_tensors="pt")
    expected = tokenizer(texts, **call)
    found = minigrad.text.BertTokenizer(vocabulary)(texts, **call)
    assert list(found) == ["input_ids", "token_type_ids", "attention_mask"]
    assert set(expected) == set(found)
    for name, tensor in found.items():
        assert tensor.tolist() == expected[name].tolist()
