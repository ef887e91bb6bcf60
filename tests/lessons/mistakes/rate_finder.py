"""Mistakes in exercise 21, the learning-rate finder."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="low * (high / low) ** (np.arange(count) / (count - 1))",
        wrong="np.linspace(low, high, count)",
        case="rates: four", kind="straight",
        says="The rates grow by the same amount. They are to grow by the same factor: from 0.001 to"),
    Mistake(
        right="np.arange(count) / (count - 1)",
        wrong="np.arange(count) / count",
        case="rates: two", kind="last one",
        says="The last rate is not high: count rates have count − 1 steps between them."),
    Mistake(
        right="np.arange(count) / (count - 1)",
        wrong="np.arange(1, count + 1) / count",
        case="rates: two", kind="first one",
        says="The first rate is not low: k counts from 0."),
    Mistake(
        right="(high / low) **",
        wrong="high **",
        case="rates: two", kind="factor",
        says="The whole factor from first to last is high / low, not high."),
    Mistake(
        right="trail.append(m / (1 - beta ** t))",
        wrong="trail.append(m)",
        case="smooth: two losses", kind="bias correction",
        says="The correction is missing: m starts at 0, so the first means are too small by the"),
    Mistake(
        right="trail.append(m / (1 - beta ** t))",
        wrong="trail.append(m / (1 - beta))",
        case="smooth: two losses", kind="t",
        says="The correction does not depend on t: it divides by 1 − β, not by 1 − βᵗ."),
    Mistake(
        right="enumerate(losses, 1)",
        wrong="enumerate(losses)",
        case="smooth: two losses", kind="t off by one",
        says="t counts from 1: the first correction divides by 1 − β¹, not by 1 − β⁰ = 0."),
    Mistake(
        right="m = beta * m + (1 - beta) * loss",
        wrong="m = (1 - beta) * m + beta * loss",
        case="smooth: no β", kind="zero",
        says="smooth is 0 everywhere."),
    Mistake(
        right="        trail.append(m / (1 - beta ** t))",
        wrong="        m = m / (1 - beta ** t)\n"
              "        trail.append(m)",
        case="smooth: two losses", kind="state",
        says="The corrected mean is carried on. The correction is for what is returned only; the next"),
    Mistake(
        right="m, trail = 0.0, []",
        wrong="m, trail = losses[0], []",
        case="smooth: two losses", kind="start",
        says="The mean starts with the first loss. It starts at 0, and is corrected."),
    Mistake(
        right="rates[np.argmin(slopes)]",
        wrong="rates[np.argmin(curve)]",
        case="suggestion: the steepest step", kind="lowest",
        says="This is where the loss is lowest. There it has stopped falling, and a little more makes"),
    Mistake(
        right=" / np.diff(np.log(rates[:end]))",
        wrong=" / np.diff(rates[:end])",
        case="suggestion: the steepest step", kind="by rate",
        says="The slope is taken by the rate. That favors the tiny ones; divide by the difference of"),
    Mistake(
        right="curve = smooth(losses, beta)\n"
              "    end",
        wrong="curve = losses\n"
              "    end",
        case="suggestion: random", kind="not smoothed",
        says="The losses are not smoothed, so that one lucky batch decides."),
    Mistake(
        right="            end = k\n",
        wrong="            end = len(curve)\n",
        case="suggestion: after the explosion", kind="exploded",
        says="What comes after the explosion is looked at, too. Stop where the smooth loss is larger"),
    Mistake(
        right="rates[np.argmin(slopes)]",
        wrong="rates[np.argmin(slopes) + 1]",
        case="suggestion: the steepest step", kind="neighbor",
        says="Of the two neighbors take the first, rates[k]."),
    Mistake(
        right="np.argmin(slopes)",
        wrong="np.argmax(slopes)",
        case="suggestion: the steepest step", kind="steepest rise",
        says="This is where the loss rises fastest: the slope with the lowest number is asked for,"),
    Mistake(
        right="return rates[np.argmin(slopes)]",
        wrong="return np.argmin(slopes)",
        case="suggestion: the steepest step", kind="index",
        says="This is k, the place; asked for is the rate there, rates[k]."),
]
