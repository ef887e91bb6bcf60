"""The operations of layers as functions, under PyTorch's names (``import minigrad.nn.functional as F``)."""
from ..errors.suggestions import offer_names
from ..ops.activation import (celu, elu, gelu, glu, leaky_relu, logsigmoid, mish, prelu, relu, selu, sigmoid,
                              silu, softplus, softsign, tanh, tanhshrink)
from ..ops.convolution import conv1d, conv2d, conv_transpose2d
from ..ops.cross_entropy import cross_entropy, nll_loss
from ..ops.dropout import dropout
from ..ops.embedding import embedding, one_hot
from ..ops.linalg import linear
from ..ops.losses import (binary_cross_entropy, binary_cross_entropy_with_logits, huber_loss, kl_div, l1_loss,
                          mse_loss, smooth_l1_loss)
from ..ops.norm import cosine_similarity, normalize
from ..ops.normalization import batch_norm, group_norm, layer_norm
from ..ops.pad import pad
from ..ops.piecewise import hardshrink, hardsigmoid, hardswish, hardtanh, relu6, softshrink, threshold
from ..ops.pooling import avg_pool2d, max_pool1d, max_pool2d
from ..ops.resize import adaptive_avg_pool2d, interpolate
from ..ops.softmax import log_softmax, softmax, softmin
from ..ops.unfold import fold, unfold
from .attention import scaled_dot_product_attention

__all__ = ["adaptive_avg_pool2d", "avg_pool2d", "batch_norm", "binary_cross_entropy",
           "binary_cross_entropy_with_logits", "celu", "conv1d", "conv2d", "conv_transpose2d",
           "cosine_similarity", "cross_entropy", "dropout", "elu", "embedding", "fold", "gelu", "glu",
           "group_norm", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "huber_loss", "interpolate",
           "kl_div", "l1_loss", "layer_norm", "leaky_relu", "linear", "log_softmax", "logsigmoid",
           "max_pool1d", "max_pool2d", "mish", "mse_loss", "nll_loss", "normalize", "one_hot", "pad",
           "prelu", "relu", "relu6", "scaled_dot_product_attention", "selu", "sigmoid", "silu",
           "smooth_l1_loss", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh",
           "tanhshrink", "threshold", "unfold"]

offer_names(__name__, "F")
