"""What the documents say of losses, tested with the lesson's own variables."""

SAME = ("Both have the same minimum. The gradient of ½Σ is n/2 times that of the mean, so the same "
        "learning rate means another step.")

half_text = f"for 4 samples: ½Σ = {half_sum(guess):.3f}, the mean = {mean_square(guess):.3f}; "

claim("A §4.1.3", "the mean squared error (均方误差)",
      printed="MSE: J(θ) = ½ Σ (yᵢ − θxᵢ)²",
      computed=half_text + f"gradients in the ratio {ratio:.0f} = n/2",
      verdict="ambiguous", shown=np.isclose(ratio, n / 2) and half_sum(guess) != mean_square(guess),
      why="It is half a sum, not a mean; B §4.2 prints the mean under the same name. " + SAME,
      seen="with α = 0.05 and α · n/2 both descents take the same path; with each sample ten "
           "times, ½Σ diverges at 0.05, the mean does not notice")

claim("E §4.1", "the mean squared error (均方误差)",
      printed="L(y, ŷ) = ½ Σ (yᵢ − ŷᵢ)²   (MSE)",
      computed=half_text + f"gradients in the ratio {ratio:.0f} = n/2",
      verdict="ambiguous", shown=np.isclose(ratio, n / 2) and half_sum(guess) != mean_square(guess),
      why="As in A: half a sum under the name of a mean. It is −ln of the likelihood under normal "
          "noise.")

claim("B §4.2", "the mean squared error, and its derivation",
      printed="MSE = 1/n Σ (ŷᵢ − yᵢ)²: errors, squared and added up, divided by the number of "
              "samples",
      computed=f"{mean_square(guess):.4f} for 4 samples, as nn.functional.mse_loss gives; the "
               "gradient 2/n (ŷ − y) is the measured one",
      verdict="right",
      shown=np.allclose(measured(mean_square, guess), 2 / n * (guess - y)) and np.isclose(
          F.mse_loss(minigrad.tensor(guess), minigrad.tensor(y)).item(), mean_square(guess)),
      why="It is the mean, as the name says.")

claim("A §4.1.3", "the cross-entropy of θx",
      printed="J(θ) = −Σ yᵢ · log(θ · xᵢ)",
      computed=f"θ = 0.6, x = −1, 0.8, 0.4, 2, y = 0, 0, 1, 1: {all_four}\n"
               f"without x = −1: {minus(unbounded[1.0])} for θ = 1, {minus(unbounded[1000.0])} "
               "for θ = 1000",
      verdict="wrong", shown=np.isnan(all_four) and unbounded[1000.0] < 0 < unbounded[1.0],
      why="θx isn't a probability: log of a negative number is nan, and above 1 the loss gets "
          "negative and falls without end. A sigmoid is missing: p = σ(θx).")

claim("A §4.1.3", "the equation in the two-class example",
      printed="−Σ yᵢ log(θxᵢ) = −Σ yᵢ log(θ₁xᵢ) − (1 − yᵢ) log(1 − θ₁xᵢ)",
      computed=f"y = 0, 1, 0, probabilities 0.2, 0.6, 0.3: left {left_side:.4f}, "
               f"right (with brackets) {brackets:.4f}",
      verdict="wrong", shown=all(abs(left_side - v) > 0.1 for v in (outside, difference, brackets)),
      why="The left side does not hear samples with y = 0. The right side is another function in "
          "each of its readings, and its θ has become θ₁.")

claim("A §4.1.3", "brackets in the two-class formula",
      printed="−Σ yᵢ log(p) − (1 − yᵢ) log(1 − p)",
      computed=f"y = 0, 1, 0, p = 0.2, 0.6, 0.3; −ln likelihood = {-np.log(likelihood):.4f}\n"
               f"Σ up to the next −, i the last:  {outside:.4f}\n"
               f"Σ over the difference:           {minus(difference, 4)}\n"
               f"−Σ [… + …]:                      {brackets:.4f}",
      verdict="ambiguous",
      shown=np.isclose(brackets, -np.log(likelihood)) and len({outside, difference, brackets}) == 3,
      why="It must be −Σ [yᵢ log p + (1 − yᵢ) log(1 − p)]. Over the difference, samples with y = 0 "
          "are rewarded for a large p.")

