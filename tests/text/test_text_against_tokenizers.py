"""The same ids as Hugging Face's ``tokenizers``: on SST-2, on odd texts, on every old code point."""
from __future__ import annotations

import random
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from minigrad.text import BertTokenizer, basic_tokenize

tokenizers = pytest.importorskip("tokenizers", reason="pip install -e '.[text]' for the comparison")

TORTURE = [
    "", " ", "\t\n\r", "\x00", "\x00a\x01b\x7f", "a\u00a0b\u2003c\u3000d", "\u200b\u200c\u200d\ufeff",
    "😀", "a😀b 👩‍👩‍👧‍👦 🇩🇪 👍🏽", "中文字符和English混合123", "日本語のテキスト",
    "한국어 텍스트", "𠀀𪜀豈",
    "Ünïcödé àéîõü ÅØ ß ﬁ ŉ",
    "e\u0301 n\u0303 a\u0323\u0302 " + "a" + "\u0301" * 200, "İstanbul ΣΊΣΥΦΟΣ Σ ς ǅ",
    "x" * 10_000, "x" * 100, "x" * 101, "é" * 100, "é" * 101, "e\u0301" * 101, "ab " * 3000, "." * 3000,
    "\u0301", "\ufffd\ufffd", "\ue000 private \uf8ff",
    "\u202eright\u202c \u00ad soft", "१२३ ٣ ½ ² Ⅷ ℃ ™",
    "$5+3=8 <b>`x`</b> a^b c|d ~e", "¿Qué? ¡No! «Oui» „Nein“ – — … ‹›", "can't won't it's o'clock I'M",
    "[CLS] [SEP] [MASK] [PAD] [UNK]", "a[SEP]b", "[sep] [ SEP ] [SEP", "[[CLS]]", "##a ## #a a##b",
    "https://example.org/a_b?c=d&e=f#g", "e-mail: a.b@c.de",
    "tab\tnew\nline\r\nend\x0b\x0c\x85\u2028\u2029.",
    "ⅷ Ⓐ ｆｕｌｌ ﬀ ℌ", "שָׁלוֹם", "مَرْحَبًا", "ไทยแลนด์", "नमस्ते",
    "\U0001d400\U0001d401", "\U0010ffff \u0378",
    "unaffable antidisestablishmentarianism supercalifragilisticexpialidocious",
    "'" * 7, "\u00b7\u00a7\u00b6",
]


@pytest.fixture(scope="module")
def both(vocabulary: Path) -> tuple[BertTokenizer, Any]:
    return (BertTokenizer(vocabulary),
            tokenizers.BertWordPieceTokenizer(str(vocabulary), lowercase=True))


def fields(encoding: Any) -> tuple[list[int], list[int], list[int]]:
    """Ids, segments and mask of what ``tokenizers`` returned."""
    return encoding.ids, encoding.type_ids, encoding.attention_mask


def ours(encoding: Any) -> tuple[list[int], list[int], list[int]]:
    return encoding["input_ids"], encoding["token_type_ids"], encoding["attention_mask"]


@pytest.mark.parametrize("number", range(len(TORTURE)))
def test_odd_texts_have_the_same_ids(both: tuple[BertTokenizer, Any], number: int) -> None:
    mine, theirs = both
    text = TORTURE[number]
    expected = theirs.encode(text)
    assert mine(text)["input_ids"] == expected.ids
    assert mine.tokenize(text) == expected.tokens[1:-1]
    for skip in (True, False):
        assert mine.decode(expected.ids, skip) == theirs.decode(expected.ids, skip_special_tokens=skip)


def test_lines_of_sst2_have_the_same_ids(both: tuple[BertTokenizer, Any], sst2_folder: Path) -> None:
    mine, theirs = both
    lines = (sst2_folder / "train.tsv").read_text(encoding="utf-8").split("\n")[1:4001]
    lines += (sst2_folder / "test.tsv").read_text(encoding="utf-8").split("\n")[1:1001]
    assert len(lines) == 5000
    expected = theirs.encode_batch(lines)
    assert mine(lines)["input_ids"] == [e.ids for e in expected]
    decoded = theirs.decode_batch([e.ids for e in expected])
    assert mine.batch_decode([e.ids for e in expected], skip_special_tokens=True) == decoded


@pytest.mark.parametrize("limit", [2, 3, 8, 20])
def test_truncation_and_padding_are_the_same(both: tuple[BertTokenizer, Any], limit: int) -> None:
    mine, theirs = both
    texts = [text for text in TORTURE if len(text) < 500]
    theirs.enable_truncation(limit)
    theirs.enable_padding(length=limit)
    try:
        expected = [fields(e) for e in theirs.encode_batch(texts)]
    finally:
        theirs.no_truncation()
        theirs.no_padding()
    found = mine(texts, max_length=limit, truncation=True, padding="max_length")
    assert list(zip(*ours(found))) == expected


@pytest.mark.parametrize("limit", [3, 4, 5, 9, 16, None])
def test_pairs_are_cut_the_same(both: tuple[BertTokenizer, Any], limit: int | None) -> None:
    mine, theirs = both
    rng = random.Random(0)
    pairs = [("a b " * rng.randrange(9), "c d e " * rng.randrange(9)) for _ in range(100)]
    if limit is not None:
        theirs.enable_truncation(limit)
    try:
        expected = [fields(e) for e in theirs.encode_batch(pairs)]
    finally:
        theirs.no_truncation()
    a, b = zip(*pairs)
    found = mine(list(a), list(b), truncation=limit is not None, max_length=limit)
    assert list(zip(*ours(found))) == expected


def test_cased_is_the_same(vocabulary: Path) -> None:
    mine = BertTokenizer(vocabulary, lower_case=False)
    theirs = tokenizers.BertWordPieceTokenizer(str(vocabulary), lowercase=False)
    assert mine(TORTURE)["input_ids"] == [e.ids for e in theirs.encode_batch(TORTURE)]


def test_every_code_point_of_unicode_3_2_is_treated_the_same() -> None:
    """All but four whose category Unicode has changed since; ``tokenizers`` has an older table."""
    normalizer = tokenizers.normalizers.BertNormalizer()
    splitter = tokenizers.pre_tokenizers.BertPreTokenizer()
    old, differ = unicodedata.ucd_3_2_0, []
    for code in range(0x110000):
        c = chr(code)
        if 0xD800 <= code < 0xE000 or old.category(c) == "Cn":
            continue
        text = f"A{c}b {c}"
        words = [word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))]
        if words != basic_tokenize(text):
            differ.append(code)
    assert all(old.category(chr(code)) != unicodedata.category(chr(code)) for code in differ)
    assert set(differ) <= {0x166D, 0x1734, 0x1885, 0x1886}
