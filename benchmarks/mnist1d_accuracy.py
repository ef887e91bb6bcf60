"""The published accuracies on MNIST-1D, tried with minigrad.

    python benchmarks/mnist1d_accuracy.py           # some minutes; writes results/mnist1d_accuracy.json

Networks, optimizer and batches as published with the data set (Greydanus & Kobak 2024): a linear layer, an
MLP of two hidden layers of 256 with a residual, a CNN of three layers with 25 channels; Adam with rate 0.01,
batches of 100 in order, 8,000 steps, judged every 250 steps. The best of these and the last are both told.
"""
from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any, Callable

import minigrad
from minigrad import nn, optim
from minigrad.vision.datasets import MNIST1D

PUBLISHED = {"logistic": 32, "mlp": 68, "cnn": 94}


class MLP(nn.Module):
    """40 → 256 → 256 → 10, the second hidden layer added to the first."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Linear(40, 256), nn.Linear(256, 256), nn.Linear(256, 10)

    def forward(self, x: minigrad.Tensor) -> minigrad.Tensor:
        h = self.first(x).relu()                            # (N, 256)
        return self.last(h + self.second(h).relu())         # (N, 10)


class CNN(nn.Module):
    """(N, 40) → three convolutions of stride 2 with 25 channels → (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(1, 25, 5, stride=2, padding=1), nn.ReLU(),
                                    nn.Conv1d(25, 25, 3, stride=2, padding=1), nn.ReLU(),
                                    nn.Conv1d(25, 25, 3, stride=2, padding=1), nn.ReLU(),
                                    nn.Flatten(), nn.Linear(125, 10))

    def forward(self, x: minigrad.Tensor) -> minigrad.Tensor:
        return self.layers(x[:, None])                      # (N, 1, 40) → (N, 10)


MODELS: dict[str, Callable[[], nn.Module]] = {"logistic": lambda: nn.Linear(40, 10), "mlp": MLP, "cnn": CNN}


def accuracies(build: Callable[[], nn.Module], seed: int, steps: int) -> list[float]:
    """Percent of the test signals that are right, after every 250 steps."""
    minigrad.manual_seed(seed)
    model = build()
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    (x, y), (x_test, y_test) = MNIST1D().tensors(), MNIST1D(train=False).tensors()
    found = []
    for step in range(1, steps + 1):
        start = step * 100 % len(x)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[start:start + 100]), y[start:start + 100]).backward()
        optimizer.step()
        if step % 250 == 0:
            with minigrad.no_grad():
                found.append(100 * float((model(x_test).argmax(1) == y_test).numpy().mean()))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--output", type=Path,
                        default=Path(__file__).parent / "results" / "mnist1d_accuracy.json")
    options = parser.parse_args()
    results: dict[str, Any] = {"steps": options.steps, "seeds": options.seeds, "published": PUBLISHED}
    for name, build in MODELS.items():
        began = time.perf_counter()
        runs = [accuracies(build, seed, options.steps) for seed in range(options.seeds)]
        best, last = [max(run) for run in runs], [run[-1] for run in runs]
        results[name] = {"parameters": sum(p.numel() for p in build().parameters()),
                         "best": [round(a, 1) for a in best], "last": [round(a, 1) for a in last],
                         "seconds": round(time.perf_counter() - began, 1)}
        print(f"{name:9} published {PUBLISHED[name]} %   best {statistics.median(best):.1f} "
              f"({min(best):.1f} to {max(best):.1f})   last {statistics.median(last):.1f} "
              f"({min(last):.1f} to {max(last):.1f})", flush=True)
    options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
