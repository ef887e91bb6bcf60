"""The sentences that the text lesson trains on: SST-2, or those that can always be had."""
from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minigrad.errors import DataError
from minigrad.text import SST2, BertTokenizer, RenderedReviews, find_vocabulary

from .options import Options, from_least

NOTICE = """\
SST-2 is not here ({reason})
This run uses RenderedReviews instead, sentences made by a small grammar. They
are easier than real reviews: the accuracies below say nothing about SST-2. For
real SST-2, 7 MB: run this again with a network connection, or put train.tsv
and dev.tsv into a folder named sst2 and give --data with the folder it is in."""


class TextOptions(Options):
    """The options of a lesson on text."""

    sentences: int | None
    weights: str | None
    predict: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that only the lesson on text has."""
    parser.add_argument("--epochs", type=from_least(1), metavar="N",
                        help="passes over the training data (3)")
    parser.add_argument("--sentences", type=from_least(40), metavar="N",
                        help="train on the first N sentences only")
    parser.add_argument("--data", default="sst2", metavar="WHAT",
                        help="sst2, rendered (made here by a grammar), or a folder with sst2/ in it (sst2)")
    parser.add_argument("--weights", metavar="WHAT",
                        help="fine-tune published weights: a folder with config.json, vocab.txt and "
                        "model.safetensors, or bert-base-uncased (a download of 440 MB)")
    parser.add_argument("--predict", metavar="SENTENCE",
                        help="classify a sentence with the saved classifier, and do nothing else")


class Part(NamedTuple):
    """Sentences and their labels: 0 negative, 1 positive."""

    texts: list[str]
    labels: np.ndarray


class Sentences:
    """Sentences to train on and to test with, and a tokenizer with a vocabulary for them.

    ``notice`` says, if they are not what was asked for, why, and what to do about it.
    """

    def __init__(self, options: TextOptions) -> None:
        self.notice = ""
        count = options.sentences or (3000 if options.quick else None)
        try:
            self._read(options.data, count, options.weights)
        except DataError as error:
            if options.data != "sst2" or options.weights is not None:
                raise
            self._read("rendered", count, None)
            self.notice = NOTICE.format(reason=str(error).splitlines()[0])

    def _read(self, choice: str, count: int | None, weights: str | None) -> None:
        if choice == "rendered":
            self.name = "RenderedReviews"
            train: RenderedReviews | SST2 = RenderedReviews(count or 6000)
            dev: RenderedReviews | SST2 = RenderedReviews(500, "dev")
            self.tokenizer = BertTokenizer(RenderedReviews.vocabulary())
        else:
            root = None if choice == "sst2" else Path(choice).expanduser()
            if root is not None and not root.is_dir():
                raise DataError(f"--data {choice}: there is no such folder. Give sst2, rendered, or a folder "
                                "with sst2/train.tsv and sst2/dev.tsv.")
            self.name = "SST-2"
            train, dev = SST2(root, "train"), SST2(root, "dev")
            if weights is None:
                self.tokenizer = BertTokenizer(find_vocabulary(root))
        if weights is not None:
            self.tokenizer = BertTokenizer.from_pretrained(weights)
        self.train = Part(train.texts[:count], train.labels[:count])
        self.dev = Part(dev.texts, dev.labels)

    def __str__(self) -> str:
        return (f"{self.name}: {len(self.train.texts):,} sentences to train on, {len(self.dev.texts):,} to "
                f"test with;\na vocabulary of {len(self.tokenizer):,} pieces")