claim("B §4.2", "the cross-entropy: what does i count?",
      printed="−Σᵢ yᵢ log(ŷᵢ), yᵢ the label of sample i (第 i 个样本), ŷᵢ the probability "
              "predicted for sample i",
      computed="labels 1, 0, 1, 0: a careful model | one that says 1 with certainty\n"
               f"i counts samples    {over_samples(careful):6.3f} | {over_samples(shouting):6.3f}\n"
               f"i counts classes    {over_classes(careful):6.3f} | {over_classes(shouting):6.3f}",
      verdict="ambiguous", shown=over_samples(shouting) < over_samples(careful)
      and over_classes(careful) < over_classes(shouting),
      why="At its word, samples with label 0 do not count. It is right for one sample with i "
          "counting classes and y one-hot, or with yᵢ and ŷᵢ as rows of such numbers.")

claim("B §4.2", "the cross-entropy in words",
      printed="for each sample compute the logarithm of the predicted probability; the sum of all "
              "these is the cross-entropy",
      computed=f"a careful model {minus(worded['careful'])}, one with p = 0.001 throughout "
               f"{minus(worded['p = 0.001 throughout'])}; by the formula "
               f"{over_classes(careful):.2f}",
      verdict="wrong", shown=worded["p = 0.001 throughout"] < worded["careful"] < 0,
      why="The minus sign and the weights yᵢ are forgotten. What is left is smallest for the worst "
          "model.")

claim("E §4.1", "the cross-entropy",
      printed="L(y, ŷ) = −Σ yᵢ log(ŷᵢ), ŷ the predicted probability distribution (概率分布)",
      computed=f"scores 2, 1, −1, the second class true: {-np.log(softmax(z)[true_class]):.4f}, as "
               f"nn.functional.cross_entropy; gradient with respect to the scores p − y",
      verdict="right",
      shown=np.isclose(-(target * np.log(softmax(z))).sum(),
                       F.cross_entropy(minigrad.tensor(z), minigrad.tensor(true_class)).item()),
      why="For one sample, i counting the classes. n, in the line above the number of errors, is "
          "here the number of classes.")

claim("A §4.1.3", "cross-entropy and accuracy (从而提高分类准确率)",
      printed="it makes the model attend more to differences of the predicted probabilities, and "
              "so raises the accuracy",
      computed=f"from a certain and wrong start, 200 steps: cross-entropy "
               f"{learned['cross-entropy'][-1][1]} of 4 right, squared error "
               f"{learned['squared error'][-1][1]} of 4\n"
               f"but a cross-entropy of {low_certainty:.2f} with {three_right} of 3 right, and "
               f"{high_certainty:.2f} with {two_right} of 3",
      verdict="ambiguous",
      shown=learned["cross-entropy"][-1][1] == 4 > learned["squared error"][-1][1]
      and high_certainty < low_certainty and two_right < three_right,
      why="Its gradient p − y does not fade where the model is certain and wrong, which helps to "
          "learn. But a lower loss is not the same as more right answers.")

claim("E §4.1", "which loss for which task",
      printed="mean squared error for regression, cross-entropy for classification",
      computed=f"four samples in two classes, from a bad start, 200 steps: squared error "
               f"{learned['squared error'][-1][1]} of 4 right, cross-entropy "
               f"{learned['cross-entropy'][-1][1]} of 4",
      verdict="right", shown=learned["cross-entropy"][-1][1] == 4 > learned["squared error"][-1][1],
      why="Each is −ln of a likelihood: of normal noise around a number, and of classes.")
