"""Attribution: how much each entry of an input contributes to a score of a network, with captum's names.

>>> from minigrad import attribution, nn
>>> model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
>>> x = minigrad.randn(1, 3)
>>> parts = attribution.IntegratedGradients(model).attribute(x, target=1)
>>> bool(minigrad.allclose(parts.sum(1), model(x)[:, 1] - model(0 * x)[:, 1], atol=1e-4))
True

``scores``: what is attributed; ``gradients``: from slopes; ``layers``: from a layer's maps; ``perturbation``:
from what happens when parts are taken away. Call ``model.eval()`` first: with dropout, or with BatchNorm in
training, a score depends on more than its input. Parameters' ``.grad`` and the model stay as they are.
"""
from .gradients import GuidedBackprop, InputXGradient, IntegratedGradients, NoiseTunnel, Saliency
from .layers import LayerGradCam
from .perturbation import KernelShap, Lime, Occlusion, ShapleyValues, patches

__all__ = ["GuidedBackprop", "InputXGradient", "IntegratedGradients", "KernelShap", "LayerGradCam", "Lime",
           "NoiseTunnel", "Occlusion", "Saliency", "ShapleyValues", "patches"]
