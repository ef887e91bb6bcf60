# ---
# title: translation
# documents: A §6.1, B §6.1, E §6.1
# time: 3 min
# needs:
# ---

# %% [markdown]
"""
# Translation: an encoder, a decoder, and a look back

**You will know** how one sequence becomes another of a different length and
order, what attention is for there, and how to search for the best sentence.
**Time:** 60 minutes. **You need:** lesson 47 (recurrent networks).

Documents A, B and E (§6.1) name machine translation (机器翻译). We translate
into Lumi, a language made up for this lesson. So there is as much to learn from
as we like, and each translation is right or wrong.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures.sequences import alignment, lengths_and_accuracy
from lessons.support import begin, picture, read_options, write_results
from lessons.support.lumi import ENGLISH, LUMI, back, pair
from minigrad import Tensor, nn, optim
from minigrad.nn import functional as F

options = read_options("translation", "Into a language made up for this.")
begin(options)
SEEDS = range(options.seed, options.seed + (1 if options.quick else 3))

# %% [markdown]
"""
## Lumi

    English  forty two old dogs follow the quiet river
    Lumi     kanoi vekoi du e kardek nuna mola surin

The verb comes last and agrees with its subject (-n for many); an adjective
follows its noun and agrees with it in gender (-o, -a) and number (-i); numbers
are turned around, "two and forty". Rules make the pairs, and other rules
translate back: nothing is lost, so a perfect translation exists.
"""

# %%
rng = np.random.default_rng(options.seed)
for clauses in (0, 1, 2, 3):
    for _ in range(200):
        english, lumi = pair(clauses, rng)
        assert back(lumi) == english
english, lumi = pair(1, rng)
print("English  " + " ".join(english) + "\nLumi     " + " ".join(lumi))
print(f"{len(ENGLISH) - 2} English words, {len(LUMI) - 2} of Lumi")

PAD, END = 0, 1
SHOW, LEARN = 99, 2             # a seed for tests; clauses that are learned


def encoded(pairs: list[tuple[list[str], list[str]]]
            ) -> tuple[np.ndarray, np.ndarray]:
    """English (S, N), filled up in front; Lumi (T + 1, N), at the end."""
    rows = [([ENGLISH.index(w) for w in e] + [END],
             [END, *(LUMI.index(w) for w in l), END]) for e, l in pairs]
    source, target = (np.full((max(len(r[k]) for r in rows), len(rows)), PAD)
                      for k in (0, 1))
    for n, (e, l) in enumerate(rows):
        source[len(source) - len(e):, n], target[:len(l), n] = e, l
    return source, target


# %% [markdown]
"""
## Encoder and decoder

