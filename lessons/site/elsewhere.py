"""Coming from PyTorch, Keras or NumPy: what is called the same, and what is not."""
from __future__ import annotations

from minigrad.errors import other_names

SAME = """\
# Coming from PyTorch, Keras or NumPy

## PyTorch

minigrad uses PyTorch's names and gives PyTorch's numbers: `import torch` becomes `import minigrad`, and most
programs run. What differs:

| PyTorch | minigrad |
| --- | --- |
| `torch.load(path)` of a whole model | a `state_dict` only: reading a pickled model would run code |
| complex tensors, `torch.fft` | none |
| `torch.compile` | `minigrad.compile`, of a whole training step; on a GPU `minigrad.cuda.capture(step)` |
| `torch.jit` | none |
| `torch.distributed`, `DistributedDataParallel` | the same, by MPI, and NCCL between GPUs |
| `torchrun --nproc-per-node=4` | `python -m minigrad.launch -n 4` |
| `dim=`, `keepdim=` | the same, and NumPy's `axis=`, `keepdims=` beside them |
| `torch.autograd.gradcheck` | the same call; a failure says what is wrong |
| `torchvision.datasets`, `transforms` | `minigrad.vision` |
| a training loop of your own | the same, or `minigrad.train.fit(model, …)` |

## Keras

| Keras | minigrad |
| --- | --- |
| images (N, H, W, C) | images (N, C, H, W): `x.permute(0, 3, 1, 2)` |
| `Dense(units)` finds the inputs by itself | `nn.Linear(inputs, outputs)`, or `nn.LazyLinear(outputs)` |
| `activation="softmax"` in the last layer | no softmax there: `nn.CrossEntropyLoss` has it |
"""


def page() -> str:
    """The tables, from the names that minigrad's error messages know, too."""
    rows = [
        (f"{'' if owner == 'minigrad' else owner + '.'}{name}", here)
        for owner in ("nn", "F", "optim")
        for name, here in other_names.MODULES[owner].items()
    ]
    keras = [
        *rows,
        *(("model." + name, here) for name, here in other_names.MODEL.items()),
        *(("optimizer." + name, here) for name, here in other_names.OPTIMIZER.items()),
    ]
    numpy = [
        *((f"np.{name}", here) for name, here in other_names.MODULES["minigrad"].items()
          if name[0].islower()),
        *((f"x.{name}", here) for name, here in other_names.TENSOR.items()),
    ]
    return (
        SAME
        + _rows(keras)
        + "\n\n## NumPy, and habits from elsewhere\n\n| there | minigrad |\n| --- | --- |\n"
        "| arrays change in place without a trace | a change in place is an operation with a gradient |\n"
        "| float64 unless said otherwise | float32 unless said otherwise: `minigrad.set_default_dtype` |\n"
        + _rows(numpy)
        + "\n"
    )


def _rows(pairs: list[tuple[str, str]]) -> str:
    return "\n".join(f"| `{there}` | {_here(here)} |" for there, here in pairs)


def _here(text: str) -> str:
    """What minigrad has: code, or a sentence."""
    return text if text.startswith("nothing") or ": " in text and "(" not in text else f"`{text}`"
