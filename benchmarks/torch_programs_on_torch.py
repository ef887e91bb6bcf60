"""PyTorch made to draw from ``torch_programs_draws``, and to write down what ``backward`` is called on."""
from __future__ import annotations

import importlib
import types
from typing import Any

import numpy as np
from torch_programs_data import replace_data_sets
from torch_programs_draws import Middle, draws, multinomial, one_process, record


def prepare() -> Any:
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
    prepare_samplers(torch)
    torch.cuda.is_available = lambda: False         # a GPU's names are accepted and mean the CPU
    watch_backward(torch)
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


def prepare_samplers(torch: Any) -> None:
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


def watch_backward(torch: Any) -> None:
    plain = torch.autograd.backward

    def backward(tensors: Any, *args: Any, **options: Any) -> Any:
        record(tensors[0] if isinstance(tensors, (tuple, list)) else tensors)
        return plain(tensors, *args, **options)

    torch.autograd.backward = backward
    torch.Tensor.backward = lambda self, gradient=None, retain_graph=None, create_graph=False, inputs=None: \
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)
