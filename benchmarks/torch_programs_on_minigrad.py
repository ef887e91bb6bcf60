"""minigrad made to draw from ``torch_programs_draws``, and to write down what ``backward`` is called on."""
from __future__ import annotations

import importlib
from typing import Any

from torch_programs_data import replace_data_sets
from torch_programs_draws import Middle, draws, one_process, record


def prepare() -> Any:
    """minigrad, drawing from ``draws``."""
    modules: list[Any] = [importlib.import_module(name) for name in (
        "minigrad", "minigrad.backend.random", "minigrad.data.loader", "minigrad.data.randomness",
        "minigrad.ops.dropout", "minigrad.vision.datasets")]
    minigrad, source, loader, randomness, dropout, datasets = modules

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
    minigrad.cuda.is_available = lambda: False      # a GPU's names are accepted and mean the CPU
    plain = minigrad.Tensor.backward

    def backward(self: Any, *args: Any, **options: Any) -> Any:
        record(self)
        return plain(self, *args, **options)

    minigrad.Tensor.backward = backward
    replace_data_sets(datasets, datasets.ImageDataset, minigrad, pictures=False)
    return minigrad
