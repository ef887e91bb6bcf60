"""The formulas of minigrad's operations, by class; lines of ``ops.pointwise`` bring their own.

Where a text depends on an operation's options (an exponent, a dimension), the table has a function of the
operation. An operation that is not in it is shown by name only.
"""
from __future__ import annotations

import re
from typing import Any

from ..autograd import Function
from ..linalg import decompositions, solving
from ..nn.hooks import Pass
from ..ops import (activation, arithmetic, convert, convolution, cross_entropy, dropout, einsum, embedding,
                   fusion, gather_scatter, indexing, inplace, join, linalg, losses, matrix, norm,
                   normalization, pad, piecewise, pointwise, pooling, recurrent, reduce, rounding, scan,
                   select, shape as shapes, softmax, sort, special, unfold)
from .formulas import ATOM, POWER, PRODUCT, SUM, Formula, Rule, call, infix, superscript, unknown
from .wording import number, shape


def formula_of(op: Function) -> Formula:
    """The texts for one operation; a generic one where the table has none."""
    if type(op) in pointwise.TABLE:
        return of_line(type(op))
    rule = TABLE.get(type(op))
    if rule is None:
        return unknown(op)
    return rule if isinstance(rule, Formula) else rule(op)


def _power(op: Any) -> Formula:
    c = op.exponent
    before = superscript(c - 1) if c != 2 else ""
    slope = "0" if c == 0 else "1" if c == 1 else f"{_factor(c)}·{{x}}{before}"
    return Formula(f"{{x}}{superscript(c)}", POWER, (ATOM,), {"x": slope})


def _times(c: float) -> str:
    return "" if c == 1 else f", times {number(c)}"


def _factor(c: float) -> str:
    text = number(c)
    return f"({text})" if text.startswith("−") else text


def _dims(op: Any) -> str:
    return "" if op.dim is None else f", dim={op.dim}"


def _given(op: Any, i: int) -> bool:
    """Whether input i is there at all, not None."""
    return op.needs(i) or op.constants[sum([edge is None for edge in op.edges[:i]])] is not None


def _batch_norm(op: Any) -> Formula:
    names = "".join(f", {{{name}}}" for i, name in ((1, "w"), (2, "b")) if _given(op, i))
    scale = "{w} / s" if _given(op, 1) else "1 / s"
    return Formula(f"batch_norm({{x}}{names})", flows={
        "x": f"{scale} · ({{g}} − mean({{g}}) − x̂ · mean({{g}}·x̂)), x̂ = ({{x}} − mean) / s, "
             "s = √(variance + eps)",
        "w": "Σ {g} · x̂ over batch and positions", "b": "Σ {g} over batch and positions"})


def _through_time(text: str, *states: str) -> Formula:
    """A recurrent layer over a whole sequence: every gradient comes back through all steps."""
    names = ("x", "h", *states, "w_ih", "w_hh", "b_ih", "b_hh")
    return Formula(text, flows={name: "back through time from {g}" for name in names})


def _reduction(name: str, flow: str) -> Rule:
    return lambda op: call(name, flow=flow, options=_dims(op))


def _sum(op: Any) -> Formula:
    return call("sum", flow=f"{{g}}, repeated to {shape(op.input_shape)}", options=_dims(op))


def _reshape(op: Any) -> Formula:
    return call("reshape", flow=f"{{g}} in the shape {shape(op.input_shape)}",
                options=f", {shape(op.result_shape)}")


def _permute(op: Any) -> Formula:
    if tuple(op.dims) == (1, 0):
        return Formula("{x}ᵀ", POWER, (ATOM,), flows={"x": "{g}ᵀ"})
    return call("permute", flow="{g} with its dimensions in the old order", options=f", {shape(op.dims)}")


def _index(op: Any) -> Formula:
    return Formula(f"{{x}}[{_subscript(op.index)}]", ATOM, (ATOM,),
                   flows={"x": f"zeros, with {{g}} added at [{_subscript(op.index)}]"})


