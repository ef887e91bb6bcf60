"""The operations of layers as functions, under PyTorch's names (``import minigrad.nn.functional as F``)."""
from ..ops.activation import dropout, log_softmax, relu, sigmoid, softmax, tanh
from ..ops.convolution import conv2d
from ..ops.linalg import linear
from ..ops.likelihood import cross_entropy
from ..ops.loss import mse_loss
from ..ops.pooling import max_pool2d
from ..ops.shape import pad

__all__ = ["conv2d", "cross_entropy", "dropout", "linear", "log_softmax", "max_pool2d", "mse_loss",
           "pad", "relu", "sigmoid", "softmax", "tanh"]
