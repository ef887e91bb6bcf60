"""The operations of layers as functions, under PyTorch's names (``import minigrad.nn.functional as F``)."""
from ..errors.suggestions import offer_names
from ..ops.activation import (gelu, glu, logsigmoid, prelu, sigmoid, softplus, softsign, tanh, tanhshrink)
from ..ops.choosing import adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d, max_pool3d
from ..ops.convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d
from ..ops.cross_entropy import cross_entropy, nll_loss
from ..ops.embedding import embedding, one_hot
from ..ops.linalg import linear
from ..ops.losses import (binary_cross_entropy, binary_cross_entropy_with_logits, huber_loss, kl_div, l1_loss,
                          mse_loss, smooth_l1_loss)
from ..ops.norm import cosine_similarity, normalize
from ..ops.normalization import batch_norm, group_norm, layer_norm
from ..ops.pad import pad
from ..ops.piecewise import hardshrink, softshrink
from ..ops.pooling import avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from ..ops.resize import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d, interpolate
from ..ops.softmax import log_softmax, softmax, softmin
from ..ops.unfold import fold, unfold
from ..ops.volumes import avg_pool3d, conv3d, conv_transpose3d
from .adaptive import fractional_max_pool2d, fractional_max_pool3d, max_unpool1d, max_unpool2d, max_unpool3d
from .attention import scaled_dot_product_attention
from .bilinear import bilinear
from .dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout
from .embedding_bag import embedding_bag
from .grid import affine_grid, grid_sample
from .in_place import (celu, celu_, elu, elu_, hardsigmoid, hardswish, hardtanh, hardtanh_, leaky_relu,
                       leaky_relu_, mish, relu, relu6, relu_, selu, selu_, silu, threshold, threshold_)
from .likelihoods import ctc_loss, gaussian_nll_loss, poisson_nll_loss
from .margins import (cosine_embedding_loss, hinge_embedding_loss, margin_ranking_loss, multi_margin_loss,
                      multilabel_margin_loss, multilabel_soft_margin_loss, pairwise_distance,
                      soft_margin_loss, triplet_margin_loss, triplet_margin_with_distance_loss)
from .piecewise import rrelu, rrelu_
from .pooling import lp_pool1d, lp_pool2d, lp_pool3d
from .rearranging import channel_shuffle, pixel_shuffle, pixel_unshuffle, upsample
from .sample_norm import instance_norm, local_response_norm, rms_norm
from .softmax import gumbel_softmax

__all__ = ["adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
           "adaptive_max_pool2d", "adaptive_max_pool3d", "affine_grid", "alpha_dropout", "avg_pool1d",
           "avg_pool2d", "avg_pool3d", "batch_norm", "bilinear", "binary_cross_entropy",
           "binary_cross_entropy_with_logits", "celu", "celu_", "channel_shuffle", "conv1d", "conv2d",
           "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "cosine_embedding_loss",
           "cosine_similarity", "cross_entropy", "ctc_loss", "dropout", "dropout1d", "dropout2d",
           "dropout3d", "elu", "elu_", "embedding", "embedding_bag", "feature_alpha_dropout", "fold",
           "fractional_max_pool2d", "fractional_max_pool3d", "gaussian_nll_loss", "gelu", "glu",
           "grid_sample", "group_norm", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish",
           "hardtanh", "hardtanh_", "hinge_embedding_loss", "huber_loss", "instance_norm", "interpolate",
           "kl_div", "l1_loss", "layer_norm", "leaky_relu", "leaky_relu_", "linear", "local_response_norm",
           "log_softmax", "logsigmoid", "lp_pool1d", "lp_pool2d", "lp_pool3d", "margin_ranking_loss",
           "max_pool1d", "max_pool2d", "max_pool3d", "max_unpool1d", "max_unpool2d", "max_unpool3d", "mish",
           "mse_loss", "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss",
           "nll_loss", "normalize", "one_hot", "pad", "pairwise_distance", "pixel_shuffle",
           "pixel_unshuffle", "poisson_nll_loss", "prelu", "relu", "relu6", "relu_", "rms_norm", "rrelu",
           "rrelu_", "scaled_dot_product_attention", "selu", "selu_", "sigmoid", "silu", "smooth_l1_loss",
           "soft_margin_loss", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh",
           "tanhshrink", "threshold", "threshold_", "triplet_margin_loss",
           "triplet_margin_with_distance_loss", "unfold", "upsample"]

offer_names(__name__, "F")
