"""Differential privacy: what a network learns hardly depends on any single example.

Three parts, as in Abadi et al., "Deep Learning with Differential Privacy" (2016). ``gradients``: each
example's gradient is cut to a length C. ``noise``: to their sum comes noise σ·C. ``accounting``: what that
guarantees, ε.

>>> from minigrad import nn, privacy
>>> model, x, y = nn.Linear(3, 2), minigrad.randn(8, 3), minigrad.zeros(8, dtype=int)
>>> criterion = nn.CrossEntropyLoss(reduction="none")
>>> norms = privacy.clipped_backward(model, criterion, x, y, max_grad_norm=1.0)
>>> privacy.add_noise(model.parameters(), noise_multiplier=1.1, max_grad_norm=1.0, expected_batch_size=8)
>>> accountant = privacy.RDPAccountant()
>>> accountant.step(noise_multiplier=1.1, sample_rate=0.01)
>>> 0 < accountant.get_epsilon(delta=1e-5) < 1
True
"""
from .accounting import RDPAccountant, get_noise_multiplier
from .gradients import clipped_backward, per_example_norms
from .noise import add_noise

__all__ = ["RDPAccountant", "add_noise", "clipped_backward", "get_noise_multiplier", "per_example_norms"]
