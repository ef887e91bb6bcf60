"""Optimizers: how gradients change parameters; and schedules of the learning rate."""
from ..errors.suggestions import offer_names
from . import lr_scheduler
from .adam import Adam, AdamW
from .optimizer import Optimizer
from .rmsprop import Adagrad, RMSprop
from .sgd import SGD

__all__ = ["Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "SGD", "lr_scheduler"]

offer_names(__name__, "optim")