def _subscript(index: Any) -> str:
    """An index as it was written: 0, 1:3, :, … and "…indices" for an array."""
    if isinstance(index, tuple):
        return ", ".join(_subscript(part) for part in index)
    if isinstance(index, slice):
        ends = ["" if n is None else str(n) for n in (index.start, index.stop, index.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if index is None or isinstance(index, int):
        return str(index)
    return "…" if index is Ellipsis else "indices"


def _linear(op: Any) -> Formula:
    bias = len(op.constants) == 0 or op.constants[-1] is not None or op.needs(2)
    return Formula("{x} @ {w}ᵀ + {b}" if bias else "{x} @ {w}ᵀ", SUM if bias else PRODUCT,
                   (PRODUCT, ATOM, SUM),
                   flows={"x": "{g} @ {w}", "w": "{g}ᵀ @ {x}", "b": "Σ {g} over the samples"})


def _conv2d(op: Any) -> Formula:
    bias = len(op.constants) == 0 or op.constants[-1] is not None or op.needs(2)
    return Formula("conv2d({x}, {w}, {b})" if bias else "conv2d({x}, {w})", flows={
        "x": "each window receives {w} · {g}", "w": "Σ {g} · window of {x}",
        "b": "Σ {g} over samples and positions"})


def _conv_relu_pool(op: Any) -> Formula:
    bias = len(op.constants) == 0 or op.constants[-1] is not None or op.needs(2)
    inner = "{x}, {w}, {b}" if bias else "{x}, {w}"
    return Formula(f"max_pool2d(relu(conv2d({inner})))",
                   flows={"x": "each window receives {w} · ({g} at the maxima above 0)",
                          "w": "Σ ({g} at the maxima above 0) · window of {x}",
                          "b": "Σ {g} at the maxima above 0"})


def _einsum(op: Any) -> Formula:
    equation = f"{','.join(op.inputs)}->{op.output}"
    return Formula(f"einsum('{equation}', {{xs}})",
                   flows={"xs": "einsum of {g} and the other operands"})


def _clamp(op: Any) -> Formula:
    low = "−∞" if op.low is None else number(op.low)
    high = "∞" if op.high is None else number(op.high)
    return call("clamp", slope=f"1 for {low} ≤ {{x}} ≤ {high}, else 0", options=f", {low}, {high}")


def _dropout(op: Any) -> Formula:
    kept = "0" if op.p >= 1 else f"0 or {number(1 / (1 - op.p))}, as drawn"
    return call("dropout", slope=kept, options=f", p={number(op.p)}")


def _elu(op: Any) -> Formula:
    name = "elu" if op.scale == op.rate == 1 else "celu" if op.scale == 1 else "selu"
    inner = "{x}" if op.rate == 1 else f"{number(op.rate)}·{{x}}"
    slope = f"{number(op.scale)} for {{x}} > 0, else {number(op.scale * op.alpha * op.rate)}·exp({inner})"
    return call(name, slope=slope)


def _softplus(op: Any) -> Formula:
    inner = "{x}" if op.beta == 1 else f"{number(op.beta)}·{{x}}"
    slope = f"σ({inner})"
    if op.threshold < 15:               # beyond it σ is 1 up to rounding anyway
        slope = f"1 for {inner} > {number(op.threshold)}, else {slope}"
    return call("softplus", slope=slope)


def _needed(before: str, after: str) -> int:
    """How tightly an operand must bind that stands between these two characters of a formula."""
    if before == "√" or after in "²³" and after:
        return ATOM
    if before == "/":
        return POWER
    if before in ("·", "−") or after in ("·", "/"):
        return PRODUCT
    return SUM if before == "+" or after in ("+", "−") else 0


def of_line(op: type[Function]) -> Formula:
    """The texts of an operation made from a line of ``ops.pointwise``, whose x, y and z become operands."""
    line = pointwise.TABLE[op]
    bare = re.sub(r"\|.*?\||⌊.*?⌋|⌈.*?⌉", "", line.formula)
    while bare != (bare := re.sub(r"\([^()]*\)", "", bare)):
        pass                                                # what stands in parentheses binds by them
    rank = SUM if re.search(" [+−] ", bare) else PRODUCT if re.search("[·/]", bare) else \
        POWER if bare.startswith("√") else ATOM
    around = {name: [_needed(*pair) for pair in re.findall(
        rf"(\S?) ?(?<![A-Za-z]){name}(?![A-Za-z]) ?(\S?)", line.formula)] for name in op.input_names}
    braced = {text: re.sub(r"(?<![A-Za-z])([xyz])(?![A-Za-z])", r"{\1}", text)
              for text in (line.formula, *line.slopes.values())}
    return Formula(braced[line.formula], rank, tuple(max(n, default=0) for n in around.values()),
                   {name: braced[text] for name, text in line.slopes.items()})


TABLE: dict[type[Function], Rule] = {
    # Entry by entry.
    arithmetic.Add: infix("+", SUM, "1", "1"),
    arithmetic.Sub: infix("−", SUM, "1", "−1", strict=True),
    arithmetic.Mul: infix("·", PRODUCT, "{y}", "{x}"),
    arithmetic.Div: infix("/", PRODUCT, "1/{y}", "−{x}/{y}²", strict=True),
    arithmetic.Neg: Formula("−{x}", SUM, (PRODUCT,), {"x": "−1"}),
    arithmetic.PowScalar: _power,
    arithmetic.Pow: Formula("{x}^{y}", POWER, (ATOM, ATOM), {"x": "{y}·{x}^({y} − 1)", "y": "{z}·ln({x})"}),
    rounding.Round: call("round", slope="0"),
    rounding.Remainder: infix("mod", PRODUCT, "1", "−⌊{x}/{y}⌋", strict=True),
    rounding.FloorDivide: Formula("⌊{x} / {y}⌋", ATOM, (PRODUCT, POWER), {"x": "0", "y": "0"}),
    select.Clamp: _clamp,
    select.ClampMin: Formula("max({x}, {limit})", slopes={
        "x": "1 for {limit} ≤ {x}, else 0", "limit": "1 for {x} < {limit}, else 0"}),
    select.ClampMax: Formula("min({x}, {limit})", slopes={
        "x": "1 for {x} ≤ {limit}, else 0", "limit": "1 for {x} > {limit}, else 0"}),
    select.Where: Formula("where(condition, {x}, {y})", slopes={
        "x": "1 where the condition holds, else 0", "y": "0 where the condition holds, else 1"}),
    select.MaskedFill: Formula("masked_fill({y}, mask, {x})", slopes={
        "x": "1 where the mask is True, else 0", "y": "0 where the mask is True, else 1"}),
    matrix.Triangle: lambda op: call("tril" if op.lower else "triu",
                                     slope="1 in the triangle, 0 elsewhere"),
    convert.Clone: call("clone", slope="1"),
    convert.Cast: lambda op: call("cast", slope="1", options=f", {op.result_dtype}"),
    shapes.BroadcastTo: lambda op: call("broadcast", slope="1", options=f", {shape(op.result_shape)}"),
    Pass: call("identity", slope="1"),
    # Activations.
    activation.ReLU: call("relu", slope="1 for {x} > 0, else 0"),
    activation.Sigmoid: call("sigmoid", slope="{z}·(1 − {z})"),
    activation.Tanh: call("tanh", slope="1 − {z}²"),
    softmax.Softmax: lambda op: call("softmax", flow="{z} · ({g} − Σ {g}·{z})", options=_dims(op)),
    softmax.LogSoftmax: lambda op: call("log_softmax", flow="{g} − exp({z}) · Σ {g}",
                                        options=_dims(op)),
    dropout.Dropout: _dropout,
    activation.LeakyReLU: lambda op: call("leaky_relu", slope=f"1 for {{x}} > 0, else {number(op.slope)}"),
    activation.ELU: _elu,
    activation.Softplus: _softplus,
    piecewise.Hardtanh: lambda op: call(
        "hardtanh", slope=f"1 for {number(op.low)} < {{x}} < {number(op.high)}, else 0"),
    activation.GELU: call("gelu", slope="Φ({x}) + {x}·φ({x})"),
    activation.SiLU: call("silu", slope="σ({x})·(1 + {x}·(1 − σ({x})))"),
    activation.GELUTanh: call("gelu", slope="½·(1 + t) + ½·{x}·(1 − t²)·u′", options=", tanh"),
    # Products.
    linalg.MatMul: Formula("{x} @ {w}", PRODUCT, (PRODUCT, POWER),
                           flows={"x": "{g} @ {w}ᵀ", "w": "{x}ᵀ @ {g}"}),
    linalg.Linear: _linear,
    convolution.Conv2d: _conv2d,
    einsum.EinSum: _einsum,
    # Linear algebra.
    solving.Inv: Formula("{x}⁻¹", POWER, (ATOM,), flows={"x": "−{z}ᵀ @ {g} @ {z}ᵀ"}),
    solving.Solve: Formula("{a}⁻¹ @ {b}", PRODUCT, (ATOM, POWER), flows={
        "a": "−{a}⁻ᵀ @ {g} @ {z}ᵀ", "b": "{a}⁻ᵀ @ {g}"}),
    solving.Det: call("det", flow="{g} · {z} · {x}⁻ᵀ"),
    solving.LogAbsDet: Formula("ln|det({x})|", flows={"x": "{g} · {x}⁻ᵀ"}),
    solving.Pinv: Formula("{x}⁺", POWER, (ATOM,), flows={
        "x": "−{z}ᵀ @ {g} @ {z}ᵀ, and more where {x} has no inverse"}),
    decompositions.Cholesky: call(
        "cholesky", flow="½·L⁻ᵀ @ (Φ + Φᵀ) @ L⁻¹, Φ = tril(Lᵀ @ {g}), its diagonal halved"),
    decompositions.QR: call("qr", flow="(g_Q + Q @ sym(triu(g_R @ Rᵀ − Qᵀ @ g_Q))) @ R⁻ᵀ"),
    decompositions.EigH: call("eigh", flow="V @ (diag(g_λ) + Vᵀ @ g_V / (λⱼ − λᵢ)) @ Vᵀ"),
    decompositions.SVD: call("svd", flow="U @ (A·S + S·B + diag(g_σ)) @ Vᵀ, and more outside of U and V"),
    # Sums and extremes.
    reduce.Sum: _sum,
    reduce.Mean: lambda op: call("mean", flow=f"{{g}} · {number(float(op.share))}, repeated to "
                                              f"{shape(op.input_shape)}", options=_dims(op)),
    reduce.Prod: _reduction("prod", "{g} · the product of the other entries"),
    reduce.Amax: _reduction("amax", "{g} to the largest entry, shared by equal ones"),
    reduce.Amin: _reduction("amin", "{g} to the smallest entry, shared by equal ones"),
    sort.Median: _reduction("median", "{g} to the middle entry, shared by equal ones"),
    scan.CumProd: _reduction("cumprod", "the running sum of {g}·{z} from the end, over {x}"),
    scan.LogCumSumExp: _reduction("logcumsumexp", "exp({x}) · the running sum of {g}·exp(−{z}) from the end"),
    special.Polygamma: lambda op: Formula(f"ψ⁽{superscript(op.n)}⁾({{x}})", slopes={
        "x": f"ψ⁽{superscript(op.n + 1)}⁾({{x}})"}),
    scan.CumSum: _reduction("cumsum", "the running sum of {g} from the end"),
    norm.Norm: _reduction("norm", "{g} · {x} / {z}"),
    normalization.Standardize: lambda op: call(
        "standardize", flow="({g} − mean({g}) − {z} · mean({g}·{z})) / s, s = √(variance + eps)",
        options=f", dim={shape(op.dims)}"),
    normalization.BatchNorm: _batch_norm,
    recurrent.LSTMSequence: _through_time("lstm({x}, {h}, {c})", "c"),
    recurrent.GRUSequence: _through_time("gru({x}, {h})"),
    normalization.LayerNorm: Formula("layer_norm({x}, {w}, {b})", flows={
        "x": "(h − mean(h) − x̂ · mean(h·x̂)) / s, h = {g}·{w}, x̂ = ({x} − mean) / s, s = √(variance + eps)",
        "w": "Σ {g} · x̂ over the samples", "b": "Σ {g} over the samples"}),
    pooling.MaxPool2d: call("max_pool2d", flow="{g} to the largest entry of each window"),
    pooling.SumPool2d: call("sum_pool2d", flow="each entry receives the {g} of its windows"),
    fusion.ConvReLUPool: _conv_relu_pool,
    # Losses.
    losses.MeanSquaredError: Formula("mse({x}, {t})", flows={
        "x": "{g} · 2/n · ({x} − {t})", "t": "−{g} · 2/n · ({x} − {t})"}),
    cross_entropy.FusedCrossEntropy: call("cross_entropy", flow="{g} · (softmax({x}) − onehot(t))",
                                          options=", t"),
    fusion.BiasReLU: Formula("relu({z} + {b})", flows={
        "z": "{g} where {z} + {b} > 0, else 0", "b": "Σ {g} where {z} + {b} > 0"}),
    cross_entropy.CrossEntropy: call("cross_entropy", flow="{g} · (softmax({x}) − onehot(t))",
                                     options=", t"),
    cross_entropy.SoftCrossEntropy: Formula("cross_entropy({x}, {q})", flows={
        "x": "{g} · (softmax({x}) · Σ {q} − {q})", "q": "−{g} · log_softmax({x})"}),
    losses.Huber: lambda op: Formula(f"huber({{x}}, {{t}}, δ={number(op.delta)})", slopes={
        "x": f"{{x}} − {{t}} held in ±δ{_times(op.scale)}",
        "t": f"{{t}} − {{x}} held in ±δ{_times(op.scale)}"}),
    losses.BinaryCrossEntropy: Formula("binary_cross_entropy({p}, {t})", slopes={
        "p": "({p} − {t}) / ({p}·(1 − {p}))", "t": "ln(1 − {p}) − ln({p})"}),
    # Shapes and selections.
    shapes.Reshape: _reshape,
    shapes.Permute: _permute,
    join.Cat: lambda op: Formula(f"cat({{xs}}{_dims(op)})", flows={"xs": "its part of {g}"}),
    shapes.Flip: call("flip", flow="{g} in reverse order"),
    pad.Pad: call("pad", flow="the inner part of {g}"),
    shapes.Roll: call("roll", flow="{g} rolled back"),
    gather_scatter.Scatter: Formula("scatter({x}, {values})", flows={
        "x": "{g}, and 0 at the index", "values": "{g} at the index"}),
    gather_scatter.ScatterAdd: Formula("scatter_add({x}, {values})", flows={
        "x": "{g}", "values": "{g} at the index"}),
    inplace.Replace: Formula("replace({x}, {values})", flows={
        "x": "{g}, and 0 at what was replaced", "values": "{g} at what was replaced"}),
    matrix.Diagonal: call("diagonal", flow="zeros, with {g} on the diagonal"),
    indexing.Index: _index,
    indexing.IndexAdd: Formula("index_add({y})", flows={"y": "{g} at the index"}),
    gather_scatter.Gather: lambda op: call("gather", flow="zeros, with {g} added at the index",
                                           options=_dims(op)),
    embedding.Embedding: Formula("embedding({w})", flows={"w": "zeros, with each {g} added to its row"}),
    unfold.Unfold: call("unfold", flow="the columns of {g} added where their windows lay"),
    unfold.Fold: Formula("fold({y})", flows={"y": "the windows of {g} as columns"}),
}
