"""Mistakes in exercise 1, the derivative of a formula."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="* (y + 1)",
        wrong="* y",
        case="f at x = 2, y = 3", kind="used twice",
        says="x stands twice in f, and both places count: the bracket x·y + x grows by (y +"),
    Mistake(
        right="2 * inner * (y + 1), 2 * inner * x",
        wrong="2 * inner, 2 * inner",
        case="f at x = 2, y = 3", kind="inner derivative",
        says="This is the derivative of the square alone."),
    Mistake(
        right="2 * inner * (y + 1), 2 * inner * x",
        wrong="inner * (y + 1), inner * x",
        case="f at x = 2, y = 3", kind="factor",
        says="df_dx: got / expected is 0.5000 everywhere: a factor 2 is missing."),
    Mistake(
        right="2 * inner * (y + 1), 2 * inner * x",
        wrong="2 * inner * x, 2 * inner * (y + 1)",
        case="f at x = 2, y = 3", kind="wrong_input",
        says="df_dx: it equals the gradient of input 1 (y): two"),
    Mistake(
        right="(2 * x - x ** 2)",
        wrong="(2 * x + x ** 2)",
        case="g at x = 1", kind="inner derivative",
        says="A sign is lost: the derivative of e⁻ˣ is −e⁻ˣ, for the exponent has the"),
    Mistake(
        right="(2 * x - x ** 2)",
        wrong="2 * x",
        case="g at x = 1", kind="one factor",
        says="g is a product, and only one of its factors was differentiated: (u·v)′ = u′·v"),
    Mistake(
        right="(2 * x - x ** 2)",
        wrong="-2 * x",
        case="g at x = 1", kind="product rule",
        says="The derivative of a product is not the product of the derivatives: (u·v)′ ="),
    Mistake(
        right="2 * inner * (y + 1), 2 * inner * x",
        wrong="2 * x * y ** 2 + 2 * x, 2 * x ** 2 * y",
        case="f at x = 2, y = 3", kind="square of a sum",
        says="The square of a sum is not the sum of the squares: (a + b)² = a² + 2ab + b²."),
    Mistake(
        right="(2 * x - x ** 2) * np.exp(-x)",
        wrong="2 * x * np.exp(-x) - x ** 3 * np.exp(-x - 1)",
        case="g at x = 1", kind="power rule",
        says="The power rule is for powers of x, as x²."),
    Mistake(
        right="x ** 2",
        wrong="x ^ 2",
        case="g at x = 1", kind="exception",
        says="In Python ^ isn't a power: write x ** 2."),
    Mistake(
        right="return 2 * inner * (y + 1), 2 * inner * x",
        wrong="return 2 * inner * (y + 1)",
        case="f at x = 2, y = 3", kind="type",
        says="f_slopes returned a float; expected are 2 values: return df_dx, df_dy."),
    Mistake(
        right="np.exp(-x)",
        wrong="np.exp(x)",
        case="g at x = 1", kind="sign of the exponent",
        says="This has eˣ where the formula has e⁻ˣ."),
    Mistake(
        right="return (2 * x - x ** 2) * np.exp(-x)",
        wrong="return x ** 2 * np.exp(-x)",
        case="g at x = −2", kind="no derivative",
        says="This is g itself, not its derivative."),
    Mistake(
        right="np.exp",
        wrong="exp",
        case="g at x = 1", kind="exception",
        says="Write np.exp: NumPy's functions are called with np. in front."),
    Mistake(
        right="np.exp(-x)",
        wrong="__import__(\"math\").exp(-x)",
        case="g at random points", kind="exception",
        says="A function for single numbers was given an array: use np.exp instead of"),
]
