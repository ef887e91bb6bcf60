"""Mistakes in exercise 17, the engine."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="x.grad += slope * value.grad",
        wrong="x.grad = slope * value.grad",
        case="a sum and a product", kind="accumulate",
        says="A value that is used more than once gets a slope from each use, and they add up: +=."),
    Mistake(
        right="x.grad += slope * value.grad",
        wrong="x.grad += slope",
        case="a sum and a product", kind="chain rule",
        says="The slopes alone were added up. By the chain rule an input gets the slope times the"),
    Mistake(
        right="value.grad = float(value is result)",
        wrong="value.grad = 0.0",
        case="a sum and a product", kind="zero",
        says="All slopes are 0. The walk begins with 1 at the result: ∂result/∂result = 1."),
    Mistake(
        right="        value.grad = float(value is result)",
        wrong="        value.grad += float(value is result)",
        case="backward, twice", kind="kept",
        says="backward was called twice, and the slopes of the first time are still there. Set every"),
    Mistake(
        right="(self, other), (1.0, -1.0))",
        wrong="(self, other), (1.0, 1.0))",
        case="a difference", kind="minus",
        says="The slope of a − b along b is −1."),
    Mistake(
        right="-quotient / other.data",
        wrong="quotient / other.data",
        case="a quotient", kind="quotient",
        says="The slope of a / b along b is negative: a larger b makes the quotient smaller."),
    Mistake(
        right="-quotient / other.data",
        wrong="-quotient",
        case="a quotient", kind="quotient",
        says="The slope of a / b along b is −a/b²: the square is missing."),
    Mistake(
        right="-quotient / other.data",
        wrong="1 / self.data",
        case="a quotient", kind="quotient",
        says="The slope of a / b along b is −a/b². Derive it: a / b is a · b⁻¹."),
    Mistake(
        right="return Value(power, (self,), (power,))",
        wrong="return Value(power, (self,), (self.data * math.exp(self.data - 1),))",
        case="an exponential", kind="exponential",
        says="The power rule is for powers of a. In eᵃ it stands in the exponent: the slope is eᵃ"),
    Mistake(
        right="return Value(power, (self,), (power,))",
        wrong="return Value(power, (self,), (1.0,))",
        case="an exponential", kind="exponential",
        says="The slope of eᵃ is not 1, but eᵃ itself."),
    Mistake(
        right="return Value(power, (self,), (power,))",
        wrong="return Value(power, (self,), (self.data,))",
        case="an exponential", kind="exponential",
        says="The slope of eᵃ is not a, but eᵃ itself."),
    Mistake(
        right="(1 - t ** 2,)",
        wrong="(1 - self.data ** 2,)",
        case="tanh", kind="tanh",
        says="The slope of tanh is 1 − t² with t = tanh a, not with a."),
    Mistake(
        right="(self, other), (other.data, self.data))",
        wrong="(self, other), (self.data, other.data))",
        case="a sum and a product", kind="product",
        says="The slope of a · b along a is b, and along b it is a."),
    Mistake(
        right="    def __sub__(self, other):\n"
              "        return Value(self.data - other.data, (self, other), (1.0, -1.0))\n"
              "\n",
        wrong="",
        case="a difference", kind="exception",
        says="TypeError: unsupported operand type(s) for -: 'Value' and 'Value'. Teach it to your"),
    Mistake(
        right="    order = list(ordered(result))\n"
              "    for value in order:\n"
              "        value.grad = float(value is result)\n"
              "    for value in order:\n"
              "        for x, slope in zip(value.inputs, value.slopes):\n"
              "            x.grad += slope * value.grad",
        wrong="    def visit(value, arriving):\n"
              "        value.grad += arriving\n"
              "        for x, slope in zip(value.inputs, value.slopes):\n"
              "            visit(x, value.grad * slope)\n"
              "    for value in ordered(result):\n"
              "        value.grad = 0.0\n"
              "    visit(result, 1.0)",
        case="a diamond", kind="at once",
        says="A value passes on its slope before all of it has arrived, and then passes on the same"),
    Mistake(
        right="    order, seen, waiting = [], set(), [(result, False)]\n",
        wrong="    order, seen = [], set()\n"
              "    def visit(value):\n"
              "        if id(value) not in seen:\n"
              "            seen.add(id(value))\n"
              "            for x in value.inputs:\n"
              "                visit(x)\n"
              "            order.append(value)\n"
              "    visit(result)\n"
              "    return reversed(order)\n"
              "    waiting = []\n",
        case="5,000 operations in a row", kind="recursion",
        says="RecursionError at line 34 (if id(value) not in seen:): a function calls itself more"),
    Mistake(
        right="class Value:",
        wrong="class Number:",
        case="a sum and a product", kind="missing function",
        says="There is no class Value any more. Keep that name."),
]
