"""What the documents say of sigmoid network, tested with the lesson's own variables."""

claim("D §4.1", "forward pass of L layers",
      printed="a⁽ˡ⁾ = σ(W⁽ˡ⁾a⁽ˡ⁻¹⁾ + b⁽ˡ⁾), a⁽⁰⁾ = x, l = 1 … L",
      computed="three layers of 5, 4 and 2 units on 3 inputs: W⁽ˡ⁾ is (5, 3), (4, 5), (2, 4); "
               "a⁽³⁾ is (2,)",
      verdict="right", shown=[a.shape for a in activations] == [(n,) for n in sizes]
      and all(((0 < a) & (a < 1)).all() for a in activations[1:]),
      why="Each layer needs as many columns as the layer before has units. Then the shapes fit "
          "for any L.")

claim("D §4.1", "the letter y",
      printed="输出向量为 y (the output vector is y)",
      computed="the formulas end with a⁽ᴸ⁾; in §4.2 and §4.3 y − a⁽ᴸ⁾ is the error",
      verdict="ambiguous", shown=len(activations) == len(random_layers) + 1,
      why="What the network puts out is a⁽ᴸ⁾. y is what it should put out, the target.")

claim("D §4.3", "the shapes of W⁽¹⁾ and x",
      printed="x = [1, 2, 3], W⁽¹⁾ = [0.1, 0.2; 0.3, 0.4]",
      computed="W⁽¹⁾x is (2, 2)(3,): the product does not exist",
      verdict="wrong", shown=not fits,
      why="Three inputs need three columns of weights.")

claim("D §4.3", "what is given",
      printed="W⁽¹⁾ and b⁽¹⁾; later 0.5 and 0.7 appear for W⁽²⁾ and W⁽³⁾, 0.1, 0.2, 0.3 for the "
              "biases",
      computed="two numbers 0.5 × a₁, 0.5 × a₂: W⁽²⁾ could be the number 0.5 or the matrix 0.5 · "
               "I",
      verdict="ambiguous", shown=np.allclose(0.5 * np.eye(2) @ [0.55, 0.86], [0.275, 0.43]),
      why="W⁽²⁾, b⁽²⁾, W⁽³⁾, b⁽³⁾ are never given. From the printed sums one can guess which "
          "numbers were meant, but not which shape.")

claim("D §4.3", "the sums of layer 1",
      printed="[0.1×1+0.1, 0.2×2+0.2; 0.3×3+0.3, 0.4×3+0.4] = [0.2, 0.8; 1.2, 2.2]",
      computed="by its own terms [0.2, 0.6; 1.2, 1.6]",
      verdict="wrong", shown=[follows[row[0]] for row in forward_rows[:4]]
      == [True, False, True, False],
      why="Besides, W⁽¹⁾x + b⁽¹⁾ has two numbers and not four: each unit adds up all its inputs, "
          "then its bias. Printed is one weight times one input, plus the weight again.")

claim("D §4.3", "a⁽¹⁾",
      printed="σ([0.2, 0.8; 1.2, 2.2]) = σ([0.55, 0.86]), used as a⁽¹⁾ = [0.55, 0.86]",
      computed=f"σ of the four numbers is {numbers(sigmoid([0.2, 0.8, 1.2, 2.2]))}",
      verdict="wrong", shown=abs(sigmoid(0.2) - 0.55) < 0.005
      and all(abs(sigmoid(v) - 0.86) > 0.03 for v in (0.2, 0.8, 1.2, 2.2)),
      why="0.55 is σ(0.2); 0.86 is σ of none of them. Four numbers became two. And the σ in "
          "front of [0.55, 0.86] would apply it twice.")

claim("D §4.3", "the sums of layer 2",
      printed="[0.5×0.55+0.1, 0.5×0.86+0.2] = [0.3625, 0.665]",
      computed="by its own terms [0.3750, 0.6300]",
      verdict="wrong", shown=not follows["0.5 × 0.55 + 0.1"] and not follows["0.5 × 0.86 + 0.2"]
      and np.allclose([0.5 * 0.55 + 0.1, 0.5 * 0.86 + 0.2], [0.375, 0.63]),
      why="Arithmetic: 0.275 + 0.1 and 0.43 + 0.2.")

