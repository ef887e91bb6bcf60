"""Mistakes in exercise 8, Adam with bias correction and decoupled weight decay."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="    m_hat = m / (1 - beta1 ** t)\n"
              "    v_hat = v / (1 - beta2 ** t)\n",
        wrong="    m_hat, v_hat = m, v\n",
        case="the first step", kind="bias correction",
        says="No bias correction: neither m nor v is divided by 1 − βᵗ."),
    Mistake(
        right="v / (1 - beta2 ** t)",
        wrong="v",
        case="the first step", kind="bias correction",
        says="No bias correction: v is not divided by 1 − βᵗ."),
    Mistake(
        right="** t",
        wrong="",
        case="the second step", kind="t",
        says="The correction does not depend on t: it divides by 1 − β, not by 1 − βᵗ (t ="),
    Mistake(
        right="np.sqrt(v_hat) + eps",
        wrong="np.sqrt(v_hat + eps)",
        case="a small gradient and a large ε", kind="epsilon",
        says="ε is missing, or in the wrong place: it is added to √v̂, after the root and"),
    Mistake(
        right="np.sqrt(v_hat) + eps",
        wrong="v_hat + eps",
        case="the first step", kind="root",
        says="The square root of v̂ is missing."),
    Mistake(
        right="(1 - beta2) * g ** 2",
        wrong="(1 - beta2) * g",
        case="the first step", kind="square",
        says="new_v is a running mean of the gradients; of their squares it should be."),
    Mistake(
        right="(np.sqrt(v_hat) + eps), m, v",
        wrong="(np.sqrt(v_hat) + eps), m_hat, v_hat",
        case="the first step", kind="state",
        says="new_m is the corrected mean."),
    Mistake(
        right="p - lr",
        wrong="p + lr",
        case="the first step", kind="sign",
        says="The parameter moves uphill: the step is subtracted."),
    Mistake(
        right="** t",
        wrong="** (t + 1)",
        case="the first step", kind="t off by one",
        says="The correction takes t + 1 for t."),
    Mistake(
        right="** t",
        wrong="** (t - 1)",
        case="the first step", kind="t off by one",
        says="The correction takes t − 1 for t."),
    Mistake(
        right="** t",
        wrong="* t",
        case="the second step", kind="β times t",
        says="βᵗ is a power, β ** t, not a product."),
    Mistake(
        right="v / (1 - beta2 ** t)",
        wrong="v / (1 - beta1 ** t)",
        case="the first step", kind="other beta",
        says="A correction is made with the other β: m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)."),
    Mistake(
        right="beta1 * m + (1 - beta1) * g",
        wrong="beta2 * m + (1 - beta2) * g",
        case="the first step", kind="other beta",
        says="new_m is made with the other β: β₁ is that of m, β₂ that of v."),
    Mistake(
        right="beta1 * m + (1 - beta1) * g",
        wrong="(1 - beta1) * m + beta1 * g",
        case="the first step with the usual β", kind="exchanged",
        says="new_m: β and 1 − β are exchanged."),
    Mistake(
        right="beta1 * m + (1 - beta1) * g",
        wrong="beta1 * m + g",
        case="the first step", kind="running mean",
        says="new_m: the new part is not multiplied by 1 − β."),
    Mistake(
        right="(1 - beta2) * g ** 2",
        wrong="(1 - beta2) * m ** 2",
        case="the first step", kind="square of m",
        says="new_v is a running mean of m²; of the squares of g it should be."),
    Mistake(
        right="p - lr * m_hat",
        wrong="p - m_hat",
        case="the first step", kind="no rate",
        says="The step is not multiplied by the learning rate."),
    Mistake(
        right="lr * m_hat /",
        wrong="lr * g /",
        case="the second step", kind="gradient for m̂",
        says="The step is made with g instead of m̂."),
    Mistake(
        right="(np.sqrt(v_hat) + eps)",
        wrong="np.sqrt(v_hat)",
        case="a small gradient and a large ε", kind="epsilon",
        says="ε is missing, or in the wrong place: it is added to √v̂, after the root and"),
    Mistake(
        right="lr * m_hat / (np.sqrt(v_hat) + eps)",
        wrong="lr * m_hat / np.sqrt(v_hat) + eps",
        case="a small gradient and a large ε", kind="epsilon",
        says="ε is missing, or in the wrong place: it is added to √v̂, after the root and"),
    Mistake(
        right="return p - lr * m_hat / (np.sqrt(v_hat) + eps), m, v",
        wrong="return p - lr * m_hat / (np.sqrt(v_hat) + eps)",
        case="the first step", kind="type",
        says="adam_step returned one array of shape (1,); expected are 3 values: return"),
    Mistake(
        right="    m = beta1 * m + (1 - beta1) * g\n",
        wrong="    m *= beta1\n"
              "    m += (1 - beta1) * g\n",
        case="the first step", kind="changed",
        says="adam_step changed its input m."),
    Mistake(
        right="m / (1 - beta1 ** t)",
        wrong="m * (1 - beta1 ** t)",
        case="the first step", kind="times",
        says="m and v are multiplied by 1 − βᵗ."),
    Mistake(
        right="g ** 2",
        wrong="g ^ 2",
        case="the first step", kind="exception",
        says="In Python ^ isn't a power: write x ** 2."),
    Mistake(
        right="    p = (1 - lr * decay) * p\n",
        wrong="",
        case="a step with decay", kind="no decay",
        says="The decay is missing: beside the step, lr · decay · p is subtracted."),
    Mistake(
        right="(1 - lr * decay)",
        wrong="(1 - decay)",
        case="a step with decay", kind="decay without rate",
        says="The decay is not multiplied by the learning rate: lr · decay · p."),
    Mistake(
        right="    m = beta1",
        wrong="    g = g + decay * p\n"
              "    decay = 0\n"
              "    m = beta1",
        case="a step with decay", kind="decay coupled",
        says="The decay is in the gradient, and so in m and v, where it is divided by √v̂"),
]
