# ---
# title: self-attention, places, masks
# documents: D §2.3-2.4
# time: 20 s
# needs:
# ---

# %% [markdown]
"""
# Self-attention, places, masks

**You will know** how a sequence looks at itself, how it knows its order, and
how to forbid a look.
**Time:** 25 minutes. **You need:** lesson 34 (attention).

In lesson 34 (attention) a question looked at a list. Now each place of a list
looks at all the others.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.support import (appendix, begin, earlier, picture, read_options,
                             write_results)
from minigrad import Tensor, nn, plot
from minigrad.nn import functional as F

options = read_options("self_attention", "Self-attention, places, masks.")
begin(options)
carried = earlier("attention")
(DIGITS, LETTERS, STEPS, accuracy, found, on_the_answer,
 train) = map(carried.get, (
    "DIGITS LETTERS STEPS accuracy found on_the_answer train").split())


# %% [markdown]
"""
## Self-attention, and places

In self-attention (自注意力) the queries, too, come from the sequence: every
position asks, and every position answers. One thing is missing then. Attention
does not know where an entry stands: shuffle the inputs, and the outputs are the
same, shuffled. So the place must be written into the entry itself: a vector for
each place is added to each word's (位置编码).

The task: turn a list of eight digits round. What stands at place i of the
result depends only on where things stand, so without places it cannot be
learned.
"""

# %%
LENGTH, WIDE = 8, 32


class Reverse(nn.Module):
    """One layer of self-attention with two heads, with or without places."""

    def __init__(self, places: bool) -> None:
        super().__init__()
        self.digit, self.place = nn.Embedding(DIGITS, WIDE), nn.Embedding(
            LENGTH, WIDE)
        self.attention = nn.MultiheadAttention(WIDE, 2, batch_first=True)
        self.head = nn.Linear(WIDE, DIGITS)
        self.places = places

    def forward(self, digits: Tensor) -> Tensor:
        """(N, 8) → scores (N, 8, 10)."""
        x = self.digit(digits)  # (N, 8, WIDE)
        if self.places:
            x = x + self.place.weight  # the same (8, WIDE) for every list
        # weights (N, 8, 8), mean of the heads
        mixed, self.weights = self.attention(x, x, x)
        return self.head(mixed)


def lists(count: int, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Lists of digits (N, 8), and the same turned round."""
    digits = random.integers(DIGITS, size=(count, LENGTH))
    return (minigrad.tensor(digits).to(options.device),
            minigrad.tensor(digits[:, ::-1].copy()).to(options.device))


networks = {}
for places in (False, True):
    minigrad.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    networks[places] = Reverse(places).to(options.device)
    train(networks[places], lambda: lists(64, random), STEPS)
    found[f"Reverse, places {places}"] = accuracy(
        networks[places], *lists(500, np.random.default_rng(99)))
    print(f"{'with' if places else 'without':8} places   accuracy "
          f"{found[f'Reverse, places {places}']:.4f}")
assert found["Reverse, places True"] > 0.95
assert found["Reverse, places False"] < 0.5

x, _ = lists(1, np.random.default_rng(3))
order = np.random.default_rng(4).permutation(LENGTH)
with minigrad.no_grad():
    plain = networks[False](x)[0].cpu().numpy()                     # (8, 10)
    shuffled = networks[False](minigrad.tensor(x.cpu().numpy()[:, order]).to(
        options.device))[0]
print(f"without places, shuffled inputs give shuffled outputs: "
      f"{np.allclose(shuffled.cpu().numpy(), plain[order], atol=1e-5)}")
assert np.allclose(shuffled.cpu().numpy(), plain[order], atol=1e-5)

maps = {}
for places, network in networks.items():
    with minigrad.no_grad():
        network(lists(200, np.random.default_rng(7))[0])
    # (8, 8), mean over 200 lists
    maps[places] = network.weights.mean(0).cpu().numpy()
anti = float(np.fliplr(maps[True]).diagonal().mean())
print(f"weight on the place to copy: {anti:.4f} "
      f"(spread evenly: {1 / LENGTH:.4f})")
assert anti > 0.5

with plot.figure(9.5, 4.6, "Turning a list round: who looks where") as fig:
    for ax, (places, name) in zip(fig.subplots(1, 2),
                                  ((False, "without places"),
                                   (True, "with places"))):
        image = ax.imshow(maps[places], cmap="Blues", vmin=0, vmax=1)
        ax.set_xticks(range(LENGTH), range(1, LENGTH + 1))
        ax.set_yticks(range(LENGTH), range(1, LENGTH + 1))
        ax.tick_params(length=0)
        ax.set(title=f"{name}: {found[f'Reverse, places {places}']:.2f} right",
               xlabel="looks at place", ylabel="place of the result")
    fig.colorbar(image, ax=fig.axes, label="weight", fraction=0.025, pad=0.02)
picture(fig, options, "reverse")

# %% [markdown]
"""
The second map is the answer, drawn: place 1 looks at place 8, place 2 at place
7, and so on. Nobody told the network; the gradient found it.

## Masks: where nobody may look

Two reasons to forbid a place: it is padding, put there only to make a
rectangle; or it lies in the future, which a network that continues texts must
not see (a causal mask). Both are done before the softmax: −∞ is added to the
score, e^−∞ = 0, and the other weights add up to 1 all the same.
"""

# %%
scores = minigrad.zeros(3, 3)  # every key fits equally well
causal = minigrad.tril(minigrad.ones(3, 3)).bool()  # True where one may look
weights = F.softmax(scores.masked_fill(~causal, -np.inf), -1)
print("causal mask: the weights of three places")
for row in weights.tolist():
    print("  " + "  ".join(f"{w:.4f}" for w in row))
assert np.allclose(weights.numpy(),
                   [[1, 0, 0], [0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]])
same = F.scaled_dot_product_attention(scores, scores, minigrad.eye(3),
                                      attn_mask=causal)
assert np.allclose(same.numpy(), weights.numpy())   # the library's mask

# %% tags=["hidden"]
table = nn.Embedding(LETTERS, WIDE)
rows = table(minigrad.tensor([2, 0, 2]))

# %% tags=["hidden"]
write_results(
    options.output / "results.json", options, lesson="self_attention",
    steps=STEPS, accuracy_look_up=found["LookUp"],
    accuracy_without_attention=found["Mean"],
    accuracy_reverse=found["Reverse, places True"],
    accuracy_reverse_without_places=found["Reverse, places False"],
    weight_on_the_answer=on_the_answer, weight_on_the_mirrored_place=anti)
print(f"\nPictures and results.json are in {options.output}.")

# %% [markdown]
"""
## What to remember

- Attention knows no order; places are added to the inputs. Masks put −∞ where
  nobody may look.

## Things to try

- Sort the list instead of turning it round. Which map do you expect? Is one
  layer enough?
"""

# %% tags=["hidden", "audit"]
appendix("self_attention", {**carried, **globals()})