claim("D §4.3", "the sums of layer 3",
      printed="[0.7×0.3625+0.2, 0.7×0.665+0.3] = [0.45625, 0.8255]",
      computed="by its own terms [0.45375, 0.7655]",
      verdict="wrong", shown=np.allclose([0.7 * 0.3625 + 0.2, 0.7 * 0.665 + 0.3], [0.45375, 0.7655])
      and not follows["0.7 × 0.3625 + 0.2"] and not follows["0.7 × 0.665 + 0.3"],
      why="Arithmetic: 0.25375 + 0.2 and 0.4655 + 0.3. The first is off by 0.0025, the second by "
          "0.06.")

claim("D §4.3", "a⁽²⁾ and a⁽³⁾",
      printed="a⁽²⁾ = σ([0.3625, 0.665]), a⁽³⁾ = σ([0.45625, 0.8255]); used as a⁽²⁾ = [0.3625, "
              "0.665], a⁽³⁾ = [0.45625, 0.8255]",
      computed=f"σ([0.3625, 0.665]) = {numbers(sigmoid([0.3625, 0.665]))}, "
               f"σ([0.45625, 0.8255]) = {numbers(sigmoid([0.45625, 0.8255]))}",
      verdict="wrong", shown=np.abs(sigmoid([0.3625, 0.665]) - [0.3625, 0.665]).min() > 0.004
      and np.abs(sigmoid([0.45625, 0.8255]) - [0.45625, 0.8255]).max() > 0.1,
      why="From here on the document goes on with z, the numbers before the activation, as if "
          "they were a. In layers 2 and 3 no σ is ever applied.")

claim("D §4.3", "the number of outputs",
      printed="Σᵢ₌₁³ with a⁽³⁾ = [0.45625, 0.8255]: 0.8255 stands for outputs 2 and 3",
      computed="a⁽³⁾ has 2 numbers, y has 3",
      verdict="wrong", shown=len([0.45625, 0.8255]) != len(y),
      why="Three targets need three outputs, W⁽³⁾ with three rows.")

claim("D §4.3", "the targets in the loss",
      printed="y = [0, 1, 0] at the beginning; (1 − …)², (0 − …)², (0 − …)² in the loss",
      computed=f"with its own outputs: {readings['½ · (the three squares)']:.4f} for [1, 0, 0], "
               f"{readings['½ · (the three squares), y = [0, 1, 0]']:.4f} for [0, 1, 0]",
      verdict="wrong", shown=abs(list(readings.values())[0] - list(readings.values())[3]) > 0.1,
      why="The loss is calculated for y = [1, 0, 0], another class.")

claim("D §4.3", "the value of the loss",
      printed="J = 0.1300625",
      computed=f"by its own terms {readings['½ · (the three squares)']:.4f}; with the Σ taken at "
               f"its word {list(readings.values())[1]:.4f} or {list(readings.values())[2]:.4f}",
      verdict="wrong", shown=all(abs(v - 0.1300625) > 0.3 for v in readings.values()),
      why="No reading gives the printed value; the first term alone, ½ · 0.54375² = 0.1478, is "
          "larger.")

claim("D §4.3", "the name of the loss",
      printed="均方误差 (MSE, mean squared error): J = ½ Σ (yᵢ − aᵢ)²",
      computed=f"the mean of the three squares is {terms.mean():.4f}, ½ Σ is "
               f"{0.5 * terms.sum():.4f}",
      verdict="ambiguous", shown=not np.isclose(terms.mean(), 0.5 * terms.sum()),
      why="A mean divides by the number of terms, ½ Σ does not. Both have the same minimum, but "
          "their gradients differ by a factor (here 3/2).")

claim("D §4.2", "∂J/∂W⁽ˡ⁾",
      printed="∂J/∂W⁽ˡ⁾ = ∂J/∂a⁽ˡ⁺¹⁾ · ∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾",
      computed=f"l = 2: the right side is {numbers(right_side)} = ∂J/∂a⁽²⁾; ∂J/∂W⁽²⁾ has the "
               "shape (2, 2)",
      verdict="wrong", shown=np.allclose(right_side, dJ_da2) and right_side.shape != W2.shape,
      why="The last step is missing, from a⁽ˡ⁾ to W⁽ˡ⁾: ∂J/∂W⁽ˡ⁾ = (∂J/∂a⁽ˡ⁾ ⊙ σ′(z⁽ˡ⁾)) "
          "a⁽ˡ⁻¹⁾ᵀ. And for l = L there is no a⁽ᴸ⁺¹⁾.")

