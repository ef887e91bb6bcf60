"""SST-2's files, texts in batches, buckets by length, and the sentences made here."""
from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

import minigrad
from minigrad.data import DataLoader
from minigrad.files.download import RemoteFile
from minigrad.errors import DataError, RangeError, ShapeError
from minigrad.text import SST2, BertTokenizer, EncodedTexts, LengthBuckets, RenderedReviews
from minigrad.text.reviews import BAD, GOOD
from minigrad.text.sst2 import read_tsv

TRAIN = 'sentence\tlabel\nhide new secretions \t0\n"a" quote " alone \t1\ncafé \t1\n'
DEV = "sentence\tlabel\nfine .\t1\n"
TEST = "index\tsentence\n0\tuneasy mishmash\n"


def entry(text: str, rows: int) -> tuple[int, str, int]:
    return len(text.encode()), hashlib.sha256(text.encode()).hexdigest(), rows


class Small(SST2):
    """SST-2 with three rows; nothing is ever downloaded."""

    mirrors = ()
    files = {"train": entry(TRAIN, 3), "dev": entry(DEV, 1), "test": entry(TEST, 1)}


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    return tmp_path / "xdg" / "minigrad"


def write(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, text in (("train", TRAIN), ("dev", DEV), ("test", TEST)):
        (folder / f"{name}.tsv").write_bytes(text.encode())


@pytest.mark.parametrize("layout", ["sst2", "SST-2"])
@pytest.mark.parametrize("by", ["root", "environment"])
def test_reading(tmp_path: Path, no_data: Path, monkeypatch: pytest.MonkeyPatch, layout: str,
                 by: str) -> None:
    write(tmp_path / layout)
    if by == "environment":
        monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path))
    root = tmp_path if by == "root" else None
    data = Small(root)
    assert data.texts == ["hide new secretions ", '"a" quote " alone ', "café "]
    assert data.labels.tolist() == [0, 1, 1] and data[1] == ('"a" quote " alone ', 1) and len(data) == 3
    assert Small(root, "dev").labels.tolist() == [1]
    test = Small(root, "test")
    assert test.texts == ["uneasy mishmash"] and test.labels.tolist() == [-1]