The encoder reads the sentence, one GRU from each side. The decoder writes: its
GRU begins where the encoder ended, gets the last word that it wrote, and gives
scores for the next. Without attention that state is all it ever knows of the
sentence, 64 numbers however long it is. With attention (Bahdanau 2015; here in
Luong's form) each step looks back: its state q asks, every place of the source
answers with a key, and the mixture goes into the scores, too:

    p = softmax(q Kᵀ / √H)      scores = tanh([q, p M] W) V

M are the encoder's outputs, K a linear map of them; padding gets −∞.
"""


# %%
class Translator(nn.Module):
    """Encoder, decoder, and attention between them or none."""

    def __init__(self, attention: bool, H: int = 64) -> None:
        super().__init__()
        self.attention, self.H = attention, H
        self.english = nn.Embedding(len(ENGLISH), 32, padding_idx=PAD)
        self.encoder = nn.GRU(32, H, bidirectional=True)
        self.bridge = nn.Linear(2 * H, H)
        self.lumi = nn.Embedding(len(LUMI), 32)
        self.decoder = nn.GRU(32, H)
        self.key = nn.Linear(2 * H, H)
        self.mix = nn.Linear(3 * H if attention else H, H)
        self.head = nn.Linear(H, len(LUMI))

    def read(self, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(S, N) → M (N, S, 2H), what is padding (N, 1, S), state."""
        outputs, h = self.encoder(self.english(source))     # h (2, N, H)
        state = self.bridge(minigrad.cat([h[0], h[1]], -1)).tanh()[None]
        return (outputs.transpose(0, 1),
                (source == PAD).transpose(0, 1)[:, None], state)

    def write(self, words: Tensor, memory: Tensor, padding: Tensor,
              state: Tensor) -> tuple[Tensor, Tensor]:
        """words (T, N) → scores (N, T, V), the state after the last."""
        h, state = self.decoder(self.lumi(words), state)
        q = h.transpose(0, 1)                                   # (N, T, H)
        if self.attention:
            fit = q @ self.key(memory).transpose(1, 2) / self.H ** 0.5
            self.p = F.softmax(fit.masked_fill(padding, -np.inf), -1)
            q = minigrad.cat([q, self.p @ memory], -1)          # (N, T, 3H)
        return self.head(self.mix(q).tanh()), state


def cost(model: Translator, source: np.ndarray, target: np.ndarray) -> Tensor:
    """The decoder gets the right words so far, and is to say the next."""
    scores, _ = model.write(minigrad.tensor(target[:-1]),
                            *model.read(minigrad.tensor(source)))
    wanted = target[1:].T.reshape(-1)
    return F.cross_entropy(scores.reshape(-1, len(LUMI)), minigrad.tensor(
        np.where(wanted == PAD, -100, wanted)))


# %% [markdown]
"""
An exact check first. All T words go through the decoder at once in training,
one by one in writing: the scores must be the same. And padding must not matter:
a sentence gets the same attention alone as beside a longer one.
"""

# %%
minigrad.manual_seed(options.seed)
check = Translator(True).double()
source, target = encoded([pair(k, rng) for k in (1, 3)])
with minigrad.no_grad():
    memory = check.read(minigrad.tensor(source))
    scores, _ = check.write(minigrad.tensor(target[:-1]), *memory)
    state, steps = memory[2], []
    for word in target[:-1]:
        one, state = check.write(minigrad.tensor(word[None]), *memory[:2],
                                 state)
        steps.append(one)
    apart = float((minigrad.cat(steps, 1) - scores).abs().max().item())
    padded = int((source[:, 0] == PAD).sum())
    check.write(minigrad.tensor(target[:-1]), *memory)
    unseen = float(check.p[0, :, :padded].abs().max().item())
print(f"word by word and all at once: {apart:.0e} apart; {padded} places of "
      f"padding get the weight {unseen:.0f}")
assert apart < 1e-12 and unseen == 0

# %% [markdown]
"""
## Learning

A noun phrase alone (0 clauses), one clause or two, new ones in each batch.
Test sentences are drawn from a generator of their own. There are so many (10⁸
of a single clause) that hardly any of them was seen; but there are only 4,860
noun phrases, and about nine in ten of the test's were. Exact match: every word
right, or it counts as wrong. A skeptic with a dictionary who keeps the English
order gets no clause right: the verb moves. Three clauses are longer than
anything learned.
"""


# %%
def fresh(count: int, clauses: int, seed: int = SHOW
          ) -> list[tuple[list[str], list[str]]]:
    """Held-out pairs."""
    random = np.random.default_rng(seed)
    return [pair(clauses, random) for _ in range(count)]


def greedy(model: Translator, source: np.ndarray, longest: int) -> np.ndarray:
    """The likeliest next word, again and again: (T, N)."""
    with minigrad.no_grad():
        memory, padding, state = model.read(minigrad.tensor(source))
        word, said = minigrad.tensor(np.full((1, source.shape[1]), END)), []
        for _ in range(longest):
            scores, state = model.write(word, memory, padding, state)
            word = scores.argmax(-1).transpose(0, 1)            # (1, N)
            said.append(word.numpy()[0])
    return np.array(said)


def exact(model: Translator, clauses: int, count: int = 200) -> float:
    """The share of held-out sentences without a mistake."""
    source, target = encoded(fresh(count, clauses))
    said = greedy(model, source, len(target) - 1)
    return float(((said == target[1:]) | (target[1:] == PAD)).all(0).mean())


def learn(model: Translator, steps: int, seed: int) -> Translator:
    optimizer = optim.Adam(model.parameters(), lr=0.005)
    random = np.random.default_rng(seed)
    for step in range(steps):
        clauses = int(random.integers(LEARN + 1))   # for all: little padding
        loss = cost(model, *encoded([pair(clauses, random)
                                     for _ in range(64)]))
        optimizer.param_groups[0]["lr"] = 0.005 * min(1, 2 - 2 * step / steps)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model


STEPS = 20 if options.quick else 800
CLAUSES = (0, 1, 2, 3)
models, right = {}, {"attention": [], "none": []}
print(f"exact match after {STEPS} steps, clauses:  0      1      2      3")
for name, found in right.items():
    for seed in SEEDS:
        minigrad.manual_seed(seed)
        models[name, seed] = learn(Translator(name == "attention"), STEPS,
                                   seed)
        found.append([exact(models[name, seed], k) for k in CLAUSES])
        print(f"  {name:10} seed {seed}                  "
              + "  ".join(f"{x:.3f}" for x in found[-1]), flush=True)
picture(lengths_and_accuracy(CLAUSES, right, LEARN), options, "lengths")

# %% [markdown]
"""
Without attention everything must fit into 64 numbers, and the same steps teach
it most noun phrases, but hardly a clause. How one notices: it writes fluent
Lumi, with the right endings, about other things. (Whether 64 numbers are too
few, or only slower to learn, these steps can't tell.) Sentences longer than
those learned fail with attention, too: it doesn't teach how to count clauses.
"""

# %%
plain = models["none", options.seed]
for clauses in (0, 1, 2):
    source, target = encoded(fresh(1, clauses, 7))
    said = greedy(plain, source, len(target) - 1)[:, 0]
    said = said[:np.append(said, END).tolist().index(END)]
    print("right  " + " ".join(fresh(1, clauses, 7)[0][1])[:72])
    print("said   " + " ".join(LUMI[i] for i in said)[:72])

# %% [markdown]
"""
## The attention as an alignment

Nobody said which words belong together. Where does each noun of Lumi look when
it is written?
"""

# %%
model = models["attention", options.seed]
shown = fresh(60, 1)
source, target = encoded(shown)
cost(model, source, target)
weights = model.p.detach().numpy()                          # (N, T, S)
on_noun, near_noun, places = 0, 0, 0
for n, (english, lumi) in enumerate(shown):
    nouns = [i for i, w in enumerate(english)
             if w.rstrip("s") in ENGLISH[4:14]]
    written = [t for t, w in enumerate(lumi) if LUMI.index(w) in range(4, 24)]
    for i, t in zip(nouns, written):
        at = weights[n, t].argmax() - (len(source) - len(english) - 1)
        on_noun, near_noun = on_noun + (at == i), near_noun + (abs(at - i) < 2)
        places += 1
print(f"strongest weight on the noun itself {on_noun / places:.2f}, on it or "
      f"a neighbor {near_noun / places:.2f}")
longest = max(range(60), key=lambda n: len(shown[n][0]))
english, lumi = shown[longest]
picture(alignment(weights[longest, :len(lumi) + 1, -len(english) - 1:],
                  [*english, "(end)"], [*lumi, "(end)"]), options, "alignment")

# %% [markdown]
"""
## Greedy and beam search

The likeliest sentence isn't made of the likeliest words. Beam search keeps the
best B beginnings, extends each by every word, and keeps the best B again. B = 1
is greedy; a B as large as there are beginnings misses none, which gives an
exact check: all sentences of up to two words, by enumeration. The network is
random here, with a seed that was picked because greedy goes wrong.
"""


# %%
def beam(model: Translator, source: np.ndarray, width: int, longest: int
         ) -> tuple[float, list[int]]:
    """The best sentence found for source (S, 1): log p, words."""
    with minigrad.no_grad():
        *memory, state = model.read(minigrad.tensor(source))
        words, total = np.full((1, 1), END), np.zeros(1)    # (t, B), (B,)
        ended = [(-np.inf, [])]
        for _ in range(longest):
            same = np.zeros(len(total), int)
            scores, state = model.write(minigrad.tensor(words[-1:]),
                                        memory[0][same], memory[1][same],
                                        state)
            log_p = total[:, None] + F.log_softmax(scores[:, 0], -1).numpy()
            best = np.argsort(-log_p, axis=None)[:width]
            rows, last = np.unravel_index(best, log_p.shape)
            total, state = log_p[rows, last], state[:, rows]
            words = np.concatenate([words[:, rows], last[None]])
            ended += [(float(p), w[1:-1].tolist()) for p, w
                      in zip(total, words.T) if w[-1] == END]
            alive = np.flatnonzero(last != END)
            words, state = words[:, alive], state[:, alive]
            total = total[alive]
            if not len(total) or total.max() < max(ended)[0]:
                break                           # no beginning can overtake
        return max(ended)


minigrad.manual_seed(4)                         # chosen: greedy goes wrong
random_model, V = Translator(True), len(LUMI)
for p in random_model.parameters():
    p.data *= 2                                 # or all words are as likely
random_model.head.bias.data[END] = 1            # or sentences hardly end
source, _ = encoded(fresh(1, 1))
with minigrad.no_grad():
    first, second = np.indices((V, V)).reshape(2, -1)
    *memory, state = random_model.read(minigrad.tensor(source))
    same = np.zeros(V * V, int)
    scores, _ = random_model.write(
        minigrad.tensor(np.stack([np.full(V * V, END), first, second])),
        memory[0][same], memory[1][same], state[:, same])
    log_p = F.log_softmax(scores, -1).numpy()               # (V², 3, V)
every = np.arange(V * V)
a, b = log_p[every, 0, first], log_p[every, 1, second]
sentences = {(): log_p[0, 0, END]}
for n in every:
    if first[n] != END:
        sentences[(first[n],)] = a[n] + log_p[n, 1, END]
        if second[n] != END:
            sentences[first[n], second[n]] = a[n] + b[n] + log_p[n, 2, END]
optimum = max(sentences.values())
for width in (1, 5, V * V):
    print(f"B = {width:4}: log p = "
          f"{beam(random_model, source, width, 3)[0]:.4f}   (the best of "
          f"{len(sentences):,}: {optimum:.4f})")
assert abs(beam(random_model, source, V * V, 3)[0] - optimum) < 1e-4

# %% [markdown]
"""
And where it matters? A network that is sure of each word has nothing to search.
Two clauses, translated by both networks, with B = 1 and B = 5:
"""

# %%
count = 5 if options.quick else 40
searched = {}
for name in right:
    for width in (1, 5):
        results = []
        for english, lumi in fresh(count, 2, 12):
            source, _ = encoded([(english, lumi)])
            log_p, words = beam(models[name, options.seed], source, width, 30)
            results.append((max(log_p, -99.0),
                            [LUMI[i] for i in words] == lumi))
        searched[name, width] = np.mean(results, axis=0)
        print(f"  {name:10} B = {width}: mean log p "
              f"{searched[name, width][0]:8.3f}, exact match "
              f"{searched[name, width][1]:.3f}")

# %% tags=["hidden"]
median = {k: np.median(v, axis=0) for k, v in right.items()}
if not options.quick:
    assert median["attention"][:3].min() > 0.9
    assert median["none"][0] > median["none"][1]
    assert median["attention"][1] > median["none"][1] + 0.3
write_results(options.output / "results.json", options, lesson="translation",
              steps=STEPS, exact_match={k: np.round(v, 3).tolist()
                                        for k, v in right.items()},
              on_noun=round(on_noun / places, 3),
              searched={f"{k}, B = {b}": v.round(3).tolist()
                        for (k, b), v in searched.items()})

# %% [markdown]
"""
## What to remember

- An encoder reads, a decoder writes; each step of it may look back.
- Without attention one state must hold the whole sentence. It shows with the
  length: measure by length, not only on average.
- What is longer than anything learned fails: here at three clauses.
- Exact match on sentences from a generator of their own leaves no excuses.
- Beam search finds likelier sentences. That helps only where the likelier one
  is also right.

What would prove it wrong? Two clauses translated without attention, after the
same steps.

## Things to try

- Give the network without attention 256 units. How far does it get?
- Learn with up to three clauses. Is four then as hard as three is now?
"""
