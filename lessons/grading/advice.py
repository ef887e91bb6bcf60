"""What to do about the exceptions that beginners in NumPy meet most, told from their messages."""
from __future__ import annotations

import re

_SHAPES = "Print the shapes of both, and compare them with those in the docstring"

#: A pattern for "Type: message", and a sentence. The first that fits is told.
ADVICE = (
    (r"\^|bitwise_xor", "In Python ^ isn't a power: write x ** 2."),
    (r"NameError: name 'np'", "Put import numpy as np at the top of the file, as in the stub."),
    (r"NameError: name '(exp|log|sqrt|tanh|sin|cos|pi|maximum|where|zeros\w*|sum)'",
     r"Write np.\1: NumPy's functions are called with np. in front."),
    (r"NameError|UnboundLocalError", "Is it spelled the same way where it is defined, and is it defined "
     "before this line?"),
    (r"only (length-1|0-dimensional|size-1) arrays can be converted to Python scalars",
     "A function for single numbers was given an array: use np.exp instead of math.exp, and don't call "
     "float(…)."),
    (r"truth value of an array", "if asks one question, but an array has many answers: np.where(condition, "
     "a, b) chooses entry by entry, and so does np.maximum."),
    (r"(range|list)' object cannot be interpreted as an integer", "Several axes are given as a tuple: "
     "axis=tuple(…)."),
    (r"(numpy\.)?float\w*' object cannot be interpreted as an integer", "A size has to be a whole number: "
     "// gives one, / gives a float."),
    (r"slice indices must be integers", "An index has to be a whole number: // gives one, / gives a float."),
    (r"AxisError", "Once an axis has been summed, the ones after it move up. Sum over all of them at once, "
     "axis=(0, 1), or keep them with keepdims=True."),
    (r"cannot reshape", "reshape only rearranges the numbers: it doesn't add any up or drop any."),
    (r"matmul: .*mismatch", "In a @ b, a needs as many columns as b has rows: does one of them "
     f"need a transpose, .T? {_SHAPES}."),
    (r"could not be broadcast together", f"{_SHAPES}. (A sum over an axis loses that axis, unless "
     "keepdims=True; and * works entry by entry, @ is the matrix product.)"),
    (r"could not broadcast input array", f"The right-hand side doesn't fit into the part of the array it is "
     f"written to. {_SHAPES}."),
    (r"boolean index did not match", "The mask and the array have different shapes: does the mask belong to "
     "another array?"),
    (r"IndexError: index -?\d+ is out of bounds", "Places count from 0 to the size minus 1. (argmax without "
     "an axis counts through all entries; np.unravel_index makes row and column of that.)"),
    (r"too many values to unpack|not enough values to unpack|cannot unpack", "There must be as many "
     "names on the left as there are values on the right."),
    (r"'NoneType'", "Something is None: a function without return, or one that changes its list and returns "
     "nothing, such as list.sort or list.append."),
    (r"ufunc '?(add|subtract|multiply|divide)'? output .*cast", "An array of integers cannot take fractions: "
     "make it with np.zeros(shape), which holds floats."),
    (r"unsupported operand type\(s\) for (\S+): 'Value'", "Teach it to your Value: __add__ is for +, "
     "__sub__ for −, __mul__ for *, __truediv__ for /."),
    (r"'Value' object has no attribute '(exp|tanh)'", "Teach it to your Value: def \\1(self)."),
    (r"has no attribute", "Is it an array, a list or a number? type(…) tells."),
    (r"ZeroDivisionError", "Which of the arguments is 0 here?"),
)


def advice(message: str) -> str:
    """A sentence on an exception given as "Type: message", or "".

    >>> advice("AxisError: axis 1 is out of bounds for array of dimension 1").partition(",")[0]
    'Once an axis has been summed'
    """
    for pattern, sentence in ADVICE:
        found = re.search(pattern, message)
        if found:
            return found.expand(sentence) if "\\1" in sentence else sentence
    return ""
