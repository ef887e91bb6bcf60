# ---
# title: a text classifier on BERT
# documents: A §5
# time: 18 min
# needs: SST-2, 7 MB
# ---

# %% [markdown]
"""
# Training a text classifier

**You will know** how BERT is trained on sentences, what a large step undoes,
and what it looks at.
**Time:** 40 minutes. **You need:** lesson 36 (bert by hand).

Tokenizer and network are those of lesson 36 (bert by hand). Now they learn
whether a sentence praises a film. When the lesson is over, the classifier is
saved:

    python -m lessons text_classifier --predict "a film of rare warmth"
"""

# %% tags=["hidden"]
import json
import sys
import time
from pathlib import Path
from typing import Any, Callable

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support.predicting import predict_sentence
from lessons.support.sentences import add_options
from lessons.support import (Progress, appendix, begin, earlier, picture,
                             read_options, recorded, write_results)
from minigrad import optim, plot
from minigrad.data import DataLoader
from minigrad.text import (BertConfig, BertForSequenceClassification,
                           BertModel, EncodedTexts, LengthBuckets)
from minigrad.train import one_cycle

options = read_options("text_classifier", "A text classifier on BERT.",
                       resumable=True, more=add_options)
saved = options.output / "classifier"
if options.predict is not None:
    sys.exit(predict_sentence(saved, options.predict))
past = recorded("text_classifier")
num_epochs = options.epochs = options.epochs or (2 if options.quick else 3)
begin(options)
carried = earlier("bert_by_hand")
(BATCH, BATCHES, BertClassifier, SMALL, criterion, data, max_seq_length,
 network, positions, tokenizer, train_set) = map(carried.get, (
    "BATCH BATCHES BertClassifier SMALL criterion data "
    "max_seq_length network positions tokenizer train_set").split())
if data.notice:
    print(data.notice, end="\n\n")
print(data)


# %% [markdown]
"""
## The training loop

As printed (§5.2.3), with what is left open filled in: which optimizer and
learning rate, and how many batches at most. `rate(t)` gives the learning rate
at the share t of the training. `model.train()` turns dropout on. One more thing
is new, word dropout: in training one word in ten is replaced by [MASK], so that
the network cannot rely on any single word.
"""

# %%
WORD_DROPOUT = 0.02 if options.quick else 0.1


def hide_words(inputs: Any, random: np.random.Generator) -> Any:
    """The batch with a share of its words replaced by [MASK]; special tokens
    stay.
    """
    ids = inputs["input_ids"].numpy().copy()
    words = ~np.isin(ids, list(tokenizer.special_ids))
    ids[words & (random.random(ids.shape) < WORD_DROPOUT)] = tokenizer.mask
    return type(inputs)(inputs, input_ids=minigrad.tensor(ids))


