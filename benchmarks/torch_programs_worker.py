"""Programs on one library, each in a process of its own: ``torch_programs.py`` starts it.

    python torch_programs_worker.py LIBRARY

It imports the library once, reads a job from each line of its input, and forks. The child goes into a folder
with a copy of the program and runs it as ``__main__``, with limits on memory and on the size of files,
without a network. What both libraries draw comes from one place: a draw is decided by what is
drawn (uniform or normal numbers, an order, a mask), by its shape, and by how often that was drawn before. So
two libraries that draw the same things get the same numbers, even if they initialize their weights in another
order. The data sets of torchvision are replaced by generated ones; random transforms take the middle of their
range. The value on which ``backward`` is called is written down, each time.
"""
from __future__ import annotations

import builtins
import importlib
import io
import json
import os
import random
import resource
import signal
import socket
import sys
import time
import traceback
import types
import zlib
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("MPLBACKEND", "Agg")


class Draws:
    """What NumPy's generator offers, drawn by kind, shape and number."""

    def __init__(self) -> None:
        self.seed = 0
        self.counts: dict[tuple[Any, ...], int] = {}
        self.bit_generator = types.SimpleNamespace(state=None)
        self.stream = types.SimpleNamespace(reset=lambda *a: None, state=lambda: None)

    def reset(self, seed: int = 0) -> None:
        self.seed = int(seed) % 2**32
        self.counts.clear()

    def source(self, kind: str, shape: Any) -> tuple[np.random.Generator, tuple[int, ...]]:
        shape = () if shape is None else tuple(int(n) for n in shape) if np.iterable(shape) else (int(shape),)
        count = self.counts[kind, shape] = self.counts.get((kind, shape), 0) + 1
        return np.random.Generator(np.random.PCG64([self.seed, zlib.crc32(kind.encode()), count,
                                                    *shape])), shape

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        drawn, shape = self.source("uniform", size)
        return self.nudged(drawn.random(shape), drawn, dtype)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        shape = np.broadcast(low, high).shape if size is None else size
        return low + (np.asarray(high) - low) * self.random(shape)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        drawn, shape = self.source("normal", size)
        return self.nudged(drawn.standard_normal(shape), drawn, dtype)

    def nudged(self, values: Any, drawn: np.random.Generator, dtype: Any) -> Any:
        """The values; for the control run changed by about a millionth."""
        nudge = float(os.environ["PROGRAM_NUDGE"])
        if nudge:
            values = values * (1 + nudge * drawn.standard_normal(np.shape(values)))
        return np.asarray(values, dtype)[()]

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        return loc + scale * self.standard_normal(np.broadcast(loc, scale).shape if size is None else size)

    def exponential(self, scale: Any = 1.0, size: Any = None) -> Any:
        return -scale * np.log1p(-self.random(np.shape(scale) if size is None else size))

    standard_exponential = exponential

    def integers(self, low: Any, high: Any = None, size: Any = None, dtype: Any = np.int64,
                 endpoint: bool = False) -> Any:
        low, high = (0, low) if high is None else (low, high)
        return np.floor(self.uniform(low, np.asarray(high) + endpoint, size)).astype(dtype)[()]

    def permutation(self, x: Any) -> Any:
        x = np.arange(x) if np.ndim(x) == 0 else np.asarray(x)
        return x[self.source("order", len(x))[0].permutation(len(x))]

    def mask(self, shape: Any, p: float) -> np.ndarray:
        drawn, shape = self.source("mask", shape)
        return np.asarray(drawn.random(shape) >= p)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
        drawn, size = self.source("gamma", np.shape(shape) if size is None else size)
        return drawn.gamma(shape, scale, size)

    standard_gamma = gamma

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source(name, ())[0], name)


class Middle(Draws):
    """For transforms: the middle of every range, so that no image is flipped and crops are central."""

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        return np.full(() if size is None else size, 0.5, dtype)[()]

    def permutation(self, x: Any) -> Any:
        return np.arange(x) if np.ndim(x) == 0 else np.asarray(x)


draws = Draws()
losses: list[float] = []


class Enough(BaseException):
    """The program has made as many steps as the suite wants to see."""


