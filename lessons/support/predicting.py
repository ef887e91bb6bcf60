"""Classifying a sentence with the classifier that the text lesson has saved."""
from __future__ import annotations

import sys
from pathlib import Path

import minigrad
from minigrad.errors import DataError
from minigrad.text import BertForSequenceClassification, BertTokenizer

from ..player.shell import command

CLASSES = ("negative", "positive")


def predict_sentence(folder: Path, sentence: str) -> int:
    """Print the class and its probability; 1 with a message when there is no classifier, or no text."""
    try:
        model = BertForSequenceClassification.from_pretrained(folder)
        tokenizer = BertTokenizer.from_pretrained(folder)
        longest = model.config.max_position_embeddings
        inputs = tokenizer(sentence.split("\n"), truncation=True, max_length=longest, padding=True,
                           return_tensors="pt").without("token_type_ids")
    except DataError as error:
        print(error, file=sys.stderr)
        if not folder.is_dir():
            print("No classifier has been saved there. Train one first: "
                  f"{command('-m', 'lessons', 'text_classifier')} (or name the --output folder of an earlier "
                  "run).", file=sys.stderr)
        return 1
    with minigrad.no_grad():
        shares = model(**inputs).softmax(1).tolist()                # (sentences, 2)
    for line, ids, share in zip(sentence.split("\n"), inputs["input_ids"].tolist(), shares):
        best = share.index(max(share))
        print(f"{CLASSES[best]}  {share[best]:.4f}   {line}")
        unknown = ids.count(tokenizer.unk)
        if unknown:
            print(f"          {unknown} words are not in its vocabulary and were read as [UNK]")
    return 0
