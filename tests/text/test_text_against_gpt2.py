"""GPT-2 and its tokenizer beside ``transformers`` and ``tokenizers``: the same files, the same numbers."""
from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad
from minigrad.nn import functional as F
from minigrad.text import GPT, BytePairs, generate, next_probabilities

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers", reason="pip install -e '.[text]' for the comparison")
tokenizers = pytest.importorskip("tokenizers", reason="pip install -e '.[text]' for the comparison")

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]     # of transformers' own

SIZES: dict[str, dict[str, Any]] = {
    "small": dict(vocab_size=90, n_positions=20, n_embd=32, n_layer=3, n_head=4),
    "other sizes": dict(vocab_size=50, n_positions=16, n_embd=24, n_layer=1, n_head=1, n_inner=30,
                        activation_function="relu", layer_norm_epsilon=1e-3),
}
NO_ENDS = dict(bos_token_id=None, eos_token_id=None)


def theirs(size: str, folder: Path) -> Any:
    """A random model of ``transformers``, saved in ``folder``; weights large enough to matter."""
    torch.manual_seed(0)
    config = transformers.GPT2Config(initializer_range=0.2, **SIZES[size], **NO_ENDS)
    model = transformers.GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for p in model.parameters():            # also biases and LayerNorm, which start at 0 and 1
            p += 0.1 * torch.randn_like(p)
    model.save_pretrained(folder)
    return model


@pytest.mark.parametrize("size", SIZES)
def test_logits_and_every_gradient(size: str, tmp_path: Path) -> None:
    other, mine = theirs(size, tmp_path), GPT.from_pretrained(tmp_path)
    assert not mine.training and not mine.report.new and not mine.report.left_over
    vocabulary = SIZES[size]["vocab_size"]
    x = np.random.default_rng(0).integers(0, vocabulary, (3, 13))
    expected, found = other(torch.tensor(x)).logits, mine(minigrad.tensor(x))
    largest = float(expected.abs().max())
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-5,
                               atol=1e-5 * largest)
    torch.nn.functional.cross_entropy(expected[:, :-1].reshape(-1, vocabulary),
                                      torch.tensor(x[:, 1:].reshape(-1))).backward()
    F.cross_entropy(found[:, :-1].reshape(-1, vocabulary), minigrad.tensor(x[:, 1:].reshape(-1))).backward()
    gradients = {name.removeprefix("transformer."): p.grad.numpy() for name, p in other.named_parameters()}
    assert sorted(gradients) == sorted(name for name, _ in mine.named_parameters())
    for name, p in mine.named_parameters():
        scale = max(1.0, float(np.abs(gradients[name]).max()))
        np.testing.assert_allclose(p.grad.numpy(), gradients[name], rtol=1e-4, atol=1e-5 * scale,
                                   err_msg=name)


def test_the_best_continuation_is_the_same(tmp_path: Path) -> None:
    other, mine = theirs("small", tmp_path), GPT.from_pretrained(tmp_path)
    x = np.random.default_rng(1).integers(0, 90, (2, 5))
    expected = other.generate(torch.tensor(x), max_new_tokens=12, do_sample=False, pad_token_id=0)
    found = generate(mine, minigrad.tensor(x), 12, temperature=0, cache=mine.new_cache())
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("options", [dict(temperature=0.7), dict(top_k=7), dict(top_p=0.8),
                                     dict(temperature=1.3, top_k=20, top_p=0.5)])
def test_the_next_tokens_probabilities_are_the_same(options: dict[str, Any]) -> None:
    from transformers.generation.logits_process import (TemperatureLogitsWarper, TopKLogitsWarper,
                                                        TopPLogitsWarper)
    z = torch.tensor(np.random.default_rng(2).normal(size=(6, 40)) * 2)
    expected = z
    for name, kind in (("temperature", TemperatureLogitsWarper), ("top_k", TopKLogitsWarper),
                       ("top_p", TopPLogitsWarper)):
        if name in options:
            expected = kind(options[name])(None, expected)
    found = next_probabilities(minigrad.tensor(z.numpy()), **options)
    np.testing.assert_allclose(found.numpy(), torch.softmax(expected, -1).numpy(), atol=1e-12)


def test_what_is_saved_here_loads_there(tmp_path: Path) -> None:
    theirs("other sizes", tmp_path / "a")
    mine = GPT.from_pretrained(tmp_path / "a")
    mine.save_pretrained(tmp_path / "b")
    back = transformers.GPT2LMHeadModel.from_pretrained(tmp_path / "b").eval()
    x = np.random.default_rng(3).integers(0, 50, (2, 9))
    np.testing.assert_allclose(mine(minigrad.tensor(x)).detach().numpy(),
                               back(torch.tensor(x)).logits.detach().numpy(), rtol=1e-4, atol=1e-4)


# ── the tokenizer ─────────────────────────────────────────────────────────────────────────────────

CORPUS = " ".join((Path(minigrad.__file__).parent / "text" / name).read_text(encoding="utf-8")
                  for name in ("bpe.py", "gpt.py", "basic.py"))
TEXTS = ["", " ", "\n", "  \n\t x ", "Hello world", " hello  world ", "It's we'll I'm they've 'S 's' 'tis",
         "naïve café Ünïcödé", "東京都 は 日本", "한국어", "😀👩‍👩‍👧‍👦🇩🇪",
         "a\u00a0b\u2003c\u3000d\u2028e\x85f",
         "\x00\x01\x1c\x1d\x7f", "3.14 ½ ² Ⅷ १२३ ٣x", "a_b __init__ x-y", "can''t", "e\u0301 n\u0303",
         "x" * 300, "!?" * 60, "tab\tnew\r\nline\x0b\x0c.", "ﬁ ǅ ʼn ª º", "$€£ ≠ → «»", "मराठी ไทย",
         "\ufffd\ue000", "one<|endoftext|>two"]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[BytePairs, Any]:
    """Ours, and the same merges in ``tokenizers``, read from the files that ours wrote."""
    folder = tmp_path_factory.mktemp("bpe")
    mine = BytePairs.learn(CORPUS, 600)
    mine.save_pretrained(folder)
    other = tokenizers.ByteLevelBPETokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    other.add_special_tokens(["<|endoftext|>"])
    return mine, other


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_odd_texts_have_the_same_ids(both: tuple[BytePairs, Any], number: int) -> None:
    mine, other = both
    expected = other.encode(TEXTS[number]).ids
    assert mine.encode(TEXTS[number]) == expected
    assert mine.decode(expected) == TEXTS[number]


def test_random_texts_have_the_same_ids(both: tuple[BytePairs, Any]) -> None:
    mine, other = both
    rng = random.Random(0)
    alphabet = "".join(TEXTS) + "   etaoin'"
    for _ in range(300):
        text = "".join(rng.choice(alphabet) for _ in range(rng.randrange(40)))
        assert mine.encode(text) == other.encode(text).ids, text
    lines = CORPUS.split("\n")
    assert [mine.encode(line) for line in lines] == [e.ids for e in other.encode_batch(lines)]


def test_the_same_merges_are_learned() -> None:
    other = tokenizers.ByteLevelBPETokenizer()
    other.train_from_iterator([CORPUS], vocab_size=256 + 300, min_frequency=2, show_progress=False)
    ids = other.get_vocab()
    mine = BytePairs.learn(CORPUS, 300)
    assert [mine.ids[token] for token in sorted(mine.ids, key=mine.ids.__getitem__)][:556] == list(range(556))
    from minigrad.text.bpe import LETTERS
    shown = {"".join(LETTERS[b] for b in token): i for token, i in mine.ids.items() if i < 556}
    assert shown == ids
