# ---
# title: BERT, from words to a network
# documents: A §5
# time: 10 s
# needs: SST-2, 7 MB
# ---

# %% [markdown]
"""
# Does this sentence praise the film?

**You will know** every part of BERT, from splitting words to the scores,
because you have seen each one built.
**Time:** 35 minutes. **You need:** lesson 35 (self attention).

Document A (§5.2) ends with a program for "large models": a text classifier
(文本分类) made of a published network, BERT, and one linear layer on top. It
takes tokenizer (分词器) and network ready from a library. Here both are built
by hand, in `minigrad/text/`; the program stays the same, line by line.

The document starts from published weights (预训练, pre-training), 440 MB of
them. We start from random numbers, with a BERT small enough for two processor
cores. `--weights bert-base-uncased` or `--weights FOLDER` takes published
weights instead. Lesson 37 (text classifier) then trains it.
"""

# %% tags=["hidden"]
import sys
import textwrap
from pathlib import Path
from typing import Any

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


import minigrad
from lessons.support.sentences import Sentences, add_options
from lessons.figures.lengths import lengths_of
from lessons.support import begin, picture, read_options, write_results
from minigrad import nn
from minigrad.data import DataLoader
from minigrad.text import (BertConfig, BertForSequenceClassification,
                           BertModel, EncodedTexts, LengthBuckets,
                           basic_tokenize)

options = read_options("bert_by_hand", "BERT, from words to a network.",
                       resumable=True, more=add_options)
begin(options)

# %% [markdown]
"""
## Sentences

SST-2, the Stanford Sentiment Treebank: phrases from film reviews, each with a
label, 0 for blame and 1 for praise. Most of the 67,349 training phrases are
short; the 872 test sentences are whole ones.
"""

# %%
data = Sentences(options)
if data.notice:
    print(data.notice, end="\n\n")
print(data, end="\n\n")
for i in (0, 1, 2, 3):
    print(f"  {data.dev.labels[i]}  {data.dev.texts[i][:74]}")

# %% [markdown]
"""
## From words to numbers

A network computes with numbers, and a table of all words would never be
complete: there is always a word that was not in it. BERT's answer is WordPiece.
First the text is cut into words and marks, in small letters and without
accents. Then each word is cut into pieces (子词) from a fixed vocabulary
(词表), always the longest piece that fits; a piece inside a word is written
with ##.

Three special tokens: [CLS] stands first and will stand for the whole sentence,
[SEP] ends it, [PAD] (填充, padding) fills short sentences up, for a batch must
be a rectangle. The attention mask says which positions are real.
"""

# %%
tokenizer = data.tokenizer
text = "The plot isn't unwatchable, but très clumsy!"
print(f"text    {text}")
print(f"words   {' '.join(basic_tokenize(text))}")
pieces = " ".join(tokenizer.tokenize(text))
print(textwrap.fill(f"pieces  {pieces}", 79, subsequent_indent=" " * 8) + "\n")
encoded = tokenizer(["a clumsy film", "a film"], padding=True)
for name in ("input_ids", "attention_mask"):
    print(f"{name:15} {encoded[name][0]}\n{'':15} {encoded[name][1]}")
print(f"and back: {tokenizer.batch_decode(encoded['input_ids'])}")
assert encoded["attention_mask"][1][-1] == 0
assert encoded["input_ids"][1][-1] == tokenizer.pad
assert tokenizer.decode(encoded["input_ids"][0],
                        skip_special_tokens=True) == "a clumsy film"

# %% [markdown]
"""
## Most of it is padding

The document's `preprocess` pads every text to 128 positions. Every position
costs time, also an empty one. It is enough to pad each batch to its longest
text. And if texts of similar length come into one batch, hardly any padding is
left: shuffle all, cut into buckets of 50 batches, sort each bucket by length,
cut it into batches, and take these in random order.
"""

# %%
max_seq_length = 128
BATCH, BATCHES = 32, 50


def preprocess(texts: list[str], labels: Any) -> tuple[Any, Any]:
    """The document's function, as printed."""
    inputs = tokenizer(texts, max_length=max_seq_length, padding="max_length",
                       truncation=True, return_tensors="pt")
    return inputs, labels


inputs, labels = preprocess(data.dev.texts[:2], data.dev.labels[:2])
assert inputs["input_ids"].shape == (2, 128)
assert list(labels) == data.dev.labels[:2].tolist()

train_set = EncodedTexts(tokenizer, *data.train, max_length=max_seq_length)
minigrad.manual_seed(options.seed)
orders = {
    "all to 128": None,
    "to the longest of a batch": LengthBuckets(train_set.lengths, BATCH, 1),
    "in buckets": LengthBuckets(train_set.lengths, BATCH, BATCHES)
}
positions = {}
print(f"positions in an epoch, {int(train_set.lengths.sum()):,} of them "
      "tokens")
