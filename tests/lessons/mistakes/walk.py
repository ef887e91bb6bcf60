"""Mistakes in exercise 5, the topological walk."""
from .mistake import Mistake

MISTAKES = [
    Mistake(
        right="parent.grad += ",
        wrong="parent.grad = ",
        case="gradients: a diamond", kind="accumulate",
        says="Wrong only at a, where several paths meet or behind."),
    Mistake(
        right="order[::-1]",
        wrong="order",
        case="order: a chain of three", kind="reversed",
        says="The list runs from the leaves to the root; backward needs the root first."),
    Mistake(
        right="elif id(node) not in seen:",
        wrong="else:",
        case="order: a diamond", kind="visited twice",
        says="a is in the list 3 times."),
    Mistake(
        right="    root.grad = 1.0\n",
        wrong="",
        case="gradients: a chain of three", kind="seed",
        says="The root's own gradient is ∂root/∂root = 1; the walk begins with it."),
    Mistake(
        right="    order, seen = [], set()",
        wrong="    order, seen = [], set()\n"
              "    def visit(node):\n"
              "        if id(node) not in seen:\n"
              "            seen.add(id(node))\n"
              "            for parent in node.parents:\n"
              "                visit(parent)\n"
              "            order.append(node)\n"
              "    visit(root)\n"
              "    return order[::-1]\n",
        case="order: a chain of 10,000", kind="recursion",
        says="RecursionError at line 12 (if id(node) not in seen:): a function calls itself"),
    Mistake(
        right="    order, seen = [], set()",
        wrong="    order, waiting = [root], [root]\n"
              "    while waiting:\n"
              "        node = waiting.pop(0)\n"
              "        for parent in node.parents:\n"
              "            if parent not in order:\n"
              "                order.append(parent)\n"
              "                waiting.append(parent)\n"
              "    return order\n",
        case="order: a short way and a long way", kind="order",
        says="b comes before c, but c was computed from it and has yet to hand on its share."),
    Mistake(
        right="for parent, slope in zip(node.parents, node.slopes):",
        wrong="for parent, slope in dict(zip(node.parents, node.slopes)).items():",
        case="gradients: a diamond", kind="accumulate",
        says="Wrong only at a, where several paths meet or behind."),
    Mistake(
        right="node.grad * slope",
        wrong="slope",
        case="gradients: a chain of three", kind="chain rule",
        says="The slopes alone were added up."),
    Mistake(
        right="node.grad * slope",
        wrong="root.grad * slope",
        case="gradients: a chain of three", kind="chain rule",
        says="The slopes alone were added up."),
    Mistake(
        right="return order[::-1]",
        wrong="return order[::-1][1:]",
        case="order: a chain of three", kind="missing node",
        says="1 of 3 nodes are not in the list, among them c."),
    Mistake(
        right="def topological_order(root):\n"
              "    order, seen = [], set()",
        wrong="def topological_order(root, order=[], seen=set()):",
        case="order: a diamond", kind="kept",
        says="The list holds a Node of another graph, from an earlier call."),
    Mistake(
        right="    for node in topological_order(root):\n"
              "        for parent, slope in zip(node.parents, node.slopes):\n"
              "            parent.grad += node.grad * slope",
        wrong="    waiting = [root]\n"
              "    while waiting:\n"
              "        node = waiting.pop()\n"
              "        for parent, slope in zip(node.parents, node.slopes):\n"
              "            parent.grad += node.grad * slope\n"
              "            waiting.append(parent)",
        case="gradients: a short way and a long way", kind="accumulate",
        says="Wrong only at a, where several paths meet or behind."),
    Mistake(
        right="id(node) not in seen:\n"
              "            seen.add(id(node))",
        wrong="node.value not in seen:\n"
              "            seen.add(node.value)",
        case="order: a random graph", kind="equal values",
        says="12 of 31 nodes are not in the list, among them a11, which has the value of"),
    Mistake(
        right="    return order[::-1]\n",
        wrong="",
        case="order: a chain of three", kind="type",
        says="topological_order returned None; expected is a list of Nodes."),
    Mistake(
        right="order.append(node)\n"
              "        elif id(node) not in seen:\n"
              "            seen.add(id(node))",
        wrong="pass\n"
              "        elif id(node) not in seen:\n"
              "            seen.add(id(node))\n"
              "            order.insert(0, node)",
        case="order: a diamond", kind="order",
        says="a comes before b, but b was computed from it and has yet to hand on its share."),
    Mistake(
        right="            waiting.append((node, True))",
        wrong="            order.insert(0, node)",
        case="order: a diamond", kind="order",
        says="a comes before b, but b was computed from it and has yet to hand on its share."),
    Mistake(
        right="    root.grad = 1.0\n"
              "    for node in topological_order(root):\n"
              "        for parent, slope in zip(node.parents, node.slopes):\n"
              "            parent.grad += node.grad * slope",
        wrong="    root.grad = root.grad or 1.0\n"
              "    for parent, slope in zip(root.parents, root.slopes):\n"
              "        parent.grad += root.grad * slope\n"
              "        backward(parent)",
        case="gradients: a short way and a long way", kind="accumulate",
        says="Wrong only at a, where several paths meet or behind."),
    Mistake(
        right="return order[::-1]",
        wrong="return set(order)",
        case="order: a chain of three", kind="type",
        says="topological_order returned a set; expected is a list of Nodes."),
]
