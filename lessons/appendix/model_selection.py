"""What the documents say of model selection, tested with the lesson's own variables."""

claim("B §3.3", "validate, then test",
      printed="4. evaluate with the validation data and adjust the hyper-parameters; 5. evaluate "
              "with the test data on unknown data",
      computed=f"best of 100 equal networks on 200 images: {luck[200][-1]:.3f} on the images that "
               f"chose it, {fresh.mean():.3f} on new ones; true: {TRUE:.3f}",
      verdict="right", shown=luck[200][-1] > 0.93 and abs(fresh.mean() - TRUE) < 0.003,
      why="What chose the network is too kind to it. Images that had no say are not.")

claim("E §3.2", "adjusting on the test set",
      printed="evaluate on the test set, compute accuracy and other measures, adjust the model's "
              "parameters (在测试集上评估模型性能 … 调整模型参数), for deep learning, "
              "transfer learning and GANs",
      computed=f"choosing among 100 equal networks on a test set of 200 images adds "
               f"{luck[200][-1] - TRUE:.3f} to the accuracy",
      verdict="wrong", shown=luck[200][-1] - TRUE > 0.03,
      why="A test set that is adjusted to is a validation set, and nothing is left to test with. "
          "The document's own list has a validation set, for transfer learning, and then does "
          "not use it.")

claim("C §3.2", "the test set",
      printed="verifies how well the model generalizes to unknown data (未知数据)",
      computed=f"the mean of 2,000 tests of 200 images is {luck[200][0]:.3f}, true is {TRUE:.3f}; "
               f"one test is off by {np.sqrt(TRUE * (1 - TRUE) / 200):.3f} (standard error)",
      verdict="right", shown=abs(luck[200][0] - TRUE) < 0.003,
      why="On average a test is exact, if the images are unknown in fact: not used before for "
          "any choice.")

claim("B §3.2", "tuning hyper-parameters",
      printed="choose the best combination of hyper-parameters through experiments, to raise the "
              "performance (选择最优的超参数组合)",
      computed=f"the best of 100 combinations that are all worth {TRUE:.3f} seems to be worth "
               f"{luck[200][-1]:.3f} on 200 images",
      verdict="ambiguous", shown=luck[200][-1] > TRUE + 0.03,
      why="It is not said on which images. On the validation set (as §3.3 has it) it works; and "
          "the best found is the best of those tried, perhaps with some luck.")

claim("C §3.2", "cross-validation (交叉验证)",
      printed="evaluates the model's performance on several training sets (在多个训练集上的表现)",
      computed=f"random labels learned by heart: {np.mean(on_training):.2f} on the training sets, "
               f"{np.mean(on_held_out):.2f} on the held-out parts",
      verdict="ambiguous", shown=np.mean(on_training) == 1 and np.mean(on_held_out) < 0.2,
      why="Trained on several training sets, yes; but measured each time on the part held out. "
          "Read by the letter, performance on training sets says nothing.")

claim("C §3.2", "preprocessing (数据预处理)",
      printed="images: normalization, cropping, augmentation, as step 1, before training and "
              "evaluation",
      computed=f"pure noise: accuracy {leaking:.2f} if features are chosen on all data first, "
               f"{clean:.2f} if inside each fold",
      verdict="ambiguous", shown=leaking > 0.8 and abs(clean - 0.5) < 0.06,
      why="Right for what looks at one image alone (x / 255, crop). What is computed from the "
          "data set, as a mean, must come from the training part only, again in each fold.")

if past:
    spread = [trial["accuracy"] for trial in past["trials"]]
    claim("C §3.2", "hyper-parameters (超参数调整)",
          printed="adjust hyper-parameters such as the learning rate and the batch size",
          computed=f"{len(spread)} random combinations of rate, width and decay: cross-validated "
                   f"accuracy from {min(spread):.3f} to {max(spread):.3f}",
          verdict="right", shown=max(spread) - min(spread) > 0.02,
          why="It is worth the effort; most of it is the learning rate.")
else:
    print("There is no recorded full run yet (benchmarks/run_lessons.py): its claims are left out.")