da3_db2 = measured(lambda b: sigmoid(W3 @ sigmoid(W2 @ a1 + b) + b3), b2)     # (3, 2)

claim("D §4.2", "∂J/∂b⁽ˡ⁾",
      printed="∂J/∂b⁽ˡ⁾ = ∂J/∂a⁽ˡ⁺¹⁾ · ∂a⁽ˡ⁺¹⁾/∂b⁽ˡ⁾",
      computed=f"l = 2: the right side is {numbers(dJ_da3 @ da3_db2)} = ∂J/∂b⁽²⁾",
      verdict="ambiguous", shown=np.allclose(dJ_da3 @ da3_db2, d2),
      why="A right chain rule for every layer but the last: for l = L there is no a⁽ᴸ⁺¹⁾. It "
          "also says nothing about how to get the second factor; δ⁽ˡ⁾ = ∂J/∂b⁽ˡ⁾ is simpler.")

slope3 = a3 * (1 - a3)                                                   # (3,) σ′(z3)

claim("D §4.2", "∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾",
      printed="∂a⁽ˡ⁺¹⁾/∂a⁽ˡ⁾ 是激活函数的导数 (is the derivative of the activation function)",
      computed=f"∂a⁽³⁾/∂a⁽²⁾ is a (3, 2) matrix, first row {numbers(da3_da2[0])}; σ′(z⁽³⁾) = "
               f"{numbers(slope3)}",
      verdict="wrong", shown=np.allclose(da3_da2, slope3[:, None] * W3)
      and da3_da2.shape != slope3.shape,
      why="Between a⁽ˡ⁾ and a⁽ˡ⁺¹⁾ lie the weights and the activation: each row of W⁽ˡ⁺¹⁾ times "
          "the slope of its unit.")

claim("D §4.2", "∂J/∂a⁽ˡ⁺¹⁾",
      printed="∂J/∂a⁽ˡ⁺¹⁾ 是输出层梯度 (is the gradient of the output layer)",
      computed=f"L = 3: for l = 2 it is ∂J/∂a⁽³⁾ = {numbers(dJ_da3)}, for l = 1 ∂J/∂a⁽²⁾ = "
               f"{numbers(dJ_da2)}",
      verdict="ambiguous", shown=dJ_da3.shape != dJ_da2.shape,
      why="Only for l = L − 1. In general it is the gradient of the layer behind, which the "
          "backward pass has just computed.")

claim("D §4.2", "∂J/∂a⁽ᴸ⁾, the first equation",
      printed="∂J/∂a⁽ᴸ⁾ = ∂J/∂z⁽ᴸ⁾ · ∂z⁽ᴸ⁾/∂a⁽ᴸ⁾",
      computed=f"δ⁽³⁾ / σ′(z⁽³⁾) = {numbers(d3 / slope3)} = ∂J/∂a⁽³⁾",
      verdict="right", shown=np.allclose(
          d3 / slope3, measured(lambda a: 0.5 * ((a - y) ** 2).sum(), a3)),
      why="True for a sigmoid, whose slope is never 0 (for ReLU it would divide by 0). But the "
          "backward pass goes the other way: ∂J/∂z⁽ᴸ⁾ = ∂J/∂a⁽ᴸ⁾ · σ′(z⁽ᴸ⁾).")

with_mean = measured(lambda a: ((a - y) ** 2).sum() / (2 * 3), a3)

with_sum = measured(lambda a: 0.5 * ((a - y) ** 2).sum(), a3)

claim("D §4.2", "∂J/∂a⁽ᴸ⁾, the second equation",
      printed="∂J/∂a⁽ᴸ⁾ = −(1/m) · (y − a⁽ᴸ⁾)",
      computed=f"m = 3: {numbers(-(y - a3) / 3)}. Measured for J = 1/(2m) Σ: "
               f"{numbers(with_mean)}, for J = ½ Σ: {numbers(with_sum)}",
      verdict="ambiguous", shown=np.allclose(-(y - a3) / 3, with_mean) and not np.allclose(
          with_mean, with_sum),
      why="J and m are not defined in §4.2. It is right for J = 1/(2m) Σ (y − a)²; the sign is "
          "right in any case.")

