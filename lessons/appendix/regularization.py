"""What the documents say of regularization, tested with the lesson's own variables."""

claim("E §4.3", "L1 regularization", printed="Ω = λ Σᵢ Σⱼ |wᵢⱼ|",
      computed="∂Ω/∂w = λ sign(w), by hand, by differences and by autograd; 0 at w = 0",
      verdict="right", shown=np.allclose(slopes(l1, w), LAMBDA * np.sign(w)) and right > 0 > left,
      why="At 0 there is a corner, and every number from −λ to λ could stand for the slope.")

claim("E §4.3", "L2 regularization", printed="Ω = λ Σᵢ Σⱼ wᵢⱼ²",
      computed="∂Ω/∂w = 2λw, by hand, by differences and by autograd",
      verdict="right", shown=np.allclose(slopes(l2, w), 2 * LAMBDA * w),
      why="Many books write λ/2, so that the derivative is λw. Mind the factor when you compare λ.")

claim("B §3.2", "dropout in the test phase",
      printed="dropout keeps a share of the neurons at random in the training and test phases "
              "(在训练和测试阶段随机保留一定比例的神经元)",
      computed="on in the test phase, it gives the same image other scores each time; off, the "
               "same ones",
      verdict="wrong", shown=(one != two).any().item() and (three == four).all().item(),
      why="Only the training is random. In testing all units are kept; the division by 1 − p in "
          "the training has made up for it.",
      seen="" if not past else f"test accuracy {past['dropout_on']:.4f} with dropout on, "
      f"{past['dropout_off']:.4f} with it off")

claim("B §3.2", "dropout in training",
      printed="units are dropped at random in training (在训练过程中随机丢弃部分神经元), which lowers the "
              "risk of overfitting",
      computed="y = m·x/(1 − p): the mean over many masks is x again",
      verdict="right", shown=np.allclose(many.mean(0), [1, 2, 3, 4], atol=0.05),
      why="No unit can rely on another one to be there, so what they learn is less particular.",
      seen="" if not past else f"test accuracy {past['none_accuracy']:.4f} without, "
      f"{past['dropout_accuracy']:.4f} with dropout (means of 3 seeds)")

claim("B §3.2", "what regularization changes",
      printed="regularization lowers the complexity of the model (降低模型复杂度)",
      computed="the number of parameters stays 101,770; with L1 and L2 their size goes down",
      verdict="ambiguous", shown=set(parameters.values()) == {101_770}
      and max(sizes["L1"], sizes["L2"]) < sizes["none"],
      why="True if complexity means the size of the weights, not if it means how many there are.",
      seen="" if not past else f"Σ|w| is {past['weight_sum_none']:.0f} without and "
      f"{past['weight_sum_l1']:.0f} with L1, of whose weights {past['small_share_l1']:.0%} are "
      "below 0.001")

if past:
    claim("E §4.3", "avoiding overfitting",
          printed="by introducing regularization we balance complexity and generalization and "
                  "avoid overfitting (避免过拟合)",
          computed=f"1,000 images, gap between training and new images: {past['none_gap']:.3f} "
                   f"without, {past['l1_gap']:.3f} with L1, {past['l2_gap']:.3f} with L2",
          verdict="ambiguous", shown=past["l1_gap"] > 0.05 and past["l2_gap"] > 0.05,
          why="The balance is real: a larger λ closes the gap. But it does so by bringing the "
              "training accuracy down; the accuracy on new images hardly rises.",
          seen=f"test accuracy: none {past['none_accuracy']:.4f}, L1 {past['l1_accuracy']:.4f}, "
               f"L2 {past['l2_accuracy']:.4f}")
    claim("C §3.2", "preventing overfitting",
          printed="regularization prevents overfitting, such as Dropout, L1/L2 (防止过拟合)",
          computed=f"the gap with dropout is {past['dropout_gap']:.3f}, without it "
                   f"{past['none_gap']:.3f}",
          verdict="ambiguous", shown=0.02 < past["dropout_gap"] < past["none_gap"],
          why="It makes overfitting less; it does not prevent it.")
    claim("B §3.2", "data augmentation (数据增强)",
          printed="generates more varied training data and improves generalization (提高模型的泛化能力)",
          computed=f"test accuracy {past['none_accuracy']:.4f} without, "
                   f"{past['shifts_accuracy']:.4f} with random shifts",
          verdict="right", shown=past["shifts_accuracy"] > past["none_accuracy"] + 0.01,
          why="Of all that was tried it helped most. It must leave the label alone, though.",
          seen=f"with random mirrors, {past['mirror_accuracy']:.4f}")
    claim("E §4.3", "which augmentation",
          printed="images are first scaled, cropped and flipped (缩放、裁剪和翻转)",
          computed=f"digits flipped at random: test accuracy {past['mirror_accuracy']:.4f} "
                   f"instead of {past['none_accuracy']:.4f}",
          verdict="ambiguous", shown=past["mirror_accuracy"] < past["none_accuracy"],
          why="Fine for most photographs, which the document speaks of; wrong for digits and "
              "letters.")
else:
    print("There is no recorded full run yet (benchmarks/run_lessons.py): its claims are left out.")
