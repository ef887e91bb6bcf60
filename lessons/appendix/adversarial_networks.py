"""What document E says of adversarial networks, tested with the lesson's own variables."""

claim("E §3.3", "adversarial networks: vanishing gradients (梯度消失)",
      printed="缺点：训练不稳定，容易出现模式崩溃和梯度消失问题 "
              "(unstable, prone to mode collapse and vanishing gradients)",
      computed=f"p and q eight deviations apart: slope {at_8[0]:.4f} of ln(1 − D), {at_8[1]:.1f} of −ln D",
      verdict="right", shown=at_8[0] < 0.001 and at_8[1] > 7.9,
      why="With the best discriminator the generator goes down the Jensen–Shannon divergence, which is flat "
          "where p and q don't overlap. The other loss, −ln D, is not.")

claim("E §3.2", "step 4 of adversarial networks (模型评估)",
      printed="在测试集上评估模型性能，计算损失函数值、生成样本质量等指标 "
              "(evaluate on a test set: the value of the loss, the quality of the samples)",
      computed=f"the losses of a perfect game are {-best_value(0.0):.3f} and {np.log(2):.3f}; so are those "
               "of a discriminator that always says ½",
      verdict="ambiguous", shown=abs(best_value(0.0) + np.log(4)) < 1e-9,
      why="The quality of samples is a measure, if real data and simple baselines stand beside it. The value "
          "of the loss isn't: collapsed generators have that of a perfect game.")

if past:
    ring_of, last = past["ring"], past["digits"]
    claim("E §3.3", "adversarial networks: mode collapse (模式崩溃)",
          printed="训练不稳定，容易出现模式崩溃 (training is unstable, and prone to mode collapse)",
          computed="of eight modes, medians of five seeds: "
                   + ", ".join(f"{name} {np.median(ring_of[name]['modes']):.0f}"
                               for name in ("eight turns", "one turn", "fading noise")),
          verdict="right", shown=np.median(ring_of["eight turns"]["modes"]) <= 4
          and np.median(ring_of["fading noise"]["modes"]) == 8,
          why="It depends on the order of steps, and noise that fades cures it on the ring.")
    claim("E §3.1", "adversarial training (对抗训练)",
          printed="通过这种对抗训练，生成模型逐渐提高生成样本的质量 "
                  "(by this contest the generator makes better and better samples)",
          computed=f"Inception Score of digits: {np.median([one[0] for one in last]):.1f}; a single Gaussian "
                   f"{past['scores']['one Gaussian'][0]:.1f}, real digits "
                   f"{past['scores']['real test digits'][0]:.1f}",
          verdict="right", shown=min(one[0] for one in last) > past["scores"]["one Gaussian"][0],
          why="All ten classes are there. It stays below real digits.")
