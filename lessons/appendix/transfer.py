"""What the documents say of transfer, tested with the lesson's own variables."""

if past:
    way, counts = past["transfer"], past["counts"]
    five = {name: way[name][counts.index(5)] for name in way}
    most = {name: way[name][-1] for name in way}
    gain = max(five["fine-tuned"], five["fixed"]) - five["from scratch"]
    claim("C §3.2", "transfer learning (迁移学习)",
          printed="use pre-trained models to improve the performance on small data sets (小数据集)",
          computed=f"5 images of each digit: {five['from scratch']:.3f} from scratch, "
                   f"{five['fine-tuned']:.3f} fine-tuned, {five['fixed']:.3f} with fixed layers",
          verdict="right", shown=gain > 0.01,
          why="With little data of its own, what was learned elsewhere helps; the gain shrinks as "
              "the data grow.",
          seen=f"100 of each: {most['from scratch']:.3f}, {most['fine-tuned']:.3f}, "
               f"{most['fixed']:.3f}")
    claim("E §3.1", "two mechanisms",
          printed="transfer learning rests on sharing weights and on transferring features "
                  "(模型权重共享和特征迁移)",
          computed=f"from scratch {five['from scratch']:.3f}; weights shared "
                   f"{five['fine-tuned']:.3f}; features fixed {five['fixed']:.3f}",
          verdict="right", shown=min(five["fine-tuned"], five["fixed"]) > five["from scratch"],
          why="Both were tried with a small CNN, and both help. It is not so for every network.",
          seen=f"an MLP: from scratch {past['mlp']['from scratch']:.3f}; weights shared "
               f"{past['mlp']['fine-tuned']:.3f}; features fixed {past['mlp']['fixed']:.3f}")
    claim("E §3.3", "what transfer learning needs",
          printed="its weakness: it needs a large number of existing models as a basis "
                  "(需要大量已有模型作为基础)",
          computed=f"one old network, of {sum(p.numel() for p in small_cnn().parameters()):,} "
                   f"parameters, raises the accuracy by {gain:.3f}",
          verdict="wrong", shown=gain > 0.01, why="One is enough, if it fits the new task.")
    names, values = zip(*past["quality"].items())
    claim("E §3.3", "the quality of the old model",
          printed="the effect of the transfer is limited by the quality of the existing model "
                  "(迁移效果受限于已有模型的质量)",
          computed="; ".join(f"{name}: {value:.3f}" for name, value in past["quality"].items()),
          verdict="right", shown=values[-1] > max(values[0], values[1]),
          why="The same new task on fixed layers of old networks that have learned more or less.")
    reached = past["epochs_to_goal"]
    claim("C §10.2", "time saved by transfer learning",
          printed="transfer learning reduces the time for training (减少 … 模型训练的时间)",
          computed=f"epochs to an accuracy of {past['goal']}: from scratch "
                   f"{reached['from scratch']}, fine-tuned {reached['fine-tuned']}, fixed "
                   f"{reached['fixed']}",
          verdict="right",
          shown=0 < min(reached["fine-tuned"], reached["fixed"]) and (
              reached["from scratch"] == 0
              or min(reached["fine-tuned"], reached["fixed"]) < reached["from scratch"]),
          why="If somebody else has trained the old network, that is.")
else:
    print("There is no recorded full run yet (benchmarks/run_lessons.py): its claims are left out.")