claim("D §4.3", "∂J/∂a⁽³⁾",
      printed="−(1/3) · (1 − 0.45625, −0.8255, −0.8255), with J = ½ Σ (yᵢ − aᵢ)²",
      computed=f"printed {numbers(printed_dJ_da3, 5)}; the slope of J is {numbers(own_dJ_da3, 5)}",
      verdict="wrong", shown=np.allclose(own_dJ_da3, 3 * printed_dJ_da3),
      why="½ Σ has the derivative −(y − a). 1/m would belong to 1/(2m) Σ; all later gradients "
          "are 3 times too small for this J. (The targets are [1, 0, 0], as in the loss.)")

claim("D §4.3", "σ⁻¹ for σ′",
      printed="∂a⁽³⁾/∂a⁽²⁾ = ∂σ⁻¹(a⁽³⁾)/∂a⁽³⁾ = σ⁻¹(a⁽³⁾) = 1 / (1 + e^(−a⁽³⁾))",
      computed=f"at a = 0.45625: {numbers(slope_of_inverse)}, {numbers(inverse(a))} and "
               f"{numbers(sigmoid(a))}; needed is σ′(z) = a(1 − a) = {numbers(a * (1 - a))}",
      verdict="wrong", shown=len({round(float(v), 2) for v in (
          slope_of_inverse, inverse(a), sigmoid(a), a * (1 - a))}) == 4,
      why="The inverse function is not the slope, and 1/(1 + e⁻ᵃ) is neither. The weights W⁽³⁾, "
          "which belong into ∂a⁽³⁾/∂a⁽²⁾, are missing as well.")

claim("D §4.3", "the sum over the units",
      printed="∂a⁽³⁾/∂a⁽²⁾ = 1/(1+e^(−0.45625)) + 1/(1+e^(−0.8255)) + 1/(1+e^(−0.8255))",
      computed=f"one number, {numbers(sum3)}; ∂a⁽³⁾/∂a⁽²⁾ has 3 × 2",
      verdict="wrong", shown=da3_da2.shape == (3, 2) and np.ndim(sum3) == 0,
      why="A derivative of three outputs with respect to two inputs is a matrix. Its entries "
          "must not be added: each output has its own error to multiply with.")

claim("D §4.3", "∂J/∂a⁽²⁾",
      printed="(1/3) · (1 − 0.45625) · (sum of three)",
      computed=f"one number, {numbers(third * sum3)}; by its own ∂J/∂a⁽³⁾ it begins with −1/3. "
               f"For the repaired example ∂J/∂a⁽²⁾ = {numbers(dJ_da2)}",
      verdict="wrong", shown=printed_dJ_da3[0] < 0 < third and dJ_da2.shape == (2,),
      why="The minus sign and the errors of outputs 2 and 3 are lost. a⁽²⁾ has two numbers, so "
          "its gradient has two.")

claim("D §4.3", "∂a⁽²⁾/∂a⁽¹⁾",
      printed="∂a⁽²⁾/∂a⁽¹⁾ = σ⁻¹(a⁽²⁾) = 1 / (1 + e^(−a⁽²⁾)), as two terms added",
      computed=f"one number, {numbers(sum2)}; for the repaired example the matrix with the rows "
               f"{numbers(measured(lambda v: sigmoid(W2 @ v + b2), a1)[0])} and "
               f"{numbers(measured(lambda v: sigmoid(W2 @ v + b2), a1)[1])}",
      verdict="wrong", shown=np.allclose(measured(lambda v: sigmoid(W2 @ v + b2), a1),
                                         (a2 * (1 - a2))[:, None] * W2),
      why="As for ∂a⁽³⁾/∂a⁽²⁾: it is σ′(z⁽²⁾) times the rows of W⁽²⁾.")

