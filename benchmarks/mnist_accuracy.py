"""Document C's recipe on MNIST in minigrad and in PyTorch: the same accuracy, seed for seed alike.

    python benchmarks/mnist_accuracy.py --library minigrad torch --seeds 0 1 2

Adam (learning rate 0.001), batches of 128, 10 epochs, no validation split, pixels in [0, 1]. The two
libraries draw different random numbers, so single runs differ; the means over seeds must not.
Each run is added to ``benchmarks/results/mnist_accuracy.json`` when it ends, so that an interrupted
series can go on with the seeds that are missing.
"""
from __future__ import annotations

import argparse
import datetime
import json
import platform
import time
from pathlib import Path
from typing import Any, Iterator

import numpy as np
from tqdm import tqdm

import minigrad
from minigrad.files.writing import write_atomically
from minigrad.vision.datasets import MNIST

RESULTS = Path(__file__).parent / "results" / "mnist_accuracy.json"
BATCH = 128


def mnist() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Train images (60000, 1, 28, 28), labels, test images, labels."""
    arrays = []
    for train in (True, False):
        arrays += [t.numpy() for t in MNIST(train=train).tensors()]
    return arrays[0], arrays[1], arrays[2], arrays[3]


def batches(count: int, epoch: int, seed: int) -> Iterator[np.ndarray]:
    """The indices of each batch, in an order that depends on seed and epoch alone."""
    order = np.random.default_rng([seed, epoch]).permutation(count)
    steps = range(0, count, BATCH)
    return (order[i:i + BATCH] for i in tqdm(steps, f"epoch {epoch + 1}", disable=None, leave=False))


def train_minigrad(data: Any, seed: int, epochs: int) -> list[float]:
    """Test accuracy after each epoch."""
    from minigrad import nn
    x, y, test_x, test_y = data
    minigrad.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(5408, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = minigrad.optim.Adam(model.parameters(), lr=1e-3)
    accuracy = []
    for epoch in range(epochs):
        for at in batches(len(x), epoch, seed):
            logits = model(minigrad.from_numpy(x[at]))
            loss = nn.functional.cross_entropy(logits, minigrad.from_numpy(y[at]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with minigrad.no_grad():
            hits = [model(minigrad.from_numpy(test_x[i:i + 1000])).argmax(1).numpy()
                    == test_y[i:i + 1000] for i in range(0, len(test_x), 1000)]
        accuracy.append(float(np.concatenate(hits).mean()))
    return accuracy


def train_torch(data: Any, seed: int, epochs: int) -> list[float]:
    """Test accuracy after each epoch."""
    import torch
    from torch import nn
    x, y, test_x, test_y = (torch.from_numpy(np.ascontiguousarray(a)) for a in data)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(5408, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    accuracy = []
    for epoch in range(epochs):
        for at in batches(len(x), epoch, seed):
            chosen = torch.from_numpy(at)
            loss: Any = nn.functional.cross_entropy(model(x[chosen]), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            hits = [(model(test_x[i:i + 1000]).argmax(1) == test_y[i:i + 1000]).float()
                    for i in range(0, len(test_x), 1000)]
        accuracy.append(float(torch.cat(hits).mean()))
    return accuracy


def version_of(library: str) -> str:
    """The version that the results are recorded with."""
    return str(__import__(library).__version__)


def main() -> None:
    """Train what is asked for, record it, and print the means."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", nargs="+", default=["minigrad"], choices=["minigrad", "torch"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    data = mnist()
    runs = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    for library in options.library:
        for seed in options.seeds:
            start = time.perf_counter()
            train = train_torch if library == "torch" else train_minigrad
            accuracy = train(data, seed, options.epochs)
            runs = [r for r in runs if (r["library"], r["seed"]) != (library, seed)]
            runs.append({"library": library, "version": version_of(library), "seed": seed,
                         "epochs": options.epochs, "accuracy": accuracy,
                         "seconds": round(time.perf_counter() - start, 1),
                         "numpy": np.__version__, "machine": platform.machine(),
                         "date": datetime.date.today().isoformat()})
            write_atomically(RESULTS, json.dumps(runs, indent=1).encode())
            print(f"{library:9} seed {seed}: {accuracy[-1]:.4f} ({runs[-1]['seconds']:.0f} s)", flush=True)
    for library in sorted({r["library"] for r in runs}):
        final = [r["accuracy"][-1] for r in runs if r["library"] == library]
        print(f"{library:9} mean of {len(final)}: {np.mean(final):.4f}  "
              f"({min(final):.4f} to {max(final):.4f})")


if __name__ == "__main__":
    main()
