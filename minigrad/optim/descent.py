"""What most optimizers begin with: the direction in which the loss grows, as their options change it."""
from __future__ import annotations

from typing import Any

from ..backend.arrays import Array
from ..backend.noting import number_type


def descent(p: Array, g: Array, group: dict[str, Any]) -> Array:
    """g, or −g when maximizing; plus weight_decay · θ, unless decoupled. The update goes against it."""
    d = -g if group["maximize"] else g
    if not group["weight_decay"] or group.get("decoupled_weight_decay"):
        return d
    return d + p * number_type(p)(group["weight_decay"])
