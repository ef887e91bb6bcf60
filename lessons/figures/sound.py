"""Pictures, and a sound file, of lesson 50 (sound)."""
from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from minigrad import plot

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def digits(images: np.ndarray) -> Figure:
    """The spectrograms (10, 24, 40) of the digits."""
    with plot.figure(10, 4.2, "Ten digits, each in a different voice") as fig:
        for ax, image, name in zip(np.ravel(fig.subplots(2, 5)), images, NAMES):
            ax.imshow(image, origin="lower", aspect="auto", cmap="magma")
            ax.set_title(name, fontsize=10)
            ax.set_xticks([])
            ax.set_yticks([])
        fig.supxlabel("time", fontsize=9)
        fig.supylabel("frequency, mel", fontsize=9)
    return fig


def noise(levels: list[int], curves: dict[str, list[list[float]]]) -> Figure:
    """Accuracy against noise in decibels: median and range of the seeds."""
    with plot.figure(7, 4, "Noise, until it fails") as fig:
        ax = fig.subplots()
        for (kind, found), color, mark in zip(curves.items(), plot.COLORS, "os^"):
            ax.plot(levels, np.median(found, axis=0), mark + "-", color=color, label=kind)
            ax.fill_between(levels, np.min(found, axis=0), np.max(found, axis=0), color=color, alpha=0.2)
        ax.axhline(10, color=plot.BLACK, linestyle=":", label="chance")
        ax.invert_xaxis()
        ax.set(xlabel="voice to noise, dB", ylabel="percent right")
        ax.legend(fontsize=9)
    return fig


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    """Sound as a WAV file of 16 bits, as loud as fits."""
    whole = np.rint(samples / np.abs(samples).max() * 32000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.tobytes())
