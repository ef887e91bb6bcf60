"""The same gradients, right and wrong, judged by four checks: minigrad's, PyTorch's, autograd's and JAX'.

    python benchmarks/gradcheck_peers.py             # judges, and prints the table
    python benchmarks/gradcheck_peers.py --table     # what is recorded

The peers are optional; one that isn't installed has no column. Each check is given the same function with the
same hand-written backward, in its own way: ``torch.autograd.Function``, HIPS autograd's ``primitive`` and
``defvjp``, ``jax.custom_vjp``. All compute in float64 with default tolerances. Recorded are the verdict
(right, wrong, or not measured), the first line that explains a failure, and the processor time, in
``benchmarks/results/gradcheck_peers.json``.
"""
from __future__ import annotations

import importlib
import json
import platform
import sys
import time
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Callable, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from report import recording                                   # noqa: E402

import minigrad                                                # noqa: E402
from minigrad.check import gradcheck_function                  # noqa: E402
from minigrad.files.writing import write_atomically  # noqa: E402

RECORD = ROOT / "benchmarks" / "results" / "gradcheck_peers.json"
SEED = 0
Backward = Callable[[Any, Any], Any]


class Given(NamedTuple):
    """A function of an array, written for any library's NumPy; its backward in NumPy; and the truth."""

    forward: Callable[[Any, Any], Any]          # (the library's NumPy, x)
    backward: Backward                          # (upstream, x)
    x: np.ndarray
    right: bool


def softmax(np_: Any, x: Any) -> Any:
    e = np_.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def cases() -> dict[str, Given]:
    """The rows of the table."""
    random = np.random.default_rng(SEED)
    x = random.standard_normal((4, 5))
    s = lambda x: softmax(np, x)
    big = random.standard_normal(1_000)
    square = random.standard_normal((4, 4))
    w = random.standard_normal((4, 4))
    return {
        "sin": Given(lambda n, x: n.sin(x), lambda v, x: v * np.cos(x), x, True),
        "softmax": Given(softmax, lambda v, x: s(x) * (v - (v * s(x)).sum(-1, keepdims=True)), x, True),
        "relu at 0": Given(lambda n, x: n.maximum(x, 0), lambda v, x: v * (x > 0), np.array([0.0, 1.0, -1.0]),
                           True),
        "|x| at 1e-9": Given(lambda n, x: n.abs(x), lambda v, x: v * np.sign(x), np.array([1e-9, 2.0]), True),
        "maximum, a tie": Given(lambda n, x: x.max(-1), lambda v, x: v[:, None] * np.eye(3)[x.argmax(-1)],
                                np.array([[1.0, 1.0, 0.0], [2.0, 1.0, 2.0]]), True),
        "1/x at 1e-6": Given(lambda n, x: 1 / x, lambda v, x: -v / x ** 2, np.array([1e-6, 1e-5]), True),
        "mean of x², 1 beside 1e8": Given(lambda n, x: (x ** 2).mean(), lambda v, x: v * 2 * x / x.size,
                                          np.array([0.3, 1e8]), True),
        "floor(x) at 123456.7": Given(lambda n, x: n.floor(x), lambda v, x: 0 * x, np.array([123456.7, 0.5]),
                                      True),
        "sin(1e5 x)": Given(lambda n, x: n.sin(1e5 * x), lambda v, x: v * 1e5 * np.cos(1e5 * x), x, True),
        "tanh, 1,000 entries": Given(lambda n, x: n.tanh(x),
                                     lambda v, x: v * (1 - np.tanh(x) ** 2), big, True),
        "sign flipped": Given(lambda n, x: n.cos(x), lambda v, x: v * np.sin(x), x, False),
        "1/n missing": Given(lambda n, x: n.exp(x).mean(), lambda v, x: v * np.exp(x), x, False),
        "softmax, 0": Given(softmax, lambda v, x: 0 * x, x, False),
        "softmax, v·s·(1 − s)": Given(softmax, lambda v, x: v * s(x) * (1 - s(x)), x, False),
        "x @ w, wᵀ v": Given(lambda n, x: x @ n.asarray(w), lambda v, x: w.T @ v, square, False),
        "σ′ = σ(1 + σ)": Given(lambda n, x: 1 / (1 + n.exp(-x)), lambda v, x: v / (1 + np.exp(-x)) * (
            1 + 1 / (1 + np.exp(-x))), x, False),
        "|v|": Given(lambda n, x: n.sin(x), lambda v, x: np.abs(v) * np.cos(x), x, False),
        "maximum, counted twice": Given(lambda n, x: x.max(-1), lambda v,
                                        x: v[:, None] * (x == x.max(-1, keepdims=True)),
                                        np.array([[1.0, 1.0, 0.0], [2.0, 1.0, 2.0]]), False),
        "slopes of 1e-8, twice": Given(lambda n, x: 1e-8 * n.sin(x), lambda v, x: 2e-8 * v * np.cos(x), x,
                                       False),
        "tanh at 40, gradient 0": Given(lambda n, x: n.tanh(x), lambda v, x: 0 * x, np.array([40.0, 50.0]),
                                        True)}


# ── the four checks: each returns a failure's message, or "" ──────────────────────────────────────

def by_minigrad(given: Given) -> str:
    report = gradcheck_function(lambda x: given.forward(np, x), given.backward, [given.x],
                                raise_exception=False,
                                name="f")
    return "" if report.passed else ("not measured: " if not report.measurable else "") + reason(report.text)


