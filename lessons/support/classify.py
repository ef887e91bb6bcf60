"""Classify pictures: python classify.py MODEL PICTURES RESULT"""
import sys

import minigrad
from minigrad import Tensor, nn


class CNN(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.fc1 = nn.Linear(64 * 6 * 6, 128)
        self.fc2 = nn.Linear(128, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.max_pool2d(self.conv1(x).relu(), 2)
        x = nn.functional.max_pool2d(self.conv2(x).relu(), 2)
        return self.fc2(self.fc1(x.flatten(1)).relu())


def load(path: str) -> tuple[CNN, list[str]]:
    """The network, ready to predict, and the names of its classes."""
    saved = minigrad.load(path)
    model = CNN(saved["weights"]["fc2.bias"].shape[0])
    model.load_state_dict(saved["weights"])
    model.eval()
    return model, saved["classes"]


def check(x: Tensor) -> None:
    """ValueError or TypeError for what the network was not trained on."""
    if x.ndim != 4 or tuple(x.shape[1:]) != (3, 32, 32):
        raise ValueError("expected pictures (N, 3, 32, 32), got "
                         f"{tuple(x.shape)}")
    if x.dtype != minigrad.float32:
        raise TypeError(f"expected float32 from 0 to 1, got {x.dtype}; bytes: "
                        "x.float() / 255")
    low, high = x.min().item(), x.max().item()
    if not (low >= 0 and high <= 1):            # false for NaN, too
        raise ValueError(f"expected numbers from 0 to 1, got {low} to {high}; "
                         "bytes: x / 255")


def classify(model: CNN, x: Tensor) -> Tensor:
    """The scores (N, classes) of pictures (N, 3, 32, 32)."""
    check(x)
    with minigrad.no_grad():
        return model((x - 0.5) / 0.5)           # as in training


if __name__ == "__main__":
    model, classes = load(sys.argv[1])
    scores = classify(model, minigrad.load(sys.argv[2])["pictures"])
    minigrad.save({"scores": scores}, sys.argv[3])
    print("found:", " ".join(classes[k] for k in scores.argmax(1).tolist()))