def test_the_archive_is_downloaded_checked_and_unpacked(tmp_path: Path, no_data: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "mirror" / "SST-2.zip"
    source.parent.mkdir()
    with zipfile.ZipFile(source, "w") as packed:
        for name, text in (("train", TRAIN), ("dev", DEV), ("test", TEST)):
            packed.writestr(f"SST-2/{name}.tsv", text)
    content = source.read_bytes()

    class Remote(Small):
        mirrors = (source.parent.as_uri() + "/",)
        archive = RemoteFile("SST-2.zip", len(content), hashlib.sha256(content).hexdigest())

    assert Remote(split="dev").texts == ["fine ."]
    assert sorted(p.name for p in (no_data / "sst2").iterdir()) == ["SST-2.zip", "dev.tsv", "test.tsv",
                                                                    "train.tsv"]
    source.unlink()
    assert len(Remote()) == 3                   # from the cache

    class Wrong(Remote):
        archive = RemoteFile("other.zip", len(content), "0" * 64)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    with pytest.raises(DataError, match="no mirror delivered it"):
        Wrong()


def test_missing_and_damaged_files(tmp_path: Path, no_data: Path) -> None:
    with pytest.raises(DataError, match=r"SST-2 \(train.tsv\): not found(?s:.*)MINIGRAD_DATA"):
        Small(tmp_path, download=False)
    with pytest.raises(RangeError, match="split must be"):
        Small(tmp_path, "validation")
    write(tmp_path / "sst2")
    path = tmp_path / "sst2" / "train.tsv"
    path.write_bytes(TRAIN.encode()[:-5])
    with pytest.raises(DataError, match="truncated"):
        Small(tmp_path)
    path.write_bytes(TRAIN.replace("hide", "hode").encode())
    with pytest.raises(DataError, match="SHA-256"):
        Small(tmp_path)


@pytest.mark.parametrize("content, message", [
    (b"a\tb\nx\t1\n", "a header of sentence and label"),
    (b"sentence\tlabel\nfine\t1\nbad \xff\t0\n", "UTF-8, got byte 0xff in line 3"),
    (b"sentence\tlabel\nfine\n", "2 columns, got 1 in line 2"),
    (b"sentence\tlabel\nfine\t1\t2\n", "2 columns, got 3 in line 2"),
    (b"sentence\tlabel\nfine\t2\n", "a label 0 or 1, got '2' in line 2"),
])
def test_lines_that_are_not_as_they_must_be(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.tsv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_tsv(path)
    with pytest.raises(DataError, match="No such file"):
        read_tsv(tmp_path / "none.tsv")


def test_the_real_files(sst2_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train, dev = SST2(sst2_folder), SST2(sst2_folder, "dev")
    assert len(train) == 67349 and int(train.labels.sum()) == 37569
    assert len(dev) == 872 and int(dev.labels.sum()) == 444
    assert len(SST2(sst2_folder, "test")) == 1821


# ── batches ───────────────────────────────────────────────────────────────────────────────────────

def encoded(texts: list[str], **options: object) -> EncodedTexts:
    tokenizer = BertTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"])
    return EncodedTexts(tokenizer, texts, np.arange(len(texts)) % 2, **options)  # type: ignore[arg-type]


def test_a_batch_is_as_wide_as_its_longest_text() -> None:
    data = encoded(["a", "a a a a a a a", "a a", ""], max_length=6)
    assert data.lengths.tolist() == [3, 6, 4, 2]
    x, y = data.get_batch(np.array([2, 0, 3]))
    assert x.input_ids.tolist() == [[2, 5, 5, 3], [2, 5, 3, 0], [2, 3, 0, 0]]
    assert x.attention_mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0]]
    assert y.tolist() == [0, 0, 1] and list(x) == ["input_ids", "attention_mask"]
    assert [b["input_ids"].shape for b, _ in DataLoader(data, 2)] == [(2, 6), (2, 4)]
    assert encoded(["a"], max_length=9, fixed=True).get_batch([0])[0].input_ids.shape == (1, 9)
    one, label = data[0]
    assert one.input_ids.tolist() == [[2, 5, 3]] and label.tolist() == [0]
    with pytest.raises(ShapeError, match="2 texts need labels"):
        EncodedTexts(BertTokenizer(RenderedReviews.vocabulary()), ["a", "b"], [1])


def test_buckets_hold_every_sample_once_and_similar_lengths() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(2, 60, 1013)
    order = LengthBuckets(lengths, 16, batches=20)
    found = order.indices(np.random.default_rng(1))
    assert sorted(found.tolist()) == list(range(1013)) and len(order) == 1013
    full = lengths[found[:1008]].reshape(-1, 16)
    plain = lengths[rng.permutation(1013)[:1008]].reshape(-1, 16)
    assert (full.max(1) * 16).sum() < 1.08 * full.sum() < (plain.max(1) * 16).sum() / 1.5
    again, other = (order.indices(np.random.default_rng(seed)) for seed in (1, 2))
    assert (found == again).all() and (found != other).any()
    assert (np.diff(full.max(1)) < 0).any(), "the batches come in random order"


def test_buckets_in_a_loader_follow_its_generator_and_resume() -> None:
    lengths = np.arange(50) % 7

    def epoch(done: int = 0) -> list[list[int]]:
        minigrad.manual_seed(3)
        loader = DataLoader(list(range(50)), 8, sampler=LengthBuckets(lengths, 8, 3))
        batches = []
        for i, x in enumerate(loader):
            batches.append(x.tolist())
            if i + 1 == done:
                state = loader.state_dict()
                fresh = DataLoader(list(range(50)), 8, sampler=LengthBuckets(lengths, 8, 3))
                fresh.load_state_dict(state)
                return batches + [x.tolist() for x in fresh]
        return batches

    assert epoch() == epoch() == epoch(done=3) and len(epoch()) == 7
    for bad in (dict(batch_size=0), dict(batch_size=4, batches=0)):
        with pytest.raises(RangeError, match="LengthBuckets"):
            LengthBuckets(lengths, **bad)


# ── sentences made here ───────────────────────────────────────────────────────────────────────────

def test_reviews_are_repeatable_balanced_and_split() -> None:
    train, dev = RenderedReviews(2000), RenderedReviews(500, "dev")
    assert train.texts == RenderedReviews(2000).texts and train.texts[:100] == RenderedReviews(100).texts
    assert 0.45 < train.labels.mean() < 0.55 and 0.4 < dev.labels.mean() < 0.6
    assert not set(train.texts) & set(dev.texts) and len(set(train.texts)) == 2000
    assert isinstance(train[0][0], str) and train[0][1] in (0, 1)


def test_labels_follow_from_the_words() -> None:
    """Read again by another rule: a judgment's word, turned round by its denial; the last clause decides."""
    data = RenderedReviews(1500)
    for text, label in zip(data.texts, data.labels):
        clause = text.split(" but ")[-1].split(" and ")[-1].split()
        good = any(word in GOOD for word in clause)
        assert good != any(word in BAD for word in clause)
        turned = "not" in clause or "nobody" in clause
        assert (good != turned) == bool(label), text


def test_its_vocabulary_knows_every_word() -> None:
    tokenizer = BertTokenizer(RenderedReviews.vocabulary())
    ids = tokenizer(RenderedReviews(500).texts)["input_ids"]
    assert all(tokenizer.unk not in row for row in ids)
    assert tokenizer.tokenize("zebra") == ["z", "##e", "##b", "##r", "##a"]
