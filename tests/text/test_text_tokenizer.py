"""The tokenizer by itself: rules, truncation, padding, pairs, decoding, bad input."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import Tensor
from minigrad.errors import DataError, DTypeError, RangeError
from minigrad.text import BertTokenizer, WordPiece, basic_tokenize, read_vocabulary
from minigrad.text.wordpiece import LONGEST_WORD

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PIECES = [*SPECIAL, "a", "b", "##b", "##c", "abc", "the", "film", "##s", ".", "'", "!", "中", "no"]


@pytest.fixture
def tokenizer() -> BertTokenizer:
    return BertTokenizer(PIECES)


@pytest.mark.parametrize("text, words", [
    ("", []), (" \t\n", []), ("Hello,World", ["hello", ",", "world"]), ("a\u00a0b\u3000c", ["a", "b", "c"]),
    ("ÉÀñ Ø ß", ["ean", "ø", "ß"]), ("中文a", ["中", "文", "a"]), ("カタカナ", ["カタカナ"]),
    ("a\x00\u200b\ufffdb", ["ab"]), ("ΣΑΣ", ["σασ"]), ("İ", ["i"]), ("$a+b", ["$", "a", "+", "b"]),
    ("don't—stop", ["don", "'", "t", "—", "stop"]), ("a😀b", ["a😀b"]), ("\ue000x", ["x"]),
])
def test_basic_tokenization(text: str, words: list[str]) -> None:
    assert basic_tokenize(text) == words


def test_cased_keeps_letters_and_accents() -> None:
    assert basic_tokenize("Écoute, Zoë", lower_case=False) == ["Écoute", ",", "Zoë"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_cut_and_never_a_blank_is_left(text: str) -> None:
    words = basic_tokenize(text)
    assert all(word and not any(c.isspace() for c in word) for word in words)
    assert basic_tokenize(" ".join(words)) == words


def test_the_longest_piece_wins_and_unknown_is_whole() -> None:
    cut = WordPiece(PIECES)
    assert cut.pieces_of("abc") == ["abc"] and cut.pieces_of("abb") == ["a", "##b", "##b"]
    assert cut.pieces_of("abcb") == ["abc", "##b"] and cut.pieces_of("abx") == ["[UNK]"]
    assert cut.pieces_of("bc") == ["b", "##c"]
    assert cut.pieces_of("a" + "b" * (LONGEST_WORD - 1)) == ["a"] + ["##b"] * (LONGEST_WORD - 1)
    assert cut.pieces_of("a" + "b" * LONGEST_WORD) == ["[UNK]"]


def test_one_text_and_many(tokenizer: BertTokenizer) -> None:
    one = tokenizer("The films.")
    assert one["input_ids"] == [2, 10, 11, 12, 13, 3] and one["attention_mask"] == [1] * 6
    many = tokenizer(["The films.", ""])
    assert many["input_ids"] == [one["input_ids"], [2, 3]] and many.token_type_ids == [[0] * 6, [0, 0]]


def test_special_tokens_in_a_text_are_themselves(tokenizer: BertTokenizer) -> None:
    assert tokenizer("a[MASK] [SEP]")["input_ids"] == [2, 5, 4, 3, 3]
    assert tokenizer("[mask]")["input_ids"] == [2, 1, 1, 1, 3]


def test_truncation_and_padding(tokenizer: BertTokenizer) -> None:
    x = tokenizer(["a b a b", "a"], max_length=4, truncation=True, padding=True, return_tensors="pt")
    assert isinstance(x.input_ids, Tensor) and x.input_ids.dtype == np.int64
    assert x.input_ids.tolist() == [[2, 5, 6, 3], [2, 5, 3, 0]]
    assert x.attention_mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    wide = tokenizer(["a"], max_length=6, padding="max_length", return_tensors="np")
    assert wide["input_ids"].shape == (1, 6) and wide["attention_mask"].sum() == 3
    assert tokenizer(["a b a"], max_length=2, truncation=True)["input_ids"] == [[2, 3]]
    assert tokenizer([], return_tensors="np", padding=True)["input_ids"].shape == (0, 0)


def test_pairs(tokenizer: BertTokenizer) -> None:
    x = tokenizer(["a b"], ["the film"], padding="max_length", max_length=9)
    assert x["input_ids"] == [[2, 5, 6, 3, 10, 11, 3, 0, 0]]
    assert x["token_type_ids"] == [[0, 0, 0, 0, 1, 1, 1, 0, 0]]


def test_decoding(tokenizer: BertTokenizer) -> None:
    ids = tokenizer("The films. No!")["input_ids"]
    assert tokenizer.decode(ids) == "[CLS] the films. no! [SEP]"
    assert tokenizer.batch_decode(np.array([ids]), skip_special_tokens=True) == ["the films. no!"]
    for bad in (len(PIECES), -1):
        with pytest.raises(RangeError, match=f"id {bad} is outside the vocabulary of {len(PIECES)}"):
            tokenizer.decode([2, bad])


def test_saved_and_read_again(tokenizer: BertTokenizer, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    assert BertTokenizer.from_pretrained(tmp_path).wordpiece.pieces == PIECES


# ── bad input ─────────────────────────────────────────────────────────────────────────────────────

def test_what_is_no_text(tokenizer: BertTokenizer) -> None:
    with pytest.raises(DTypeError, match="expected a string, got bytes.*decode"):
        tokenizer([b"a film"])  # type: ignore[list-item]
    with pytest.raises(DTypeError, match="got NoneType"):
        tokenizer(["a", None])  # type: ignore[list-item]
    broken = b"a fil\xffm".decode("utf-8", "surrogateescape")
    with pytest.raises(DataError, match=r"character 5 .*\\udcff.*not UTF-8"):
        tokenizer(broken)


@pytest.mark.parametrize("arguments, message", [
    (dict(truncation=True), "need max_length"), (dict(padding="max_length"), "need max_length"),
    (dict(truncation=True, max_length=1), "from 2"), (dict(padding="left"), "padding must be"),
    (dict(return_tensors="tf"), "return_tensors must be"),
])
def test_bad_options(tokenizer: BertTokenizer, arguments: dict, message: str) -> None:
    with pytest.raises(RangeError, match=message):
        tokenizer(["a"], **arguments)


def test_tensors_need_one_length(tokenizer: BertTokenizer) -> None:
    with pytest.raises(DataError, match="3 to 4 ids do not fit into one tensor.*padding=True"):
        tokenizer(["a", "a b"], return_tensors="pt")
    with pytest.raises(RangeError, match="2 texts and 1 second"):
        tokenizer(["a", "b"], ["a"])


def test_bad_vocabularies(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    with pytest.raises(DataError, match="vocab.txt: No such file"):
        read_vocabulary(path)
    path.write_bytes("\n".join(PIECES).encode()[:20])
    with pytest.raises(DataError, match=r"lacks \[SEP\], \[MASK\].*truncated"):
        read_vocabulary(path)
    path.write_bytes(b"[PAD]\n\xff\xfe\n")
    with pytest.raises(DataError, match="not UTF-8: byte 0xff at 6"):
        read_vocabulary(path)
    path.write_text("\n".join([*PIECES, "film"]), encoding="utf-8")
    with pytest.raises(DataError, match="'film' is in line 12 and again in line 19"):
        read_vocabulary(path)
    path.write_bytes(("\r\n".join(PIECES) + "\r\n").encode())
    assert read_vocabulary(path) == PIECES
