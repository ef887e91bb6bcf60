"""Mistakes in exercise 16, the 2-3-1 network of document B, with tanh."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="delta2 = (y - t)",
        wrong="delta2 = (t - y)",
        case="gradients: all weights zero", kind="sign",
        says="All gradients have the wrong sign, as in the document: the error is y − t,"),
    Mistake(
        right="(y - t) * y * (1 - y)",
        wrong="(y - t)",
        case="gradients: all weights zero", kind="output slope",
        says="The slope of σ at the output is missing, as in the document: from ∂loss/∂y to"),
    Mistake(
        right=" * (1 - h ** 2)",
        wrong="",
        case="gradients: small integers", kind="hidden slope",
        says="The slope of tanh at the hidden units is missing in δ1: the factor 1 − h²."),
    Mistake(
        right="(1 - h ** 2)",
        wrong="(1 - np.tanh(h) ** 2)",
        case="gradients: small integers", kind="slope of h",
        says="The slope of tanh is taken at h."),
    Mistake(
        right="0.5 * ((y - t) ** 2).sum()",
        wrong="((y - t) ** 2).sum()",
        case="forward: all weights zero", kind="half",
        says="The factor ½ of the loss is missing."),
    Mistake(
        right="np.outer(x, delta1)",
        wrong="np.outer(delta1, x)",
        case="gradients: all weights zero", kind="transposed",
        says="Transposed, it is right."),
    Mistake(
        right="x @ w1 + b1) @ w2",
        wrong="x @ w1) @ w2",
        case="forward: small integers", kind="hidden bias",
        says="The bias of the hidden units is missing."),
    Mistake(
        right="return np.outer(x, delta1), delta1, np.outer(h, delta2), delta2",
        wrong="lr = 0.1\n"
              "    return lr * np.outer(x, delta1), lr * delta1, lr * np.outer(h, delta2), lr * delta2",
        case="gradients: all weights zero", kind="rate",
        says="All gradients are multiplied by 0.1."),
    Mistake(
        right="h = np.tanh(x @ w1 + b1)\n"
              "    y",
        wrong="h = np.maximum(x @ w1 + b1, 0)\n"
              "    y",
        case="gradients: all weights zero", kind="rectifier",
        says="The hidden units have max(0, z); here they have tanh."),
    Mistake(
        right="h = np.tanh(x @ w1 + b1)\n"
              "    y",
        wrong="h = sigmoid(x @ w1 + b1)\n"
              "    y",
        case="gradients: all weights zero", kind="hidden sigmoid",
        says="The hidden units have the sigmoid; here they have tanh."),
    Mistake(
        right="sigmoid(np.tanh(x @ w1 + b1) @ w2 + b2)",
        wrong="sigmoid((x @ w1 + b1) @ w2 + b2)",
        case="forward: small integers", kind="hidden tanh",
        says="The hidden units have no tanh."),
    Mistake(
        right="np.tanh(x @ w1 + b1) @ w2",
        wrong="sigmoid(x @ w1 + b1) @ w2",
        case="forward: small integers", kind="hidden sigmoid",
        says="The hidden units have the sigmoid; here they have tanh."),
    Mistake(
        right="y = sigmoid(np.tanh(x @ w1 + b1) @ w2 + b2)",
        wrong="y = np.tanh(x @ w1 + b1) @ w2 + b2",
        case="forward: all weights zero", kind="output sigmoid",
        says="The output has no sigmoid: this is z2."),
    Mistake(
        right="@ w2 + b2)\n"
              "    return y",
        wrong="@ w2)\n"
              "    return y",
        case="forward: random", kind="output bias",
        says="The bias of the output is missing."),
    Mistake(
        right="0.5 * ((y - t) ** 2).sum()",
        wrong="0.5 * (y - t) ** 2",
        case="forward: all weights zero", kind="no number",
        says="loss is an array of shape (1,); expected is one number: the sum or the mean"),
    Mistake(
        right="0.5 * ((y - t) ** 2).sum()",
        wrong="0.5 * np.abs(y - t).sum()",
        case="forward: all weights zero", kind="square",
        says="The loss is not squared: ½(y − t)²."),
    Mistake(
        right="np.outer(h, delta2)",
        wrong="np.outer(x, delta2)",
        case="gradients: all weights zero", kind="wrong_shape",
        says="Go back one step at a time: ∂loss/∂y, δ2, then through W2 to the hidden"),
    Mistake(
        right="w2 @ delta2",
        wrong="w1.T @ delta2",
        case="gradients: all weights zero", kind="exception",
        says="In a @ b, a needs as many columns as b has rows: does one of"),
    Mistake(
        right="(w2 @ delta2)",
        wrong="delta2",
        case="gradients: all weights zero", kind="weights",
        says="W2 is missing in δ1: each hidden unit has a share in the error that is its"),
    Mistake(
        right="np.outer(x, delta1), delta1, np.outer(h, delta2), delta2",
        wrong="np.outer(x, delta1), np.outer(h, delta2), delta1, delta2",
        case="gradients: all weights zero", kind="wrong_input",
        says="grad_b1: it is the gradient of input 4 (w2): return the gradients in the"),
    Mistake(
        right="(1 - h ** 2)",
        wrong="(1 - (x @ w1 + b1) ** 2)",
        case="gradients: small integers", kind="slope of h",
        says="1 − z² takes z1 for the result: the slope of tanh is 1 − h²"),
    Mistake(
        right="(1 - h ** 2)",
        wrong="h * (1 - h)",
        case="gradients: small integers", kind="sigmoid's slope",
        says="h(1 − h) is the slope of σ."),
    Mistake(
        right="(1 - h ** 2)",
        wrong="(1 - h)",
        case="gradients: small integers", kind="square",
        says="A square is missing: the slope of tanh is 1 − h²."),
    Mistake(
        right="(y - t) * y * (1 - y)",
        wrong="(y - t) * sigmoid(y) * (1 - sigmoid(y))",
        case="gradients: all weights zero", kind="slope of y",
        says="σ′ is taken at y."),
    Mistake(
        right="1 / (1 + np.exp(-z))",
        wrong="1 / (1 + np.exp(z))",
        case="forward: small integers", kind="exponent",
        says="The sigmoid has eᶻ where e⁻ᶻ belongs: a large score has to come near 1."),
    Mistake(
        right="delta2 = (y - t)",
        wrong="delta2 = 2 * (y - t)",
        case="gradients: all weights zero", kind="half",
        says="All gradients are twice too large: the ½ of the loss cancels with the 2 of"),
    Mistake(
        right="(w2 @ delta2)",
        wrong="(w2 * delta2)",
        case="gradients: all weights zero", kind="not_summed",
        says="grad_b1: sum the gradient over axis 0."),
    Mistake(
        right="np.outer(x, delta1), delta1",
        wrong="np.outer(np.ones(2), delta1), delta1",
        case="gradients: small integers", kind="input",
        says="grad_w1 lacks the input: each weight's gradient is its input times δ1."),
    Mistake(
        right="(w2 @ delta2)",
        wrong="(w2.T @ delta2)",
        case="gradients: all weights zero", kind="exception",
        says="In a @ b, a needs as many columns as b has rows: does one of"),
    Mistake(
        right="0.5 * ((y",
        wrong="-0.5 * ((y",
        case="forward: all weights zero", kind="sign",
        says="The loss is negative; a square is not."),
    Mistake(
        right="np.outer(h, delta2)",
        wrong="np.outer(np.ones(3), delta2)",
        case="gradients: all weights zero", kind="input",
        says="grad_w2 lacks what came in: each weight's gradient is its h times δ2."),
]
