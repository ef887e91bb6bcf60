"""Byte-pair encoding by itself: learned, encoded, decoded, written to files and read again."""
from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import minigrad
from minigrad.errors import DataError, DTypeError, RangeError
from minigrad.text import BytePairs
from minigrad.text.bpe import split_words

TEXT = "low lower lowest new newer newest wide wider widest " * 3 + "Crème brûlée, 3 € — très bon! " * 2


def counted_anew(text: str, merges: int) -> list[tuple[bytes, bytes]]:
    """The definition: all pairs of all words counted again before each merge."""
    order = BytePairs([]).ids
    words = [[bytes([b]) for b in word.encode()] for word in split_words(text)]
    found: list[tuple[bytes, bytes]] = []
    while len(found) < merges:
        count = Counter(pair for word in words for pair in zip(word, word[1:]))
        a, b = max(count, key=lambda p: (count[p], -order[p[0]], -order[p[1]]))
        found.append((a, b))
        order.setdefault(a + b, len(order))
        for word in words:
            i = 0
            while i + 1 < len(word):
                if (word[i], word[i + 1]) == (a, b):
                    word[i:i + 2] = [a + b]
                i += 1
    return found


def test_learning_counts_as_the_definition_does() -> None:
    """Pairs are recounted only in words that changed; the merges are those of counting everything again."""
    assert BytePairs.learn(TEXT, 40).merges == counted_anew(TEXT, 40)
    assert BytePairs.learn("aaaa aaaa aaaaa", 3).merges == counted_anew("aaaa aaaa aaaaa", 3)


def test_learning_ends_when_no_pair_occurs_twice() -> None:
    assert BytePairs.learn("ab ab", 50).merges == [(b"a", b"b")]
    assert BytePairs.learn("", 5).merges == []


@pytest.mark.parametrize("text", ["", "lower", "  two  blanks \n\n and\tlines ", "naïve 東京 😀 \x00\x1c",
                                  "' 's 'll'",
                                  "newest" * 50])
def test_decoding_gives_the_text_back(text: str) -> None:
    bpe = BytePairs.learn(TEXT, 40)
    assert "".join(split_words(text)) == text
    assert bpe.decode(bpe.encode(text)) == text
    assert bpe.decode(minigrad.tensor(bpe.encode(text), dtype="int64")) == text


def test_merges_apply_in_the_order_in_which_they_were_learned() -> None:
    first = BytePairs([(b"a", b"b"), (b"b", b"c"), (b"ab", b"c")])
    second = BytePairs([(b"b", b"c"), (b"a", b"b"), (b"a", b"bc")])
    assert first.tokenize("abc bc") == ["abc", " ", "bc"]
    assert BytePairs([(b"b", b"c"), (b"a", b"b")]).tokenize("abc") == ["a", "bc"]
    assert second.tokenize("abc") == ["abc"]


def test_the_end_of_a_text_is_one_token() -> None:
    bpe = BytePairs.learn(TEXT, 10)
    assert bpe.encode("low<|endoftext|>low").count(bpe.end) == 1 and bpe.end == len(bpe) - 1
    without = BytePairs([], {token: i for token, i in bpe.ids.items() if i < 256})
    assert without.end is None and len(without.encode("<|endoftext|>")) == 13


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    bpe = BytePairs.learn(TEXT, 30)
    bpe.save_pretrained(tmp_path)
    again = BytePairs.from_pretrained(tmp_path)
    assert again.merges == bpe.merges and again.ids == bpe.ids
    assert (tmp_path / "merges.txt").read_text(encoding="utf-8").startswith("#version: 0.2\n")


def test_damaged_files_are_named(tmp_path: Path) -> None:
    bpe = BytePairs.learn(TEXT, 30)
    bpe.save_pretrained(tmp_path)
    merges, vocabulary = tmp_path / "merges.txt", tmp_path / "vocab.json"
    good = merges.read_bytes(), vocabulary.read_bytes()
    for path, bad in ((merges, b"a b c\n"), (merges, b"\xff"), (vocabulary, b"{"),
                      (vocabulary, b'{"a": "x"}'),
                      (vocabulary, b"[1]")):
        path.write_bytes(bad)
        with pytest.raises(DataError, match=path.name):
            BytePairs.from_pretrained(tmp_path)
        merges.write_bytes(good[0])
        vocabulary.write_bytes(good[1])
    fewer = {k: v for k, v in json.loads(good[1]).items() if v != len(bpe) - 2}
    vocabulary.write_text(json.dumps(fewer), "utf-8")
    with pytest.raises(DataError, match="1 tokens have no id, such as b"):
        BytePairs.from_pretrained(tmp_path)
    merges.unlink()
    with pytest.raises(DataError, match="merges.txt"):
        BytePairs.from_pretrained(tmp_path)


def test_mistakes_are_named() -> None:
    with pytest.raises(DataError, match="comes before they are made"):
        BytePairs([(b"lo", b"w")])
    bpe = BytePairs([])
    with pytest.raises(DTypeError, match="expected a string"):
        bpe.encode(b"low")                              # type: ignore[arg-type]
    with pytest.raises(DataError, match="lone surrogate"):
        bpe.encode("\ud800")
    with pytest.raises(RangeError, match="merges must be an integer from 0, got -1"):
        BytePairs.learn("low", -1)
    with pytest.raises(RangeError, match="id 999 is not in the vocabulary of 257"):
        bpe.decode([65, 999])