claim("D §4.3", "∂J/∂a⁽¹⁾",
      printed="∂J/∂a⁽¹⁾ = ∂J/∂a⁽²⁾ · ∂a⁽²⁾/∂a⁽¹⁾ = (1/3) · (1 − 0.45625) · (sum of two)",
      computed=f"printed {numbers(third * sum2)}; by its own chain rule "
               f"{numbers(third * sum3 * sum2)}",
      verdict="wrong", shown=not np.isclose(third * sum2, third * sum3 * sum2, rtol=0.1),
      why="The factor ∂a⁽³⁾/∂a⁽²⁾ has dropped out: the gradient reaches layer 1 without having "
          "passed layer 3.")

ratio = np.outer(dJ_da3, a2)[0, 0] / by_hand[2][0][0, 0]

claim("D §4.3", "the formula of ΔW⁽ˡ⁾ and Δb⁽ˡ⁾",
      printed="ΔW⁽ˡ⁾ = η · ∂J/∂a⁽ˡ⁾ · a⁽ˡ⁻¹⁾ᵀ,  Δb⁽ˡ⁾ = η · ∂J/∂a⁽ˡ⁾",
      computed=f"repaired example: {ratio:.4f} times the right entry for the first output, "
               f"1/σ′(z) = {1 / slope3[0]:.4f}",
      verdict="wrong", shown=np.isclose(ratio, 1 / slope3[0]),
      why="W⁽ˡ⁾ and b⁽ˡ⁾ act on z⁽ˡ⁾: it must be δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾ = ∂J/∂a⁽ˡ⁾ ⊙ σ′(z⁽ˡ⁾).")

for l, a_printed, why in (
        (3, "[0.3625; 0.665]ᵀ",
         "Only the error of output 1 is in it, without its minus sign: all weights get smaller, "
         "also those of an output that is too small. Above, the sum had three terms."),
        (2, "[0.55; 0.86]ᵀ",
         "A number times a row is a row: both units would get the same step. Right is the column "
         "δ⁽²⁾ times the row a⁽¹⁾ᵀ."),
        (1, "[1; 2; 3]ᵀ",
         "The printed W⁽¹⁾ has 2 × 2 entries. The factor is the one of ΔW⁽²⁾: nothing was passed "
         "back through layer 2.")):
    (dW, W), (db, b), k = printed_update[f"ΔW{l}"], printed_update[f"Δb{l}"], "⁰¹²³"[l]
    claim("D §4.3", f"ΔW⁽{k}⁾ and Δb⁽{k}⁾ in numbers",
          printed=f"ΔW⁽{k}⁾ = {factor} · {a_printed}; Δb⁽{k}⁾ the same without the last factor",
          computed=f"a row {numbers(dW)} and one number {numbers(db)}; in the repaired example "
                   f"the gradients have the shapes {W.shape} and {b.shape}",
          verdict="wrong", shown=dW.shape != W.shape and db.shape != b.shape, why=why)

claim("D §4.3", "the last step: subtract Δ",
      printed="W⁽ˡ⁾ = W⁽ˡ⁾ − ΔW⁽ˡ⁾,  b⁽ˡ⁾ = b⁽ˡ⁾ − Δb⁽ˡ⁾, with η = 0.1 inside Δ",
      computed=f"with the right gradients: J {numbers(J)} → {numbers(loss_of(stepped))} in one "
               "step",
      verdict="right", shown=loss_of(stepped) < J,
      why="Gradient descent, with the learning rate once.")

claim("D §4.3", "better in the next round",
      printed="使得模型在下一轮迭代中性能更优 (so that the model is better in the next round)",
      computed=f"J = {numbers(J)} at first. The printed numbers: {numbers(loss_of(by_print))} "
               f"after one round. The printed formulas: {numbers(printed_losses[100])} after 100 "
               f"rounds, {numbers(printed_losses[1000])} after 1000. Right: "
               f"{numbers(loss_of(stepped))}, {numbers(right_losses[100])}, "
               f"{numbers(right_losses[1000])}",
      verdict="ambiguous", shown=loss_of(by_print) < J
      and printed_losses[1000] > J > right_losses[1000]
      and forward(by_print, x)[-1][1] < a3[1] < forward(stepped, x)[-1][1],
      why="One round is better by luck: the printed step lowers every output, and two of the "
          "three targets are 0. In the end all outputs are 0, and the class with target 1 is "
          "never found.")
