"""Attributions from the maps of a layer."""
from __future__ import annotations

from typing import Any

from ..autograd import Tensor, enable_grad, grad
from ..errors import GraphError, ShapeError
from ..nn import Module
from .scores import Attribution, Forward, floats


class LayerGradCam(Attribution):
    """Σ_c w_c A_c with w_c the mean slope of map c: where a layer of a convolutional network looks.

    Of Selvaraju et al., "Grad-CAM" (2017). A (N, C, H, W) is the layer's output. The map is as small as that;
    ``nn.functional.interpolate`` enlarges it.

    >>> from minigrad import nn
    >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2))
    >>> cam = minigrad.attribution.LayerGradCam(model, model[0])
    >>> cam.attribute(minigrad.randn(5, 1, 8, 8), target=1).shape
    minigrad.Size([5, 1, 6, 6])
    """

    def __init__(self, forward_func: Forward, layer: Module) -> None:
        super().__init__(forward_func)
        self.layer = layer

    def attribute(self, inputs: Tensor, target: Any = None, relu_attributions: bool = False) -> Tensor:
        """(N, 1, …) in the layer's own size; ``relu_attributions`` keeps only what speaks for the target."""
        seen: list[Tensor] = []
        handle = self.layer.register_forward_hook(lambda module, arguments, output: seen.append(output))
        try:
            with enable_grad():
                x = floats(inputs, "LayerGradCam").detach().requires_grad_()
                score = self.scores(x, target).sum()
        finally:
            handle.remove()
        if len(seen) != 1:
            raise GraphError(f"LayerGradCam: the layer ran {len(seen)} times for one input, not once.")
        if seen[0].ndim < 3:
            raise ShapeError(f"LayerGradCam: the layer's output must be maps (N, C, …), got "
                             f"{tuple(seen[0].shape)}.")
        (slope,) = grad(score, seen[0])
        assert slope is not None
        maps, places = seen[0].detach(), tuple(range(2, seen[0].ndim))
        cam: Tensor = (slope.mean(places, keepdim=True) * maps).sum(1, keepdim=True)
        return cam.relu() if relu_attributions else cam