def record(tensor: Any) -> None:
    """The value on which backward is called (of several, their sum)."""
    if len(losses) == int(os.environ["PROGRAM_STEPS"]):
        raise Enough
    losses.append(float(np.asarray(tensor.detach().numpy(), np.float64).sum()))


def multinomial(weights: np.ndarray, count: int, replacement: bool) -> np.ndarray:
    """Positions drawn in proportion to the weights (N, m), by the rule that minigrad documents."""
    if not replacement:
        with np.errstate(divide="ignore"):
            return np.argsort(np.log(draws.exponential(size=weights.shape)) - np.log(weights), 1)[:, :count]
    ends = (weights / weights.max(1, keepdims=True)).cumsum(1)
    points = draws.random((len(weights), count)) * ends[:, -1:]
    return np.array([np.searchsorted(e, p, side="right") for e, p in zip(ends, points)])


# ── PyTorch ───────────────────────────────────────────────────────────────────────────────────────

def prepare_torch() -> Any:
    """PyTorch, drawing from ``draws``."""
    torch: Any = importlib.import_module("torch")
    functional: Any = torch.nn.functional
    torch.set_num_threads(1)
    new = torch.from_numpy

    def made(array: Any, dtype: Any = None, requires_grad: bool = False, out: Any = None, **_: Any) -> Any:
        result = new(np.array(array)).to(dtype or torch.get_default_dtype())
        return out.copy_(result) if out is not None else result.requires_grad_(requires_grad)

    def sizes(size: Any, options: dict[str, Any]) -> tuple[int, ...]:
        size = options.pop("size", None) or size
        return tuple(size[0]) if len(size) == 1 and np.iterable(size[0]) else tuple(size)

    def rand(*size: Any, **options: Any) -> Any:
        return made(draws.random(sizes(size, options)), **options)

    def randn(*size: Any, **options: Any) -> Any:
        return made(draws.standard_normal(sizes(size, options)), **options)

    def like(function: Any) -> Any:
        return lambda x, dtype=None, requires_grad=False, **_: function(
            tuple(x.shape), dtype=dtype or x.dtype, requires_grad=requires_grad)

    def randint(*args: Any, **options: Any) -> Any:
        low, high = options.pop("low", None), options.pop("high", None)
        size = options.pop("size", None)
        rest = list(args)
        if size is None and rest and np.iterable(rest[-1]):
            size = rest.pop()
        bounds = [*rest, *([low] if low is not None else []), *([high] if high is not None else [])]
        low, high = bounds if len(bounds) == 2 else (0, bounds[0])
        return made(draws.integers(low, high, tuple(size)), options.pop("dtype", None) or torch.int64,
                    **options)

    def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, **options: Any) -> Any:
        if size is not None:
            return made(draws.normal(mean, std, tuple(size)), **options)
        like = mean if isinstance(mean, torch.Tensor) else std
        shape = torch.broadcast_shapes(*(x.shape for x in (mean, std) if isinstance(x, torch.Tensor)))
        return (mean + std * made(draws.standard_normal(tuple(shape)), like.dtype)).detach()

    def filled(function: Any) -> Any:
        def method(self: Any, *args: Any, generator: Any = None, **options: Any) -> Any:
            with torch.no_grad():
                return self.copy_(made(function(tuple(self.shape), *args, **options), self.dtype))
        return method

    def random_values(shape: Any, low: int = 0, high: int | None = None, **options: Any) -> Any:
        low, high = (options.get("from", low), options.get("to", high))
        return draws.integers(low, high, shape)

    def bernoulli(x: Any, *args: Any, generator: Any = None, out: Any = None) -> Any:
        return made(draws.random(tuple(x.shape)) < (args[0] if args else x.detach().numpy()), x.dtype)

    def bernoulli_(x: Any, p: Any = 0.5, generator: Any = None) -> Any:
        p = p.numpy() if isinstance(p, torch.Tensor) else p
        with torch.no_grad():
            return x.copy_(made(draws.random(tuple(x.shape)) < p, x.dtype))

    def draw(x: Any, num_samples: int, replacement: bool = False, generator: Any = None) -> Any:
        weights = x.detach().double().numpy().reshape(-1, x.shape[-1])
        return new(multinomial(weights, num_samples, replacement).reshape(*x.shape[:-1], num_samples)).long()

    def dropped(shape_of: Any) -> Any:
        def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
            if not training or p == 0:
                return input
            kept = new(draws.mask(shape_of(input), p)).to(input.dtype)
            return input * kept / (1 - p if p < 1 else 1)
        return dropout

    def attention(q: Any, k: Any, v: Any, attn_mask: Any = None, dropout_p: float = 0.0,
                  is_causal: bool = False, scale: Any = None, enable_gqa: bool = False) -> Any:
        if not dropout_p:
            return plain_attention(q, k, v, attn_mask, 0.0, is_causal, scale=scale, enable_gqa=enable_gqa)
        scores = q @ k.transpose(-2, -1) * (q.shape[-1] ** -0.5 if scale is None else scale)
        if is_causal:
            attn_mask = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).tril()
        if attn_mask is not None:
            scores = scores.masked_fill(~attn_mask, -torch.inf) if attn_mask.dtype == torch.bool \
                else scores + attn_mask
        return functional.dropout(scores.softmax(-1), dropout_p) @ v

    def classes(self: Any, sample_shape: Any = ()) -> Any:
        """Categorical.sample, by minigrad's rule."""
        ends = self.probs.detach().double().numpy().cumsum(-1)
        points = draws.random((*self._extended_shape(sample_shape), 1)) * ends[..., -1:]
        return new(np.asarray(np.minimum((points >= ends).sum(-1), ends.shape[-1] - 1)))

    def seed(value: Any) -> Any:
        draws.reset(value)
        return torch.default_generator

    plain_attention = functional.scaled_dot_product_attention
    torch.rand, torch.randn, torch.randint, torch.normal = rand, randn, randint, normal
    torch.rand_like, torch.randn_like = like(rand), like(randn)
    torch.randint_like = lambda x, *bounds, **options: randint(*bounds, tuple(x.shape), dtype=x.dtype)
    torch.randperm = lambda n, **options: made(draws.permutation(n), torch.int64)
    torch.bernoulli, torch.multinomial, torch.manual_seed = bernoulli, draw, seed
    torch.random.manual_seed = seed
    torch.distributions.Categorical.sample = classes
    torch.cuda.manual_seed = torch.cuda.manual_seed_all = lambda value: None
    tensor: Any = torch.Tensor
    tensor.uniform_ = filled(lambda shape, a=0.0, b=1.0, **o: draws.uniform(
        o.get("from", a), o.get("to", b), shape))
    tensor.normal_ = filled(lambda shape, mean=0.0, std=1.0: draws.normal(mean, std, shape))
    tensor.random_ = filled(random_values)
    tensor.exponential_ = filled(lambda shape, lambd=1.0: draws.exponential(1 / lambd, shape))
    tensor.bernoulli, tensor.bernoulli_, tensor.multinomial = bernoulli, bernoulli_, draw
    functional.dropout = dropped(lambda x: x.shape)
    functional.dropout1d = dropped(lambda x: (*x.shape[:-1], 1))
    functional.dropout2d = functional.dropout3d = dropped(lambda x: (*x.shape[:2], *[1] * (x.ndim - 2)))
    functional.scaled_dot_product_attention = attention
    torch.dropout = lambda x, p, train: functional.dropout(x, p, train)
    _prepare_samplers(torch)
    _watch(torch.Tensor, torch)
    _torch_backward(torch)
    try:
        torchvision: Any = importlib.import_module("torchvision")
    except ImportError:
        return torch
    proxy: Any = types.ModuleType("torch")
    proxy.__dict__.update(torch.__dict__)
    middle = Middle()
    proxy.rand = lambda *size, **o: made(middle.random(sizes(size, o)))
    proxy.randint = lambda low, high, size, **o: made(middle.integers(low, high, size), torch.int64)
    proxy.randperm = lambda n: torch.arange(n)
    proxy.empty = lambda *size, **o: types.SimpleNamespace(uniform_=lambda a, b: torch.full(
        (1,), (a + b) / 2, dtype=torch.float64))
    torchvision.transforms.transforms.torch = proxy
    replace_data_sets(torchvision.datasets, torch.utils.data.Dataset, torch, pictures=True)
    return torch


