"""What the documents say of activations, tested with the lesson's own variables."""

claim("A §4.1.2", "what an activation function is for (引入非线性特性)",
      printed="it brings in nonlinearity, so that the model can learn more complex functions",
      computed="two linear layers equal one; with ReLU between, two units make |x| on [−1, 1] "
               f"exactly, while the best line is off by {line_error:.2f}",
      verdict="right", shown=np.allclose(two_layers, one_layer) and units_error < 1e-12,
      why="A product of matrices is a matrix.")

both_sides = np.append(points, 0.0)                                 # (7,)

claim("A §4.1.2", "ReLU",
      printed="f(x) = max(0, x), which is x for x ≥ 0 and 0 for x < 0",
      computed="both forms agree on the six points above, and at 0",
      verdict="right",
      shown=np.array_equal(relu(both_sides), np.where(both_sides >= 0, both_sides, 0)),
      why="At 0 both cases give 0.")

claim("A §4.1.2", "the slope of ReLU at 0",
      printed="x if x ≥ 0, 0 if x < 0",
      computed="from the right 1, from the left 0, central difference 0.5, minigrad 0",
      verdict="ambiguous", shown=np.allclose(list(at_zero.values()), [1, 0, 0.5, 1, 0]),
      why="The document gives no slope. Its cases, differentiated one by one, would give 1 at 0; "
          "with x > 0 above, the same function, they give 0. There is none at a bend: it is a "
          "convention.")

ONE = np.array(1.0)

claim("A §4.1.2", "sigmoid",
      printed="f(x) = 1 / (1 + e⁻ˣ)",
      computed=f"f(1) = {sigmoid(ONE):.4f}, f′(1) = {slopes['sigmoid'](ONE):.4f} = measured slope\n"
               "f(−1000) = 0, but autograd through this formula gives the gradient nan",
      verdict="right", shown=np.isnan(gradients["as printed"]) and gradients["x.sigmoid()"] == 0,
      why="As a program it needs care: e¹⁰⁰⁰ overflows, and the walk back meets 0 · ∞. With the "
          "slope f (1 − f) it does not.")

claim("A §4.1.2", "tanh",
      printed="f(x) = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
      computed=f"f(1) = {tanh(ONE):.4f}, f′(1) = {slopes['tanh'](ONE):.4f} = measured slope\n"
               f"f(1000) = nan as printed, {rows['tanh, stable'][-1]:.0f} in a stable form",
      verdict="right",
      shown=np.isnan(rows["tanh as printed"][-1]) and rows["tanh, stable"][-1] == 1,
      why="Right on paper. In float64 it is ∞/∞ from 710 on, in float32 from 89 on; divide above "
          "and below by e^|x|.")

claim("A §4.1.2", "ReLU avoids vanishing gradients (能够避免梯度消失问题)",
      printed="ReLU performs well in deep networks, because it can avoid vanishing gradients",
      computed="one unit per layer, weight 1, 30 layers: what is left of a gradient of 1\n"
               f"  ReLU {chain['ReLU']:.0f}   tanh {chain['tanh']:.0e}   "
               f"sigmoid {chain['sigmoid']:.0e}\n"
               "100 units per layer, weights of variance c/100:\n"
               f"  ReLU c = 2 {last['ReLU', 2]:.1f}   ReLU c = 1 {last['ReLU', 1]:.0e}   "
               f"tanh c = 1 {last['tanh', 1]:.1f}   sigmoid c = 1 {last['sigmoid', 1]:.0e}",
      verdict="ambiguous",
      shown=chain["ReLU"] == 1 and last["ReLU", 2] > 0.01 > 10 * last["ReLU", 1]
      and last["ReLU", 1] < last["tanh", 1] / 100,
      why="Its own factor is 1 instead of at most ¼. Whether the product vanishes depends on the "
          "weights as well: with c = 1 ReLU loses more than tanh.",
      seen="one step too large, and a unit is dead: gradient exactly 0 for all samples, forever")

claim("B §3.2", "choosing an activation (需要根据具体问题进行选择)",
      printed="a suitable activation function strengthens the nonlinear power of the model; they "
              "have different properties and must be chosen for the problem",
      computed="12 hidden units, mean error of the best fit of |x| and of sin 2x\n"
               + "\n".join(f"  {name:8}{fits[name, '|x|']:6.2f}{fits[name, 'sin 2x']:6.2f}"
                           for name in ("none", "ReLU", "tanh")),
      verdict="right", shown=fits["ReLU", "|x|"] < fits["tanh", "|x|"]
      and fits["tanh", "sin 2x"] < fits["ReLU", "sin 2x"],
      why="The bent function wins on the bend, the smooth one on the smooth curve.")

claim("E §4.1", "activation functions are nonlinear (通常选择为非线性函数)",
      printed="the activation function is usually chosen to be nonlinear, such as sigmoid or ReLU",
      computed="12 hidden units, mean error of the best fit of sin 2x: without one "
               f"{fits['none', 'sin 2x']:.2f}, with ReLU {fits['ReLU', 'sin 2x']:.2f}, "
               "with sigmoid less than 0.01",
      verdict="right", shown=fits["none", "sin 2x"] > 0.5 and fits["sigmoid", "sin 2x"] < 0.01,
      why="Linear layers alone collapse into one.")
