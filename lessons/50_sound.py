# ---
# title: sound
# documents: C §6.3, B §6.3
# time: 2 min
# needs:
# ---

# %% [markdown]
"""
# Sound

**You will know** how sound becomes a picture that a network can read, how an
FFT works, and how a recognizer of spoken digits fails.
**Time:** 55 minutes. **You need:** lesson 23 (mnist cnn).

A second of speech is 8,000 numbers, and no single one means anything. What
means something is which *frequencies* (频率) are in it, and when. We make tones
and spoken digits ourselves, so that we know everything about them; turn them
into spectrograms (语谱图) by an FFT of our own; and let a small network listen.
"""

# %% tags=["hidden"]
import sys
from pathlib import Path
from typing import Any

if "__file__" in globals():         # runs also where nothing is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import minigrad
from lessons.figures import sound as figures
from lessons.support import begin, picture, read_options, write_results
from minigrad import nn, optim
from minigrad.nn import functional as F

options = read_options("sound", "Sound.")
begin(options)
Array = np.ndarray[Any, Any]
Tensor = minigrad.Tensor
SEEDS = [options.seed + i for i in range(1 if options.quick else 3)]
RATE = 8000                                     # samples in a second

# %% [markdown]
"""
## Which frequencies are in it?

The discrete Fourier transform compares N samples with N waves:

    X[k] = Σ_n x[n] w^(kn),    w = e^(−2πi/N)

That is a matrix product, N² multiplications. Cooley and Tukey (1965): split x
into its even and odd samples. Two transforms of half the size are enough, as
the waves repeat:

    X[k]       = E[k] + w^k O[k]
    X[k + N/2] = E[k] − w^k O[k]

Half and half again, and N log₂ N / 2 multiplications are left.
"""

# %%
multiplications = 0