def reason(text: str) -> str:
    """The line that explains, with what it goes on in."""
    lines = text.splitlines()
    explained = [k for k, line in enumerate(lines) if line.startswith("  ") and not line.startswith(
        ("    ", "  worst", "  got", "  entries")) and ("analytic / numeric lies" not in line)]
    if not explained:
        return lines[-1].strip()
    end = next((k for k in range(explained[0] + 1, len(lines)) if not lines[k].startswith("    ")),
               len(lines))
    return " ".join(line.strip() for line in lines[explained[0]:end])


def by_torch(given: Given) -> str:
    torch = importlib.import_module("torch")

    class F(torch.autograd.Function):           # type: ignore[name-defined, misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return torch.as_tensor(np.asarray(given.forward(np, x.detach().numpy())))

        @staticmethod
        def backward(ctx: Any, v: Any) -> Any:
            (x,) = ctx.saved_tensors
            return torch.as_tensor(np.array(given.backward(v.numpy(), x.detach().numpy())))
    try:
        torch.autograd.gradcheck(F.apply, torch.tensor(given.x, requires_grad=True))
    except RuntimeError as error:
        return " ".join(str(error).split())
    return ""


def by_autograd(given: Given) -> str:
    extend, check = importlib.import_module("autograd.extend"), importlib.import_module("autograd.test_util")
    f = extend.primitive(lambda x: given.forward(np, x))
    extend.defvjp(f, lambda y, x: lambda v: given.backward(v, x))
    np.random.seed(SEED)
    try:
        check.check_vjp(f, given.x)
    except AssertionError as error:
        return " ".join(str(error).split())
    return ""


def by_jax(given: Given) -> str:
    jax, check = importlib.import_module("jax"), importlib.import_module("jax.test_util")
    jax.config.update("jax_enable_x64", True)
    n = importlib.import_module("jax.numpy")
    f = jax.custom_vjp(lambda x: given.forward(n, x))

    def back(x: Any, v: Any) -> tuple[Any]:
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
        host = lambda v, x: np.array(given.backward(np.asarray(v), np.asarray(x)), np.float64)
        return (jax.pure_callback(host, shape, v, x),)
    f.defvjp(lambda x: (f(x), x), back)
    np.random.seed(SEED)
    try:
        check.check_grads(f, (n.asarray(given.x),), order=1, modes=("rev",))
    except AssertionError as error:
        return " ".join(str(error).split())
    return ""


CHECKS: dict[str, tuple[str, Callable[[Given], str]]] = {
    "minigrad": ("minigrad", by_minigrad), "PyTorch": ("torch", by_torch),
    "HIPS autograd": ("autograd", by_autograd),
    "JAX": ("jax", by_jax)}


def installed() -> dict[str, str]:
    """The checks that are here, with their versions."""
    found = {"minigrad": minigrad.__version__}
    for name, (package, _) in list(CHECKS.items())[1:]:
        try:
            importlib.import_module(package)
            found[name] = version(package)
        except (ImportError, PackageNotFoundError):
            continue
    return found


def judge(check: Callable[[Given], str], given: Given) -> dict[str, Any]:
    """One cell: the verdict, the message, the processor time of the second of two calls."""
    cell: dict[str, Any] = {}
    for _ in range(2):
        began = time.process_time()
        with np.errstate(all="ignore"):
            try:
                message = check(given)
            except Exception as error:              # it is a result, too
                message = f"{type(error).__name__}: {error}"
        cell = {"ms": round(1000 * (time.process_time() - began), 1), "message": message[:300]}
        if cell["ms"] > 5000:
            break
    measured = not message.startswith("not measured")
    cell["verdict"] = "right" if not message else "wrong" if measured else "not measured"
    cell["true"] = cell["verdict"] == ("right" if given.right else "wrong")
    return cell


def table(record: dict[str, Any]) -> str:
    """The record in Markdown: a row for each gradient, false verdicts in bold."""
    names = list(record["versions"])
    lines = ["| gradient | is | " + " | ".join(names) + " |", "| --- |" * 1 + " --- |" * (len(names) + 1)]
    for name, row in record["rows"].items():
        cells = []
        for check in names:
            cell = row[check]
            verdict = cell["verdict"] if cell["true"] else f"**{cell['verdict']}**"
            cells.append(f"{verdict}, {cell['ms']:g} ms")
        lines.append(f"| {name} | {'right' if row['right'] else 'wrong'} | " + " | ".join(cells) + " |")
    lines += ["", "What each says of the wrong ones:", ""]
    for name, row in record["rows"].items():
        if not row["right"]:
            lines.append(f"- {name}")
            lines += [f"    - {check}: {row[check]['message'][:160] or '(passes)'}" for check in names]
    return "\n".join(lines)


def main() -> int:
    """Judge and print; 1 when minigrad's check was wrong."""
    options = recording(__doc__, RECORD).parse_args()
    if options.table:
        print(table(json.loads(options.record.read_text(encoding="utf-8"))))
        return 0
    versions = installed()
    rows = {name: {"right": given.right, **{check: judge(CHECKS[check][1], given) for check in versions}}
            for name, given in cases().items()}
    record = {"date": datetime.now(timezone.utc).isoformat(timespec="seconds"), "machine": platform.machine(),
              "processor": processor(), "python": platform.python_version(), "numpy": np.__version__,
              "seed": SEED,
              "versions": versions, "rows": rows}
    write_atomically(options.record, (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())
    print(table(record))
    return int(not all(row["minigrad"]["true"] for row in rows.values()))


def processor() -> str:
    """The processor's name, where Linux tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    sys.exit(main())
