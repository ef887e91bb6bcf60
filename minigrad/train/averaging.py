"""A callback that averages the weights over many steps."""
from __future__ import annotations

from typing import Any

from ..backend.arrays import Array
from ..errors import RangeError
from ..errors.states import COUNT, check_state, optional
from .run import Callback, Run
from .weights import copied_weights, kind_of_weights, set_weights, weights_of_state


class WeightAveraging(Callback):
    """Evaluates and returns the model with an average of its weights over the last steps.

        w̄ ← d · w̄ + (1 − d) · w        after each step, with d = min(decay, (1 + k) / (10 + k))

    k counts the steps: at first the average follows closely, so that the random initial weights are
    forgotten. Training itself goes on with w. The average is quieter than w, as if the learning rate
    were smaller (Polyak and Juditsky 1992; this form as in TensorFlow's ExponentialMovingAverage). Raises
    RangeError for a decay outside [0, 1).

    >>> from minigrad import nn, ones, optim
    >>> from minigrad.train import WeightAveraging, fit
    >>> model, mean = nn.Linear(1, 1), WeightAveraging(0.99)
    >>> sgd = optim.SGD(model.parameters(), lr=0.1)
    >>> _ = fit(model, (ones(4, 1), ones(4, 1)), nn.MSELoss(), sgd, epochs=3, callbacks=[mean])
    >>> mean.steps, bool((model.weight.detach().numpy() == mean.average["weight"]).all())
    (3, True)
    """

    def __init__(self, decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise RangeError(f"WeightAveraging: decay must be from 0 to below 1, got {decay!r}.")
        self.decay, self.steps = decay, 0
        self.average: dict[str, Array] | None = None
        self._training: dict[str, Array] | None = None     # w, while the average is in the model

    def on_batch_end(self, run: Run) -> None:
        if self.average is None:
            self.average = copied_weights(run.model)
        d = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        for name, w in run.model.state_dict().items():
            mean = self.average[name]
            if w.is_floating_point():
                mean += (w._array - mean) * mean.dtype.type(1 - d)
            else:
                mean[...] = w._array                        # counters are not averaged

    def on_evaluate_begin(self, run: Run) -> None:
        if self.average is not None:
            self._training = copied_weights(run.model)
            set_weights(run.model, self.average)

    def on_evaluate_end(self, run: Run) -> None:
        if self._training is not None:
            set_weights(run.model, self._training)
            self._training = None

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps, "average": self.average}

    def check_state_dict(self, state: dict[str, Any], run: Run) -> None:
        check_state("WeightAveraging", state, steps=COUNT, average=optional(kind_of_weights(run.model)))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.steps, self.average = state["steps"], weights_of_state(state["average"])
