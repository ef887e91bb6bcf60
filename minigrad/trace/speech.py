"""Formulas in words, for those who listen: "∂a/∂x = y" is "the derivative of a by x equals y"."""
from __future__ import annotations

import re

WORDS = (
    (r"∂(\S+)/∂(\S+)", r"the derivative of \1 by \2"),
    (r"(\d) … ", r"\1 to "), (r" = ", " equals "), (r" @ ", " matrix times "), (r"ᵀ", " transposed"),
    (r"\s*·\s*", " times "), (r"²", " squared"), (r"³", " cubed"), (r"√", "the root of "),
    (r"Σ ", "the sum of "),
    (r" − ", " minus "), (r"−", "minus "), (r" / ", " divided by "), (r"∞", "infinity"),
    (r"σ\(", "sigma of ("), (r"(\w)\.grad\b", r"the gradient of \1"),
)


def spoken(text: str) -> str:
    """The text with words instead of signs that a screen reader skips.

    >>> from minigrad.trace.speech import spoken
    >>> spoken("∂a/∂x = y = −3"), spoken("x² · wᵀ")
    ('the derivative of a by x equals y equals minus 3', 'x squared times w transposed')
    """
    for pattern, words in WORDS:
        text = re.sub(pattern, words, text)
    return text
