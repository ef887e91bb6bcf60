"""Mistakes in exercise 13, binary cross-entropy with logits."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="np.where(z >= 0, 1, small) / (1 + small)",
        wrong="np.exp(z) / (1 + np.exp(z))",
        case="z = 1000, y = 0", kind="nan",
        says="Here e⁻ᶻ overflows, or 1 − σ(z) becomes 0."),
    Mistake(
        right="(np.maximum(z, 0) - z * y + np.log1p(small)).mean()",
        wrong="(np.log(1 + np.exp(-z)) + (1 - y) * z).mean()",
        case="z = −1000, y = 1", kind="nan",
        says="Here e⁻ᶻ overflows, or 1 − σ(z) becomes 0."),
    Mistake(
        right="(sigma - y) / len(z)",
        wrong="(sigma - y)",
        case="two samples", kind="mean",
        says="The gradient is 2 times too large: the loss is a mean over 2 samples."),
    Mistake(
        right="(sigma - y)",
        wrong="(y - sigma)",
        case="z = 0, y = 1", kind="sign",
        says="The gradient has the wrong sign: for y = 1 a larger score lowers the loss, so"),
    Mistake(
        right="(sigma - y)",
        wrong="(sigma - y) * sigma * (1 - sigma)",
        case="z = 0, y = 1", kind="sigmoid slope",
        says="The gradient has a factor σ(1 − σ) too much: it cancels with the derivative"),
    Mistake(
        right="(np.maximum(z, 0) - z * y + np.log1p(small)).mean()",
        wrong="(y * np.log(1 + np.exp(-np.clip(z, -700, 700)))).mean()",
        case="z = 2, y = 0", kind="second term",
        says="One of the two terms is missing: y · ln σ(z) is for a label of 1, (1 − y) ·"),
    Mistake(
        right="np.where(z >= 0, 1, small) / (1 + small)",
        wrong="(1 / (1 + np.exp(-z)) if z >= 0 else np.exp(z) / (1 + np.exp(z)))",
        case="two samples", kind="exception",
        says="if asks one question, but an array has many answers: np.where(condition, a,"),
    Mistake(
        right="loss = (np.maximum(z, 0) - z * y + np.log1p(small)).mean()",
        wrong="loss = -(np.maximum(z, 0) - z * y + np.log1p(small)).mean()",
        case="z = 0, y = 1", kind="sign of the loss",
        says="The loss is negative: probabilities are below 1, so their logarithms are"),
    Mistake(
        right="- z * y",
        wrong="+ z * y",
        case="two samples", kind="sign of z·y",
        says="The term z · y has the wrong sign: for y = 1 a large score is right, so it"),
    Mistake(
        right="- z * y",
        wrong="- z * (1 - y)",
        case="z = 2, y = 0", kind="labels",
        says="y and 1 − y are exchanged."),
    Mistake(
        right="(sigma - y)",
        wrong="(sigma - 1)",
        case="z = 2, y = 0", kind="label of 1",
        says="This is σ − 1, the gradient for y = 1."),
    Mistake(
        right=".mean()",
        wrong=".sum()",
        case="two samples", kind="mean",
        says="The loss is the sum over the 2 samples; their mean is asked for."),
    Mistake(
        right="loss = (np.maximum(z, 0) - z * y + np.log1p(small)).mean()",
        wrong="sig = np.where(z >= 0, 1, small) / (1 + small)\n"
              "    loss = -(y * np.log(sig + 1e-9) + (1 - y) * np.log(1 - sig + 1e-9)).mean()",
        case="z = 1000, y = 0", kind="clipped",
        says="The loss is too small: a small number inside the logarithm, or a cut-off,"),
    Mistake(
        right="loss = (np.maximum(z, 0) - z * y + np.log1p(small)).mean()",
        wrong="loss = -(y * np.log(z) + (1 - y) * np.log(1 - z)).mean()",
        case="z = 0, y = 1", kind="score",
        says="z was taken for a probability."),
    Mistake(
        right="sigma = np",
        wrong="z = 1 / (1 + np.exp(-np.clip(z, -500, 500)))\n"
              "    small = np.exp(-z)\n"
              "    sigma = np",
        case="z = 0, y = 1", kind="twice",
        says="The sigmoid was taken twice: z is a score, and σ(z) the probability."),
    Mistake(
        right=".mean()",
        wrong="",
        case="z = 0, y = 1", kind="no number",
        says="loss is an array of shape (1,); expected is one number: the sum or the mean"),
    Mistake(
        right="np.exp(-np.abs(z))",
        wrong="np.exp(-z)",
        case="two samples", kind="absolute value",
        says="ln(1 + e⁻ᶻ) stands where ln(1 + e^−|z|) belongs: for negative z that is too"),
    Mistake(
        right="return loss, (sigma - y) / len(z)",
        wrong="return loss, ((sigma - y) / (sigma * (1 - sigma))) / len(z)",
        case="z = 0, y = 1", kind="by sigma",
        says="This is the derivative by σ."),
    Mistake(
        right="(sigma - y) / len(z)",
        wrong="(sigma - y).mean()",
        case="z = 0, y = 1", kind="reshaped",
        says="The numbers are right: reshape it, or keep the axis with keepdims=True."),
    Mistake(
        right="np.maximum(z, 0)",
        wrong="z.max()",
        case="two samples", kind="maximum",
        says="np.max and z.max() give the largest of all numbers."),
    Mistake(
        right="np.maximum(z, 0)",
        wrong="np.max(z, 0)",
        case="two samples", kind="maximum",
        says="np.max and z.max() give the largest of all numbers."),
    Mistake(
        right="(sigma - y) / len(z)",
        wrong="(sigma - y) * z / len(z)",
        case="z = 0, y = 1", kind="input",
        says="The gradient is multiplied by z."),
]
