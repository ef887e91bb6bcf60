"""NumPy's functions on a tensor: ``array * x`` is x's own operator, ``np.exp(x)`` an error that helps."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor
from ..errors import GraphError
from .attach import attach

#: What an array's operator calls, and the tensor's operator with the array on the left.
REFLECTED = {"add": "__radd__", "subtract": "__rsub__", "multiply": "__rmul__", "divide": "__rtruediv__",
             "true_divide": "__rtruediv__", "floor_divide": "__rfloordiv__", "remainder": "__rmod__",
             "power": "__rpow__", "matmul": "__rmatmul__", "bitwise_and": "__rand__", "bitwise_or": "__ror__",
             "bitwise_xor": "__rxor__", "less": "__gt__", "less_equal": "__ge__", "greater": "__lt__",
             "greater_equal": "__le__", "equal": "__eq__", "not_equal": "__ne__"}
RENAMED = {"absolute": "abs", "arccos": "acos", "arcsin": "asin", "arctan": "atan", "arctan2": "atan2",
           "arccosh": "acosh", "arcsinh": "asinh", "arctanh": "atanh", "divide": "div",
           "invert": "bitwise_not"}


def array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """NumPy asks here before it computes with a tensor.

    An operator with an array on its left is the tensor's own, and is recorded: ``array * x``. Anything else
    raises GraphError: NumPy cannot record.

    >>> import numpy as np
    >>> np.ones(2, dtype=np.float32) - minigrad.tensor([1.0, 3.0])
    tensor([ 0., -2.])
    """
    name = ufunc.__name__
    if method == "__call__" and name in REFLECTED and len(inputs) == 2 and not isinstance(inputs[0], Tensor):
        out = options.pop("out", None)                  # array += x: the name becomes the tensor
        if not options and (out is None or out[0] is inputs[0]):
            operator = getattr(inputs[1], REFLECTED[name], None)
            return NotImplemented if operator is None else operator(inputs[0])
    own = RENAMED.get(name, name)
    use = f"minigrad.{own}" if hasattr(Tensor, own) else "minigrad's own operations"
    raise GraphError(f"np.{name}: NumPy cannot compute with a tensor, because it would not record the "
                     f"gradient. Use {use}; or x.detach().numpy() for the numbers alone.")


attach(__array_ufunc__=array_ufunc)
