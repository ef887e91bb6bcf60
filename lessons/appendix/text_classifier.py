"""What the documents say of text classifier, tested with the lesson's own variables."""

claim("A §5.2", "the model's inputs",
      printed="inputs = tokenizer(…); logits = model(**inputs); def forward(self, input_ids, "
              "attention_mask)",
      computed=f"fields: {', '.join(two_texts)}\nTypeError: {complaint}",
      verdict="wrong", shown="token_type_ids" in complaint,
      why="BERT's tokenizer also returns token_type_ids, which say to which of two texts a token "
          "belongs. The printed forward does not take them, so that the first batch stops the program.")

claim("A §5.2", "the labels", printed="def preprocess(texts, labels): … return inputs, labels",
      computed="the labels come back as they were; the loss refuses names such as 'positive'",
      verdict="ambiguous", shown=refused and labels is not None
      and preprocess(["a film"], ["positive"])[1] == ["positive"],
      why="Right only if the labels already are class numbers, which the listing leaves open.")

claim("A §5.2", "dropout in training",
      printed="self.bert = BertModel.from_pretrained(…); no call of model.train()",
      computed=f"after BertClassifier(): model.training {modes[0]}, model.bert.training "
               f"{modes[1]}",
      verdict="ambiguous", shown=modes == (True, False)
      and loaded.bert.embeddings.dropout.p > 0,
      why="from_pretrained returns the network in evaluation mode, and making a module around it does "
          "not change that. So the printed loop trains without BERT's dropout; model.train() before it "
          "turns the dropout on, model.eval() before testing turns it off again.")

claim("A §5.3", "several classes (多分类)",
      printed="a linear classifier on top of BertModel, for a multi-class task; nn.Linear(…, 2)",
      computed="the listing's classifier has 2 scores; for C classes it needs C",
      verdict="ambiguous", shown=model.classifier.out_features == 2,
      why="As printed it tells two classes apart. Nothing else has to change for more.")

claim("A §5.2", "the accuracy",
      printed="_, predicted = torch.max(logits, 1); correct += (predicted == labels).sum().item(); "
              "accuracy = 100 * correct / total",
      computed="the same share as counting by hand",
      verdict="right", why="The class with the largest score, under no_grad. Dropout is off here only "
      "because from_pretrained left it off.",
      shown=accuracies[-1] == accuracy_of(model)
      and abs(accuracies[-1] * len(test_set) - round(accuracies[-1] * len(test_set))) < 1e-6)

claim("A §5.2", "the printed loss",
      printed="print(f'Epoch [{epoch+1}/{num_epochs}], Loss: …') inside the loop over batches",
      computed="SST-2 in batches of 32: 2,105 lines an epoch",
      verdict="ambiguous", shown=-(-67349 // 32) == 2105,
      why="The line looks like an epoch's, but stands in the inner loop: it prints one batch's loss, which "
          "is mostly chance. Here it is printed after each epoch, the mean of all batches.")

if past:
    tokens, wide = past["tokens"], past["positions"]
    claim("A §5.3", "the longest sequence", printed="max_seq_length = 128, padding='max_length'",
          computed=f"of {wide['all to 128']:,} positions an epoch {tokens / wide['all to 128']:.1%} are "
                   f"tokens; in buckets by length {tokens / wide['in buckets']:.1%}",
          verdict="ambiguous",
          shown=tokens < 0.15 * wide["all to 128"] and tokens > 0.9 * wide["in buckets"],
          why="It works, the mask sees to that, but on SST-2 it computes ten times as many positions as "
              "there are tokens.")
    trial, found = past["trials"], past["tuned"]
    lines = [f"{key}: loss {one['loss']:.2f}, accuracy {one['test_accuracy']:.2f}"
             for key, one in trial.items() if "1e-3" in key]
    claim("A §5.2", "the learning rate", printed="optim.Adam(model.parameters(), lr=0.001)",
          computed=f"a trained network, accuracy {past['test_accuracy']:.4f}, after "
                   f"{past['tuning_steps']} more steps:\n"
                   + "\n".join(f"{name}: {value:.4f}" for name, value in found.items()),
          verdict="wrong",
          shown=found["1e-3, as printed"] < past["test_accuracy"] - 0.02
          and found["3e-5 with warm-up"] > past["test_accuracy"] - 0.01,
          why="The listing starts from weights that are good already; steps of this size undo a part of "
              "what they know. BERT's authors fine-tune with 2e-5 to 5e-5.",
          seen=f"from random weights it does learn, after {past['steps']} steps:\n" + "\n".join(lines))
    claim("A §5.2", "three epochs", printed="num_epochs = 3",
          computed=f"from random weights, 2 layers: {', '.join(f'{v:.4f}' for v in past['by_epoch'])} after "
                   "each epoch",
          verdict="right",
          shown=past["test_accuracy"] >= 0.80 and max(past["by_epoch"]) - min(past["by_epoch"]) < 0.013,
          why="Enough: after the first epoch it changes by less than the standard error of 872 sentences, "
              "0.013.")
else:
    print("\nThere is no recorded full run yet (benchmarks/run_lessons.py): no claim about its numbers.")