def _prepare_samplers(torch: Any) -> None:
    """The loader's order from ``draws``, without the seed that PyTorch's draws before."""
    data = torch.utils.data

    def order(self: Any) -> Any:
        n = len(self.data_source)
        if self.replacement:
            size = getattr(self, "batch_size", 1)               # minigrad draws a batch at a time
            for start in range(0, self.num_samples, size):
                yield from draws.integers(0, n, min(size, self.num_samples - start)).tolist()
        else:
            rounds = [draws.permutation(n) for _ in range(-(-self.num_samples // n))]
            yield from np.concatenate(rounds)[:self.num_samples].tolist()

    data.RandomSampler.__iter__ = order
    data.SubsetRandomSampler.__iter__ = lambda self: iter(draws.permutation(self.indices).tolist())
    data.WeightedRandomSampler.__iter__ = lambda self: iter(multinomial(
        np.asarray(self.weights)[None], self.num_samples, self.replacement)[0].tolist())
    loader = data.DataLoader.__init__

    def init(self: Any, *args: Any, **options: Any) -> None:
        loader(self, *args, **one_process(options))
        self.sampler.__dict__["batch_size"] = self.batch_size

    data.DataLoader.__init__ = init
    split = data.random_split

    def random_split(dataset: Any, lengths: Any, generator: Any = None) -> Any:
        plain, torch.randperm = torch.randperm, lambda n, **o: torch.from_numpy(draws.permutation(n))
        data.dataset.randperm = torch.randperm
        try:
            return split(dataset, lengths)
        finally:
            torch.randperm = plain

    data.random_split = random_split


def _torch_backward(torch: Any) -> None:
    plain = torch.autograd.backward

    def backward(tensors: Any, *args: Any, **options: Any) -> Any:
        record(tensors[0] if isinstance(tensors, (tuple, list)) else tensors)
        return plain(tensors, *args, **options)

    torch.autograd.backward = backward
    torch.Tensor.backward = lambda self, gradient=None, retain_graph=None, create_graph=False, inputs=None: \
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)


# ── minigrad ──────────────────────────────────────────────────────────────────────────────────────

def prepare_minigrad() -> Any:
    """minigrad, drawing from ``draws``."""
    minigrad, source, loader, randomness, dropout, datasets = map(_module, (
        "minigrad", "minigrad.backend.random", "minigrad.data.loader", "minigrad.data.randomness",
        "minigrad.ops.dropout", "minigrad.vision.datasets"))

    class AllDraws(source.Generator):  # type: ignore[name-defined, misc]
        numpy: Any = draws

        def __init__(self, *args: Any, **options: Any) -> None:
            pass

        def manual_seed(self, seed: int) -> Any:
            draws.reset(seed)
            return self

        def get_state(self) -> str:
            return "{}"

        def set_state(self, state: str) -> None:
            pass

    source.default_generator.__class__ = AllDraws
    del source.default_generator.__dict__["numpy"]
    source.generator_of.__code__ = (lambda generator: default_generator.numpy).__code__  # type: ignore # noqa: F821
    seeded = AllDraws.manual_seed
    minigrad.manual_seed = lambda seed: seeded(source.default_generator, seed)
    randomness.Epoch.order_stream = lambda self: draws
    randomness.Epoch.seed = property(lambda self: 0)
    randomness.random_stream.__code__ = (lambda generator=None: _middle).__code__  # type: ignore # noqa: F821
    randomness._middle = Middle()
    dropout.keep_mask = lambda x, p, generator: draws.mask(x.shape, p)
    init = loader.DataLoader.__init__
    loader.DataLoader.__init__ = lambda self, *args, **options: init(self, *args, **one_process(options))
    _watch(minigrad.Tensor, minigrad)
    plain = minigrad.Tensor.backward

    def backward(self: Any, *args: Any, **options: Any) -> Any:
        record(self)
        return plain(self, *args, **options)

    minigrad.Tensor.backward = backward
    replace_data_sets(datasets, datasets.ImageDataset, minigrad, pictures=False)
    return minigrad


def _module(name: str) -> Any:
    return importlib.import_module(name)


def one_process(options: dict[str, Any]) -> dict[str, Any]:
    """A loader's options without background workers, so that the order of draws is the program's."""
    for name in ("persistent_workers", "prefetch_factor", "multiprocessing_context", "timeout"):
        options.pop(name, None)
    return {**options, "num_workers": 0}


def _watch(tensor: Any, library: Any) -> None:
    """A GPU's names are accepted and mean the CPU: the machine may have one."""
    library.cuda.is_available = lambda: False


# ── what a program needs around it ────────────────────────────────────────────────────────────────

SHAPES = {"MNIST": (28, 28), "FashionMNIST": (28, 28), "KMNIST": (28, 28), "QMNIST": (28, 28),
          "USPS": (16, 16),
          "CIFAR10": (32, 32, 3), "CIFAR100": (32, 32, 3), "SVHN": (32, 32, 3), "STL10": (96, 96, 3)}


def replace_data_sets(datasets: Any, base: Any, library: Any, pictures: bool) -> None:
    """Generated images by the names of torchvision's data sets: as pictures there, as tensors in minigrad."""
    for name, shape in SHAPES.items():
        setattr(datasets, name, _data_set(name, shape, base, library, pictures))
    made_up: Any = _module("minigrad.vision.folder").FakeData      # the same noise for both
    datasets.FakeData = type("FakeData", (base,), {name: made_up.__dict__[name] for name in (
        "__init__", "__getitem__", "__len__")})


def _data_set(name: str, shape: tuple[int, ...], base: Any, library: Any, pictures: bool) -> Any:
    from PIL import Image

    def init(self: Any, root: Any = None, train: Any = True, transform: Any = None,
             target_transform: Any = None, download: bool = False, split: Any = None,
             **_: Any) -> None:
        train = train if split is None else split == "train"
        source, n = np.random.default_rng([3, bool(train)]), int(os.environ["PROGRAM_TRAIN"
                                                                            if train else "PROGRAM_TEST"])
        labels = source.integers(0, 100 if name == "CIFAR100" else 10, n)
        coarse = source.integers(0, 256, (n, *(-(-s // 4) for s in shape[:2]), *shape[2:]))
        pixels = coarse.repeat(4, 1).repeat(4, 2)[:, :shape[0], :shape[1]].astype(np.uint8)
        pixels[:, :2] = (labels * 2).reshape(n, *[1] * (pixels.ndim - 1))
        self.root, self.train = root, train
        self.transform, self.target_transform = transform, target_transform
        color = len(shape) == 3
        self.data = library.from_numpy(pixels) if not (pictures and color) else pixels
        self.targets = library.from_numpy(labels) if not (pictures and color) else labels.tolist()
        if pictures:
            self.labels, self.train_labels, self.train_data = self.targets, self.targets, self.data
            self.test_data, self.test_labels = self.data, self.targets
        self.pixels, self.numbers = pixels, labels

    def item(self: Any, index: int) -> Any:
        image: Any = Image.fromarray(self.pixels[index])
        label: Any = int(self.numbers[index])
        return (self.transform(image) if self.transform else image,
                self.target_transform(label) if self.target_transform else label)

    body: dict[str, Any] = {"__init__": init, "classes": [str(i) for i in range(10)]}
    if pictures:
        body.update(__getitem__=item, __len__=lambda self: len(self.pixels))
    return type(name, (base,), body)


def no_network(*_: Any, **__: Any) -> Any:
    raise OSError("programs run without a network")


def contain() -> None:
    """Limits of this process, before any of the program's code runs."""
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    socket.socket.connect = no_network  # type: ignore[method-assign]
    socket.getaddrinfo = no_network


def stand_in(name: str, **members: Any) -> None:
    """A module that only decorates a notebook, where it is not installed."""
    try:
        __import__(name)
    except ImportError:
        for part in [".".join(name.split(".")[:i + 1]) for i in range(name.count(".") + 1)]:
            sys.modules.setdefault(part, types.ModuleType(part))
        sys.modules[name].__dict__.update(members)
        sys.modules[name.partition(".")[0]].__dict__.update(get_ipython=lambda: None, version_info=(9, 0))


def missing_name(error: BaseException, library: str) -> str:
    """The first line that says what is absent, for the table."""
    where = [f for f in traceback.extract_tb(error.__traceback__)
             if library not in Path(f.filename).parts[-3:]]
    line = next((f for f in reversed(where) if f.filename.startswith(os.getcwd())), None)
    place = f" [{Path(line.filename).name}:{line.lineno} {line.line}]" if line else ""
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}{place}"


def perform(library: str, job: dict[str, Any]) -> None:
    """In the child: run the program, and write what came of it."""
    program = job["program"]
    sys.argv = [program, *job["args"]]
    os.chdir(job["cwd"])
    os.environ.update(job["environment"])
    contain()
    random.seed(0)
    np.random.seed(0)
    np.__dict__.setdefault("Inf", np.inf)           # a name that NumPy 2 took away
    show = lambda *a, **k: None  # noqa: E731
    stand_in("IPython.display", clear_output=show, display=show, Image=show, HTML=show, Markdown=show)
    plain_popen = os.popen
    os.popen = lambda command, *args: io.StringIO("24 80\n") if command == "stty size" else plain_popen(
        command, *args)  # type: ignore[assignment]
    stand_in("google.colab")
    builtins.display = show  # type: ignore[attr-defined]
    builtins.get_ipython = lambda: types.SimpleNamespace(  # type: ignore[attr-defined]
        run_line_magic=show, system=show, magic=show)
    reason, kind = "", "ok"
    sys.path.insert(0, os.getcwd())
    sys.path.insert(0, str(Path(program).resolve().parent))
    try:
        module = prepare_torch() if library == "torch" else prepare_minigrad()
        module.manual_seed(0)
        source = Path(program).read_text(encoding="utf-8")
        main_module = types.ModuleType("__main__")
        main_module.__file__ = program
        sys.modules["__main__"] = main_module
        exec(compile(source, os.path.abspath(program), "exec"), main_module.__dict__)
    except Enough:
        kind = "enough"
    except SystemExit as stop:
        if stop.code not in (None, 0):
            reason, kind = f"SystemExit: {stop.code}", "stopped"
    except BaseException as error:
        traceback.print_exc()
        reason, kind = missing_name(error, library), "stopped"
    Path(job["result"]).write_text(json.dumps({"kind": kind, "reason": reason, "losses": losses}))
    sys.stdout.flush()
    sys.stderr.flush()


def preload(library: str) -> None:
    """What most programs import, once for all of them."""
    for name in (library, "matplotlib.pyplot", "PIL.Image", "tqdm.notebook", "gymnasium.utils.seeding",
                 "torchvision" if library == "torch" else "minigrad.vision", "minigrad.vision.folder"):
        try:
            _module(name)
        except ImportError:
            continue
    if library == "torch":
        _module("torch").set_num_threads(1)
    if "gymnasium" in sys.modules:
        seeding: Any = sys.modules["gymnasium.utils.seeding"]
        plain = seeding.np_random
        seeding.np_random = lambda seed=None: plain(0 if seed is None else seed)
        sys.modules["gym"] = sys.modules["gymnasium"]
    bars, notebook = _module("tqdm"), _module("tqdm.notebook")
    notebook.tqdm, notebook.trange = bars.tqdm, bars.trange


def main() -> None:
    """Serve jobs until the input ends; the answer to each is how it ended, null if too slow."""
    library = sys.argv[1]
    preload(library)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if not child:
            os.setsid()
            with open(job["output"], "wb") as output, open(os.devnull, "rb") as nothing:
                for source, target in ((nothing, 0), (output, 1), (output, 2)):
                    os.dup2(source.fileno(), target)
            try:
                perform(library, job)
            finally:
                os._exit(0)
        until, status = time.monotonic() + job["seconds"], None
        while status is None and time.monotonic() < until:
            done, code = os.waitpid(child, os.WNOHANG)
            status = code if done else None
            time.sleep(0.05)
        if status is None:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
        print(json.dumps(status), flush=True)


if __name__ == "__main__":
    main()