def fft(x: Array) -> Array:
    """The Fourier transform along the last axis, whose size is 2^m."""
    global multiplications
    size = x.shape[-1]
    if size == 1:
        return x.astype(complex)
    even, odd = fft(x[..., ::2]), fft(x[..., 1::2])
    odd = np.exp(-2j * np.pi * np.arange(size // 2) / size) * odd
    multiplications += size // 2
    return np.concatenate([even + odd, even - odd], -1)


noise = np.random.default_rng(options.seed).normal(size=256)
table = np.exp(-2j * np.pi * np.outer(np.arange(256), np.arange(256)) / 256)
ours = fft(noise)
print(f"FFT of 256 numbers: off from NumPy's by "
      f"{np.abs(ours - np.fft.fft(noise)).max():.0e}, from the definition by "
      f"{np.abs(ours - table @ noise).max():.0e}")
print(f"multiplications: {multiplications:,} instead of {256 ** 2:,}")
assert np.allclose(ours, np.fft.fft(noise), atol=1e-12)
assert np.allclose(ours, table @ noise, atol=1e-10)
assert multiplications == 256 * 8 // 2
energy = (np.abs(ours) ** 2).sum() / 256        # Parseval: nothing is lost
assert np.isclose(energy, (noise ** 2).sum())

# %% [markdown]
"""
## Tones, and two traps

A tone of 1,000 Hz must show up at k = 1000 · 256 / 8000 = 32, and nowhere else.
At 1,010 Hz it falls between two places and *leaks* everywhere: 256 samples are
cut out with sharp edges. A *window* (窗函数) that begins and ends softly mends
it.

The other trap cannot be mended afterwards. A tone above half the rate, 4,000
Hz, looks like a lower one: *aliasing* (混叠).
"""

# %%
HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 256)


def tone(hertz: float) -> Array:
    """256 samples of a sine."""
    return np.asarray(np.sin(2 * np.pi * hertz * np.arange(256) / RATE))


def spectrum(x: Array) -> Array:
    """|X[k]|² up to half the rate: (…, 256) → (…, 129)."""
    return np.abs(fft(x)[..., :129]) ** 2


def far_away(power: Array) -> float:
    """The share of power more than three places from the peak."""
    away = np.abs(np.arange(129) - power.argmax()) > 3
    return float(power[away].sum() / power.sum())


for hertz in (1000, 1010):
    print(f"{hertz:,} Hz: peak at {spectrum(tone(hertz)).argmax()}, far away "
          f"{far_away(spectrum(tone(hertz))):.1e}; with a window "
          f"{far_away(spectrum(tone(hertz) * HANN)):.1e}")
high = int(spectrum(tone(5000)).argmax()) * RATE // 256
print(f"a tone of 5,000 Hz is seen at {high:,} Hz")
assert spectrum(tone(1000)).argmax() == 32 and high == 8000 - 5000
assert far_away(spectrum(tone(1010) * HANN)) < 1e-3 < far_away(
    spectrum(tone(1010)))

# %% [markdown]
"""
## A voice

Speech is made of a source and a filter (Fant, 1960). The source: the vocal
cords click 100 to 250 times a second, or air hisses. The filter: mouth and
throat amplify a few frequencies, the *formants* (共振峰). They tell an "ee"
(270, 2290 and 3010 Hz) from an "ah" (730, 1090, 2440), whoever speaks. A
formant at F with bandwidth B is a resonator, two numbers of memory:

    y[t] = g x[t] + 2 r cos(2πF / rate) y[t−1] − r² y[t−2],   r = e^(−πB / rate)

Each sound below has three formants (vowels: Peterson & Barney, 1952), voice,
hiss, and a length in hundredths of a second. A digit is a row of sounds, with
formants that glide from one to the next. It won't win a prize for beauty;
listen to digits.wav in the output folder, and judge.
"""

# %%
SOUNDS = {              # formants 1 to 3, voice, hiss, length
    "ee": (270, 2290, 3010, 1, 0, 14), "ih": (390, 1990, 2550, 1, 0, 9),
    "eh": (530, 1840, 2480, 1, 0, 11), "ah": (730, 1090, 2440, 1, 0, 12),
    "aw": (570, 840, 2410, 1, 0, 13), "uh": (640, 1190, 2390, 1, 0, 10),
    "oo": (300, 870, 2240, 1, 0, 13), "ou": (440, 1020, 2240, 1, 0, 10),
    "r": (420, 1300, 1600, 0.7, 0, 7), "w": (290, 610, 2150, 0.6, 0, 7),
    "n": (280, 1200, 2500, 0.4, 0, 8), "v": (300, 1100, 2300, 0.4, 0.1, 6),
    "z": (300, 2500, 3500, 0.3, 0.5, 8), "s": (2600, 3300, 3700, 0, 1, 11),
    "f": (1200, 2400, 3300, 0, 0.3, 9), "th": (1400, 2700, 3500, 0, 0.2, 8),
    "-": (500, 1500, 2500, 0, 0, 5), "t": (2200, 3000, 3700, 0, 0.9, 3),
    "k": (1200, 2000, 2800, 0, 0.8, 3)}
DIGITS = ["z ih r ou oo", "w uh n", "- t oo", "th r ee", "f aw r",
          "f ah ih v", "s ih - k s", "s eh v uh n", "eh ih - t",
          "n ah ih n"]
LENGTH = 5248                                   # samples: 0.656 s, 40 frames


def glide(values: Array, ends: Array) -> Array:
    """A sound's values until it ends, gliding for 20 ms: (LENGTH,)."""
    steps = values[np.searchsorted(ends, np.arange(LENGTH)).clip(
        max=len(values) - 1)]
    smooth = np.ones(160) / 160
    return np.convolve(np.pad(steps, 80, mode="edge"), smooth,
                       "same")[80:-80]


def resonate(x: Array, hertz: Array, width: float) -> Array:
    """A resonator with a moving frequency, for a batch: (N, T)."""
    r = np.exp(-np.pi * width / RATE)
    back = (2 * r * np.cos(2 * np.pi * hertz / RATE)).T.copy()  # (T, N)
    gain = 1 - back + r * r                     # the frequency 0 passes as is
    y, x = np.zeros((LENGTH + 2, len(x))), x.T
    for t in range(LENGTH):
        y[t + 2] = gain[t] * x[t] + back[t] * y[t + 1] - r * r * y[t]
    return y[2:].T


def speak(digits: Array, random: Any, one_voice: bool = False) -> Array:
    """Spoken digits, each by a voice of its own: (N, LENGTH), of power 1."""
    formants = np.zeros((3, len(digits), LENGTH))
    source = np.zeros((len(digits), LENGTH))
    for i, digit in enumerate(digits):
        pitch, size, tempo, start = (120, 1.0, 1.0, 400) if one_voice else (
            random.uniform(90, 250), random.uniform(0.85, 1.2),
            random.uniform(0.6, 1.0), random.uniform(0, 1600))
        rows = np.array([SOUNDS["-"]] + [SOUNDS[name] for name in
                                         DIGITS[digit].split()])
        lengths = rows[:, 5] * RATE / 100 * tempo
        if not one_voice:
            lengths *= random.uniform(0.8, 1.2, len(rows))
        lengths[0] = start
        ends = np.cumsum(lengths)
        silence = np.arange(LENGTH) > ends[-1]
        for j in range(3):
            formants[j, i] = (glide(rows[:, j], ends) * size).clip(
                max=3900)
        voice, hiss = (np.where(silence, 0, glide(rows[:, j], ends))
                       for j in (3, 4))
        rising = pitch * (1.1 - 0.2 * np.arange(LENGTH) / LENGTH)
        phase = np.floor(np.cumsum(rising) / RATE)
        clicks = np.diff(phase, prepend=0)
        source[i] = 6 * voice * clicks + 0.015 * hiss * random.normal(
            size=LENGTH)
    out = source
    for j, width in enumerate((80, 100, 140)):
        out = resonate(out, formants[j], width)
    return out / np.sqrt((out ** 2).mean(1, keepdims=True))


random = np.random.default_rng(options.seed)
ringing = resonate(np.eye(1, LENGTH), np.full((1, LENGTH), 1000.0), 50)
response = spectrum(ringing[0, :256])
print(f"a click through a formant of 1,000 Hz: peak at "
      f"{int(response.argmax()) * RATE // 256:,} Hz")
assert response.argmax() == 32

# %% [markdown]
"""
## A picture of sound

Cut the sound into frames of 256 samples, every 128, through the window; FFT;
power. Ears hear steps of frequency by ratio, at least above 1,000 Hz, so the
129 places are gathered into 24 bands that grow wider: the *mel* scale. The
logarithm comes last: loudness, too, is heard by ratio.
"""


# %%
def mel_bands(count: int = 24) -> Array:
    """Triangles on the mel scale, (129, count)."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, top, count + 2) / 2595) - 1)
    hertz = np.arange(129)[:, None] * RATE / 256
    up = (hertz - corners[:-2]) / (corners[1:-1] - corners[:-2])
    down = (corners[2:] - hertz) / (corners[2:] - corners[1:-1])
    return np.clip(np.minimum(up, down), 0, None)


MEL = mel_bands()
FRAMES = np.arange(256) + 128 * np.arange(40)[:, None]      # (40, 256)


def spectrogram(x: Array) -> Array:
    """(N, LENGTH) → (N, 24, 40): the logarithm of mel bands over time."""
    power = spectrum(x[:, FRAMES] * HANN) @ MEL             # (N, 40, 24)
    return np.asarray(np.log(power + 1e-3).swapaxes(1, 2), np.float32)


few = speak(np.arange(10), random)
assert np.allclose(spectrum(few[:, FRAMES]),
                   np.abs(np.fft.rfft(few[:, FRAMES])) ** 2)
picture(figures.digits(spectrogram(few)), options, "digits")
figures.write_wav(options.output / "digits.wav", few.ravel(), RATE)

# %% [markdown]
"""
## A network listens

The spectrogram is a picture of 24 × 40, and so a small convolutional network
will do. Every voice, in training and in the test, is its own: pitch, size
of the mouth, tempo, beginning.

Two baselines. *Linear*: no network. And the skeptic: a linear classifier that
gets the mean over time, and so cannot know the order of the sounds.
"""

# %%
COUNT, TESTS = (300, 200) if options.quick else (1500, 500)
train_y, test_y = (np.arange(n) % 10 for n in (COUNT, TESTS))
train_sound, test_sound = (speak(d, random) for d in (train_y, test_y))


def with_noise(x: Array, decibels: Any, random: Any) -> Array:
    """Sound of power 1, and white noise: 10 dB is ten times less power."""
    return x + random.normal(size=x.shape) * 10 ** (-decibels / 20)


def features(x: Array) -> Tensor:
    """(N, 1, 24, 40), about 0."""
    return minigrad.tensor(spectrogram(x)[:, None] / 4,
                           device=options.device)


def network() -> nn.Sequential:
    """(N, 1, 24, 40) → (N, 10)."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * 6 * 10, 10))


class MeanOverTime(nn.Module):
    """(N, 1, 24, 40) → (N, 24)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(3).flatten(1)


MODELS = {"network": network,
          "linear": lambda: nn.Sequential(nn.Flatten(), nn.Linear(960, 10)),
          "mean over time": lambda: nn.Sequential(MeanOverTime(),
                                                  nn.Linear(24, 10))}


def learn(kind: str, x: Tensor, y: Array, seed: int) -> nn.Module:
    """A model of this kind, after 12 epochs."""
    minigrad.manual_seed(seed)
    model = MODELS[kind]().to(options.device)
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    labels = minigrad.tensor(y, device=options.device)
    order = np.random.default_rng(seed)
    for _ in range(12):
        places = order.permutation(len(y))
        for i in range(0, len(y), 32):
            batch = places[i:i + 32]
            optimizer.zero_grad()
            F.cross_entropy(model(x[batch]), labels[batch]).backward()
            optimizer.step()
    return model


def accuracy(model: nn.Module, x: Tensor, y: Array) -> float:
    """Percent right."""
    with minigrad.no_grad():
        found = model(x).argmax(1).cpu().numpy()
    return 100 * float((found == y).mean())


train_x, test_x = features(train_sound), features(test_sound)
models = {kind: [learn(kind, train_x, train_y, s) for s in SEEDS]
          for kind in MODELS}
clean = {kind: [accuracy(m, test_x, test_y) for m in found]
         for kind, found in models.items()}
print(f"{TESTS} digits by voices that were never heard: percent right")
for kind, values in clean.items():
    print(f"  {kind:15} {np.median(values):5.1f}   "
          f"({min(values):.1f} to {max(values):.1f})")
assert np.median(clean["network"]) > max(np.median(clean["mean over time"]),
                                         70 if options.quick else 90)

# %% [markdown]
"""
## How it fails

*One voice.* Train on a single voice that says each digit a hundred times: it is
perfect at home. Then let others speak.

*Noise.* Add white noise until nothing is left, by the ratio of powers in
decibels (信噪比): 0 dB is as much noise as voice. And the usual remedy: noise
in training, of 0 to 20 dB.
"""

# %%
home_y = np.arange(COUNT // 3) % 10
home = features(speak(home_y, random, one_voice=True))
homely = [learn("network", home, home_y, s) for s in SEEDS]
own = features(speak(home_y, random, one_voice=True))
at_home, abroad = (np.median([accuracy(m, x, y) for m in homely])
                   for x, y in ((own, home_y), (test_x, test_y)))
print(f"trained on one voice: {at_home:.1f} % at home, {abroad:.1f} % with "
      "other voices")
assert abroad < at_home - 20

loud = random.uniform(0, 20, (COUNT, 1))
noisy_x = features(with_noise(train_sound, loud, random))
models["network, noise in training"] = [
    learn("network", noisy_x, train_y, s) for s in SEEDS]
LEVELS = [30, 20, 10, 5, 0, -5, -10, -20]
curves: dict[str, list[list[float]]] = {
    kind: [] for kind in models if kind != "mean over time"}
print("noise, dB             " + "".join(f"{d:7}" for d in LEVELS))
heard = [features(with_noise(test_sound, d, random)) for d in LEVELS]
for kind, found in curves.items():
    found += [[accuracy(m, x, test_y) for x in heard] for m in models[kind]]
    print(f"  {kind.replace('network, ', ''):20}" + "".join(
        f"{v:7.1f}" for v in np.median(found, axis=0)))
plain, trained = (np.median(curves[k], axis=0) for k in (
    "network", "network, noise in training"))
assert trained[3] > plain[3] and trained[-1] < 30
picture(figures.noise(LEVELS, curves), options, "noise")

# %% tags=["hidden"]
write_results(options.output / "results.json", options, lesson="sound",
              clean=clean, one_voice=[at_home, abroad], levels=LEVELS,
              noise=curves)

# %% [markdown]
"""
The network was not only worse in noise, it was surprised. The likely reason is
the logarithm: it makes a little noise a large change, in every quiet place, and
the network had never seen a quiet place that isn't quiet. The other way round,
the one trained in noise is *worse* at 30 dB than at 20, in all three seeds of
the full run: to that one, silence is new.

## What to remember

- The FFT is the Fourier transform, exactly, with fewer multiplications. Window
  the frames; and nothing above half the rate may get in.
- A spectrogram makes a picture of sound: frequency by time, both as ears hear.
- Test with voices that were not in training, and in noise. High accuracy at
  home says nothing.

What would prove it wrong? A network trained on one voice that understands the
others as well; without the logarithm, the same fall at 20 dB.

## Things to try

- Leave the logarithm out. What becomes of the accuracy, and why?
- Plot a digit backwards in time. Which of the three models notices?
"""
