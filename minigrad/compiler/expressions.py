"""What each entry-by-entry function is in C: a text with {0}, {1} … for its operands."""
from __future__ import annotations

from typing import Any

import numpy as np

from .program import Place, Record
from .fusion import accesses

TYPES = {"float32": "float", "float64": "double", "int64": "int64_t", "int32": "int32_t", "uint8": "uint8_t",
         "bool": "uint8_t", "int16": "int16_t", "int8": "int8_t"}
#: {f}: "f" for float, "" for double; {t}: "float" or "double", for the functions of c/functions.h.
ANY = {"add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}", "negative": "-{0}",
       "positive": "{0}", "where": "{0} ? {1} : {2}", "square": "{0} * {0}",
       "less": "{0} < {1}", "less_equal": "{0} <= {1}", "greater": "{0} > {1}",
       "greater_equal": "{0} >= {1}", "equal": "{0} == {1}", "not_equal": "{0} != {1}",
       "logical_and": "{0} && {1}", "logical_or": "{0} || {1}", "logical_not": "!{0}"}
FLOAT = {"divide": "{0} / {1}", "reciprocal": "1 / {0}", "sqrt": "sqrt{f}({0})", "exp": "exp_{t}({0})",
         "tanh": "tanh_{t}({0})", "log": "log{f}({0})", "log1p": "log1p{f}({0})", "expm1": "expm1{f}({0})",
         "sin": "sin{f}({0})", "cos": "cos{f}({0})", "absolute": "fabs{f}({0})", "floor": "floor{f}({0})",
         "ceil": "ceil{f}({0})", "rint": "rint{f}({0})", "trunc": "trunc{f}({0})",
         "power": "pow{f}({0}, {1})",
         "float_power": "pow({0}, {1})", "isnan": "{0} != {0}", "isfinite": "{0} - {0} == 0",
         "maximum": "{0} > {1} || {0} != {0} ? {0} : {1}", "minimum": "{0} < {1} || {0} != {0} ? {0} : {1}",
         "sign": "{0} > 0 ? 1 : {0} < 0 ? -1 : {0}"}
WHOLE = {"maximum": "{0} > {1} ? {0} : {1}", "minimum": "{0} < {1} ? {0} : {1}"}
BOOLEAN = {"bitwise_and": "{0} & {1}", "bitwise_or": "{0} | {1}", "bitwise_xor": "{0} ^ {1}",
           "invert": "!{0}", "multiply": "{0} && {1}", "add": "{0} || {1}"}
#: What a reduction starts from, and how it goes on with one more entry.
SUMS = {"add": ("0", "{0} + {1}"), "multiply": ("1", "{0} * {1}"),
        "maximum": ("-INFINITY", FLOAT["maximum"]), "minimum": ("INFINITY", FLOAT["minimum"]),
        "logical_or": ("0", "{0} || {1}"), "logical_and": ("1", "{0} && {1}")}


def formula(record: Record) -> str | None:
    """The record's text, or None if it stays a call."""
    if len(record.types) < 2:
        return None
    kinds, name = {str(t) for t in record.types[:-1]}, record.name
    kind = next(iter(kinds)) if len(kinds) == 1 else ""
    if name == "where":
        return ANY[name]
    if not all(t in TYPES for t in kinds):
        return None
    if kind in ("float32", "float64"):
        text = _power(record) if name == "power" else FLOAT.get(name) or ANY.get(name)
        if text is None:
            return None
        return text.replace("{f}", "f" if kind == "float32" else "").replace("{t}", TYPES[kind])
    if kind == "bool":
        return BOOLEAN.get(name) or (None if name in ("negative", "subtract", "square") else ANY.get(name))
    return WHOLE.get(name) or ANY.get(name)


def _power(record: Record) -> str:
    exponent = record.arguments[1]
    if type(exponent) is Place:
        return FLOAT["power"]
    return {2.0: "{0} * {0}", 0.5: "sqrt{f}({0})", 1.0: "{0}", 3.0: "{0} * {0} * {0}",
            -1.0: "1 / {0}"}.get(float(exponent), FLOAT["power"])


def literal(value: Any, dtype: Any) -> str:
    """A number in C, exact."""
    if dtype.kind == "f":
        value = float(dtype.type(value))
        if not np.isfinite(value):
            return "NAN" if value != value else "INFINITY" if value > 0 else "-INFINITY"
        text = repr(value)
        text = text if any(c in text for c in ".en") else text + ".0"
        return text + ("f" if dtype.itemsize == 4 else "")
    return str(int(value))


def compilable(record: Record) -> bool:
    """Whether a map or a reduction can be a loop in C."""
    places = [*record.reads, record.out]
    if not all(str(p.dtype) in TYPES and p.offset % p.dtype.itemsize == 0
               and not any([s % p.dtype.itemsize for s in p.strides]) for p in places):
        return False
    reads, write = accesses(record, len([n for n in record.shape if n != 1]))
    for place, at in zip(record.arguments, reads):
        if at is not None and place.overlaps(record.out) and at != write:
            return False                    # NumPy copies first, where a result overwrites an operand
    if record.kind == "reduce":
        kind = record.types[0].kind
        return record.name in SUMS and (kind == "f" or record.name in ("add", "logical_or", "logical_and"))
    numbers = [a for a in record.arguments if type(a) is not Place]
    return formula(record) is not None and all(isinstance(a, (bool, int, float, np.generic)) for a in numbers)
