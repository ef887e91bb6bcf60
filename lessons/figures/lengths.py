"""How long sentences are."""
from __future__ import annotations

from typing import Sequence

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot


def lengths_of(lengths: Sequence[int], padded_to: int) -> Figure:
    """A histogram of the numbers of tokens, and the length that all are padded to."""
    with plot.figure(8, 3.8, "Tokens in a sentence, and what padding makes of them") as fig:
        ax = fig.subplots()
        ax.hist(lengths, np.arange(0, padded_to + 2, 2), color=plot.BLUE, label="sentences")
        ax.axvline(padded_to, color=plot.ORANGE, label=f"padded to {padded_to}")
        ax.set(xlabel="tokens", ylabel="sentences")
        ax.legend()
    return fig
