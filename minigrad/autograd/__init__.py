"""Tensors, the graph they form, and the backward pass. Knows no operation: see ``ops``."""
from . import facts, functional, graph
from .custom import once_differentiable
from .function import Function
from .gradient import backward, grad
from .mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .tensor import Size, Tensor
from .watch import detect_anomaly, set_detect_anomaly

__all__ = ["Function", "Size", "Tensor", "backward", "detect_anomaly", "enable_grad", "functional", "grad",
           "graph", "is_grad_enabled", "no_grad", "once_differentiable", "set_detect_anomaly",
           "set_grad_enabled"]