def train(
    model: BertClassifier, optimizer: Any, rate: Callable[[float], float],
    epochs: int, train_data: DataLoader, most: int | None = None,
    hide: np.random.Generator | None = None, losses: list[float] | None = None,
    after_epoch: Callable[[list[float]], None] = lambda losses: None
) -> list[float]:
    """The loss of every batch; stops after ``most`` batches.

    ``hide`` draws the words to hide; ``losses`` are those of done epochs.
    """
    losses = losses or []
    total = min(epochs * len(train_data), most or epochs * len(train_data))
    for epoch in range(len(losses) // len(train_data), epochs):
        model.train()
        for batch in train_data:
            optimizer.param_groups[0]["lr"] = rate(len(losses) / total)
            inputs, labels = batch
            inputs = (hide_words(inputs, hide) if hide else inputs).to(
                options.device)
            model.zero_grad()
            logits = model(**inputs)
            loss = criterion(logits, labels.to(options.device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if len(losses) == total and most:
                return losses
        print(f"  Epoch [{epoch + 1}/{epochs}], Loss: "
              f"{np.mean(losses[-len(train_data):]):.4f}",
              flush=True)
        after_epoch(losses)
    return losses


def loader(most: int | None = None) -> DataLoader:
    """Batches in buckets, in the same order each time."""
    generator = minigrad.Generator().manual_seed(options.seed)
    order = LengthBuckets(train_set.lengths, BATCH, BATCHES, generator)
    return DataLoader(train_set, batch_size=BATCH, sampler=order)


test_set = EncodedTexts(tokenizer, *data.dev, max_length=max_seq_length)


def accuracy_of(model: BertClassifier) -> float:
    """The document's test loop (§5.2.4), in evaluation mode: a share from 0 to
    1.
    """
    test_data = DataLoader(test_set, batch_size=64)
    model.eval()
    with minigrad.no_grad():
        correct = 0
        total = 0
        for batch in test_data:
            inputs, labels = batch
            logits = model(**inputs.to(options.device))
            _, predicted = minigrad.max(logits, 1)
            total += labels.size(0)
            correct += (predicted.cpu() == labels).sum().item()
    return correct / total


# %% [markdown]
"""
## Training

AdamW, a learning rate that rises to 5·10⁻⁴ over the first tenth and then falls
to 0 along half a cosine, dropout, word dropout. With `--weights` it rises to
3·10⁻⁵ only: published weights are good already, and large steps would destroy
them.
"""

# %%
PEAK = (6e-3 if options.quick else 5e-4) if options.weights is None else 3e-5
WARMUP, DECAY = 0.1, 0.01
if options.weights is not None:
    found = BertModel.from_pretrained(options.weights)
    print(f"published weights: {found.report}\n")
    model = BertClassifier(found).to(options.device)
else:
    model = network()
optimizer = optim.AdamW(model.parameters(), lr=PEAK, weight_decay=DECAY)
train_data, words = loader(), np.random.default_rng(options.seed)
print(f"rate up to {PEAK}, batches of {BATCH}, {num_epochs} epochs of "
      f"{len(train_data)} batches")

progress = Progress(
    "training", options, {
        "seed": options.seed, "epochs": num_epochs, "data": data.name,
        "sentences": len(train_set), "weights": options.weights
    }, model=model, optimizer=optimizer, loader=train_data)
done = progress.restore()  # {} unless --resume found something
accuracies: list[float] = done.get("accuracies", [])
if done:
    words.bit_generator.state = json.loads(done["words"])
    print(f"going on after epoch {len(accuracies)}: accuracy "
          f"{100 * accuracies[-1]:.2f}%")
began = time.perf_counter() - done.get("seconds", 0.0)


def after_epoch(losses: list[float]) -> None:
    """The accuracy on the test sentences; and all that is needed to go on from
    here.
    """
    accuracies.append(accuracy_of(model))
    print(f"  Accuracy: {100 * accuracies[-1]:.2f}%", flush=True)
    progress.save(losses=losses, accuracies=accuracies,
                  words=json.dumps(words.bit_generator.state),
                  seconds=time.perf_counter() - began)


losses = train(model, optimizer, one_cycle(PEAK, WARMUP), num_epochs,
               train_data, hide=words, losses=done.get("losses"),
               after_epoch=after_epoch)
seconds = time.perf_counter() - began
print(f"trained in {seconds / 60:.1f} min, "
      f"{1000 * seconds / len(losses):.0f} ms a step")
error = float(np.sqrt(accuracies[-1] * (1 - accuracies[-1]) / len(test_set)))
print(f"test accuracy {accuracies[-1]:.4f}, standard error {error:.4f} "
      "(lesson 27, model selection)")

# %% [markdown]
"""
The first epoch does most of it. Then the training loss goes on falling while
the test accuracy hardly moves: 4 million weights, most of them in the table of
pieces, can learn 67,349 phrases by heart. Word dropout holds that back.
Published weights know more, from having read 3.3 billion words: BERT's authors
report 0.935 with them on SST-2's test set (Devlin et al. 2019, table 1). That
was not run here.

## The learning rate of the document

`optim.Adam(model.parameters(), lr=0.001)`, constant from the first step. The
document takes weights that are good already. So are ours now: what do a hundred
steps at that rate do to them? Beside it the same rate with a warm-up
(学习率预热), which raises it in a straight line over the first tenth and then
lowers it to 0; and 3·10⁻⁵, which is what BERT's authors advise for fine-tuning
(微调): 2·10⁻⁵ to 5·10⁻⁵.
"""

# %%
WAYS: dict[str, tuple[float, Callable[[float], float]]] = {
    "1e-3, as printed": (1e-3, lambda t: 1e-3),
    "1e-3 with warm-up": (1e-3, one_cycle(1e-3, WARMUP))}
TUNED = {**WAYS, "3e-5 with warm-up": (3e-5, one_cycle(3e-5, WARMUP))}
TUNING_STEPS = 8 if options.quick else 100
tuned: dict[str, float] = {}
print(f"the trained network, accuracy {accuracies[-1]:.4f}, trained on for "
      f"{TUNING_STEPS} steps")
for name, (peak, rate) in TUNED.items():
    other = network(model.bert.config)
    other.load_state_dict(model.state_dict())
    minigrad.manual_seed(options.seed)
    train(other, optim.Adam(other.parameters(), lr=peak), rate, 1, loader(),
          most=TUNING_STEPS)
    tuned[name] = accuracy_of(other)
    print(f"  {name:20} test accuracy {tuned[name]:.4f}")

# %% [markdown]
"""
Now from random weights. Published BERTs have 12 layers, ours has 2. Both depths
(the deep network is only 64 wide), as printed, with warm-up, and with a third
of the rate.
"""

# %%
STEPS = 24 if options.quick else 300
TRIED = {**WAYS, "3e-4 with warm-up": (3e-4, one_cycle(3e-4, WARMUP))}
layers, wide, inner = (3, 32, 64) if options.quick else (12, 64, 256)
DEEP = BertConfig(**{**vars(SMALL), "num_hidden_layers": layers,
                     "hidden_size": wide, "intermediate_size": inner,
                     "hidden_dropout_prob": 0.1})
trials: dict[str, dict[str, float]] = {}
curves: dict[str, list[float]] = {}
for config in (SMALL, DEEP):
    print(f"{config.num_hidden_layers} layers, {STEPS} steps")
    for name, (peak, rate) in TRIED.items():
        other = network(config)
        found = train(other, optim.Adam(other.parameters(), lr=peak), rate,
                      num_epochs, loader(), most=STEPS)
        key = f"{config.num_hidden_layers} layers, {name}"
        curves[key] = found
        trials[key] = {
            "loss": float(np.mean(found[-STEPS // 6:])),
            "test_accuracy": accuracy_of(other)
        }
        print(f"  {name:20} loss at the end {trials[key]['loss']:.4f}   test "
              f"accuracy {trials[key]['test_accuracy']:.4f}")

with plot.figure(10, 4.4, "The first steps, by learning rate") as fig:
    looks = ((plot.ORANGE, "-"), (plot.BLUE, "--"), (plot.GREEN, ":"))
    for ax, config in zip(fig.subplots(1, 2, sharey=True), (SMALL, DEEP)):
        for name, (color, style) in zip(TRIED, looks):
            values = np.array(
                curves[f"{config.num_hidden_layers} layers, {name}"])
            window = max(1, STEPS // 12)
            smooth = np.convolve(values, np.ones(window) / window, "valid")
            ax.plot(np.arange(len(smooth)) + window, smooth, style,
                    color=color, label=name)
        ax.axhline(np.log(2), color=plot.GRAY, linewidth=1.2)
        plural = "s" if config.num_hidden_layers > 1 else ""
        ax.set(title=f"{config.num_hidden_layers} layer{plural}",
               xlabel="step", ylim=(None, 0.76))
    fig.axes[0].set_ylabel("loss (mean of the last steps)")
    fig.axes[0].text(STEPS * 0.98,
                     np.log(2) + 0.004, "guessing: ln 2", ha="right",
                     fontsize=11)
    fig.axes[0].legend(loc="lower left")
picture(fig, options, "learning_rates")

# %% [markdown]
"""
## What it looks at

The attention of the last layer, as in lesson 34 (attention): row i says which
positions the word at i takes its information from, and the rows add up to 1.
The first row is [CLS], whose result alone decides.
"""

# %%
SENTENCES = ["the plot is not funny .", "the acting is superb !",
             "nobody would call this film dull ."]
with plot.figure(10, 4.2, "Attention of the last layer, all heads") as fig:
    model.eval()
    for ax, sentence in zip(fig.subplots(1, 3), SENTENCES):
        inputs = tokenizer(sentence.splitlines(),
                           return_tensors="pt").without("token_type_ids")
        with minigrad.no_grad():
            outputs = model.bert(**inputs.to(options.device),
                                 output_attentions=True)
            scores = model.classifier(outputs.pooler_output)        # (1, 2)
        shares = scores.softmax(1)[0].tolist()
        maps = outputs.attentions[-1][0].mean(0).cpu().numpy()  # (L, L)
        assert np.allclose(maps.sum(1), 1, atol=1e-5), "every row adds up to 1"
        names = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])
        ax.imshow(maps, cmap="Blues", vmin=0, vmax=max(0.5, float(maps.max())))
        ax.set_xticks(range(len(names)), names, rotation=90, fontsize=10)
        ax.set_yticks(range(len(names)), names, fontsize=10)
        ax.tick_params(length=0)
        ax.set_title(("negative", "positive")[int(shares[1] > 0.5)]
                     + f" {max(shares):.2f}", fontsize=12)
        seen = ", ".join(f"{names[i]} {maps[0, i]:.2f}"
                         for i in np.argsort(-maps[0])[:3])
        print(f"  {sentence}\n    positive {shares[1]:.4f}   [CLS] looks at "
              f"{seen}")
picture(fig, options, "attention")

# %% [markdown]
"""
In the recorded run the first two sentences are read rightly, the third is not:
[CLS] looks at "nobody", but in 67,349 phrases there was too little to learn
from that it turns "dull" into praise.

## Saving it, and asking it

Configuration, weights and vocabulary go into one folder, under the names that
published BERTs have; the library that the document uses reads it, too.
"""

# %%
keep = BertForSequenceClassification(model.bert.config)
keep.load_state_dict({name: tensor.cpu()
                      for name, tensor in model.state_dict().items()})
keep.save_pretrained(saved)
tokenizer.save_pretrained(saved)
print(f"saved in {saved}:")
print(" ", ", ".join(sorted(path.name for path in saved.iterdir())))
assert predict_sentence(saved, SENTENCES[1]) == 0
again = BertForSequenceClassification.from_pretrained(saved)
batch, _ = test_set.get_batch(np.arange(8))
with minigrad.no_grad():
    mine, theirs = keep.eval()(**batch), again(**batch)
assert np.array_equal(mine.numpy(), theirs.numpy()), "the same scores"

# %% tags=["hidden"]
write_results(options.output / "results.json", options,
              lesson="text_classifier", data=data.name,
              train_sentences=len(train_set), test_sentences=len(test_set),
              weights=options.weights, test_accuracy=accuracies[-1],
              by_epoch=accuracies, training_seconds=round(
                  seconds, 1), tokens=int(train_set.lengths.sum()),
              positions=positions, trials=trials, steps=STEPS, tuned=tuned,
              tuning_steps=TUNING_STEPS, peak_rate=PEAK,
              word_dropout=WORD_DROPOUT, dropout=SMALL.hidden_dropout_prob)
print(f"\nPictures and results.json are in {options.output}.")
if data.notice:
    print(f"\n{data.notice}")
if len(losses) > 100:
    assert np.mean(losses[-20:]) < np.log(2), "it has learned something"
if data.name == "SST-2" and len(train_set) > 60_000:
    assert accuracies[-1] > 0.78, \
        "seeds differ by a standard error, 0.014, or so"

# %% [markdown]
"""
## What to remember

- Fine-tuning wants small steps: 1e-3 undoes a part of what trained weights
  know.

## Things to try

- Exercise 15 (`python -m lessons check 15`): attention by hand, forward and
  backward.
- `--predict "not bad at all"`, and other sentences that turn a word round.
  Where does it fail?
- `--data rendered`: a language of 100 words. How few sentences are enough for
  0.99?
"""

# %% tags=["hidden", "audit"]
appendix("text_classifier", {**carried, **globals()})