for name, order in orders.items():
    wide = 0
    for batch, _ in DataLoader(train_set, batch_size=BATCH, sampler=order):
        ids = batch["input_ids"]                            # (N, L)
        wide += ids.numel() if order else len(ids) * max_seq_length
    positions[name] = wide
    share = train_set.lengths.sum() / wide
    print(f"  {name:26} {wide:12,}   {share:6.1%} are tokens")
assert (positions["in buckets"] < positions["to the longest of a batch"]
        < positions["all to 128"])

# %% tags=["hidden"]
picture(lengths_of(train_set.lengths, max_seq_length), options, "lengths")

# %% [markdown]
"""
## The network

The document's class, with a small BERT instead of the published one:

    input_ids (N, L) →  embeddings (N, L, D)       token + position, normalized
                     →  layer 1, layer 2 (N, L, D) attention, 2 linear layers
                     →  pooler (N, D)              tanh(W h + b) of h at [CLS]
                     →  classifier (N, 2)          a score for each class

A layer is the attention of lesson 34 (attention), with several heads, followed
by LayerNorm (layer normalization) and a small network at each position, both
with a residual (残差): x + f(x). `minigrad/text/bert.py` has all of it in 300
lines.
"""

# %%
if options.quick:
    SMALL = BertConfig(len(tokenizer), hidden_size=32, num_hidden_layers=1,
                       num_attention_heads=2, intermediate_size=64,
                       max_position_embeddings=128, initializer_range=0.15)
else:
    SMALL = BertConfig(len(tokenizer), hidden_size=128, num_hidden_layers=2,
                       num_attention_heads=2, intermediate_size=512,
                       max_position_embeddings=128)
SMALL.hidden_dropout_prob = 0.0 if options.quick else 0.3


class BertClassifier(nn.Module):
    """The document's network; ``bert`` is a new BertModel, or a published one.
    """

    def __init__(self, bert: BertModel):
        super(BertClassifier, self).__init__()
        self.bert = bert
        self.classifier = nn.Linear(self.bert.config.hidden_size, 2)

    def forward(self, input_ids, attention_mask):
        outputs = self.bert(input_ids=input_ids, attention_mask=attention_mask)
        logits = self.classifier(outputs.pooler_output)
        return logits


def network(config: BertConfig = SMALL) -> BertClassifier:
    """A new network with random weights; the same ones each time."""
    minigrad.manual_seed(options.seed)
    return BertClassifier(BertModel(config)).to(options.device)


model = network()
ends = nn.ModuleList([model.bert.pooler, model.classifier])
sizes = {"embeddings": model.bert.embeddings, "layers": model.bert.encoder,
         "pooler and classifier": ends}
for name, part in sizes.items():
    print(f"{name:22} {sum(p.numel() for p in part.parameters()):10,} "
          "parameters")
d, inner = SMALL.hidden_size, SMALL.intermediate_size
per_layer = 4 * (d + 1) * d + 4 * d + (2 * d + 1) * inner + d
assert sum(p.numel() for p in model.bert.encoder.parameters()) \
    == SMALL.num_hidden_layers * per_layer

# %% [markdown]
"""
## What the document's program does when it is run

Three things that one only sees by running it.
"""

# %%
two_texts = tokenizer(["a fine film", "a dull film"], padding=True,
                      return_tensors="pt")
try:
    model(**two_texts.to(options.device))
    complaint = "none"
except TypeError as error:
    complaint = str(error).replace("BertClassifier.", "")

criterion = nn.CrossEntropyLoss()
try:
    # as a file of texts has them
    criterion(minigrad.zeros(2, 2), ["positive", "negative"])
    refused = False
except (TypeError, ValueError, AttributeError):
    refused = True

# a random BERT, saved as a published one is
published = options.output / "published"
tiny = BertConfig(len(tokenizer), 16, 1, 2, 16)
BertForSequenceClassification(tiny).save_pretrained(published)
loaded = BertClassifier(BertModel.from_pretrained(published))
modes = loaded.training, loaded.bert.training
print(f"\nAs built: model.training {modes[0]}, model.bert.training {modes[1]}")
assert loaded.bert.train().training
print(f"\nWhere the tensors of that file went: {loaded.bert.report}")

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="bert_by_hand")

# %% [markdown]
"""
## What to remember

- WordPiece turns any text into ids from a fixed vocabulary; the attention
  mask marks what is padding.
- BERT is embeddings, then layers of attention and a small network, each with
  residual and LayerNorm.
- Batches of texts of similar length save most of the time; padding to a fixed
  length wastes it.
- `from_pretrained` returns a network in evaluation mode: call `train()`
  before training it.
"""
