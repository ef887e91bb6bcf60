"""What the documents say of save and deploy, tested with the lesson's own variables."""

from minigrad.data import DataLoader

lines = ("train_loader = DataLoader(train_dataset, batch_size=64, shuffle=True)\n"
         "test_loader = DataLoader(test_dataset, batch_size=64, shuffle=False)")
missing = []
for given in ({}, {"DataLoader": DataLoader}):
    try:                                                # with what the listing imports
        exec(lines, {"torch": minigrad, "nn": nn, "optim": optim, **given})
    except NameError as error:
        missing.append(error.name)

claim("E §4.4", "loading the data",
      printed="train_loader = DataLoader(train_dataset, …); test_loader = DataLoader(test_dataset, …)",
      computed="NameError for DataLoader, which is not imported, and then for train_dataset",
      verdict="wrong", shown=missing == ["DataLoader", "train_dataset"],
      why="The listing cannot run as printed. Which images it is for is said nowhere; §4.3 speaks "
          "of 1000 classes with 100 pictures each.")

# Convolution, pooling, convolution, pooling.
fitting = [side for side in range(26, 38) if ((side - 2) // 2 - 2) // 2 == 6]

claim("E §4.4", "the size 64 * 6 * 6",
      printed="self.fc1 = nn.Linear(64 * 6 * 6, 128), after two convolutions 3×3 and two poolings",
      computed="right for images of 32×32: 32 → 30 → 15 → 13 → 6. Sides 30, 31 and 33 fit as well. The "
               "network has 443,432 parameters.",
      verdict="right", shown=fitting == [30, 31, 32, 33] and layers.parameters == 443_432,
      why="The size of the images is not said; it follows from the 6·6. The scaling (缩放) of §4.3 must "
          "bring every image to it.")

group = optim.SGD(CNN().parameters(), lr=0.01).param_groups[0]
minigrad.manual_seed(0)
scores, labels = minigrad.randn(4, 1000), minigrad.tensor([1, 2, 3, 4])
alone = nn.CrossEntropyLoss()(scores, labels).item()
by_hand = -scores.log_softmax(1)[np.arange(4), labels].mean().item()

claim("E §4.3", "regularization and augmentation",
      printed="images are scaled, cropped and flipped; L1 and L2 regularization is introduced "
              "(我们引入了正则化技术)",
      computed="in the listing of §4.4 weight_decay is 0, no penalty is added to the loss, and there "
               "is no transform",
      verdict="wrong", shown=group["weight_decay"] == 0 and abs(alone - by_hand) < 1e-4,
      why="What the text announces is not in the code. Lesson 22 (regularization) adds L1 and L2, lesson "
          "25 (CIFAR10) augmentation. (These images must not be flipped: b would become d.)")

losses = []
minigrad.manual_seed(options.seed)
with minigrad.no_grad():
    for images, labels in DataLoader(train_set, batch_size=64, shuffle=True):
        losses.append(nn.CrossEntropyLoss()(printed(images), labels).item())
in_last = 1000 * 100 % 64

claim("E §4.4", "the loss that is printed",
      printed="print(f'… Loss: {loss.item():.4f} …') after the loop over the batches",
      computed="the loss of the last batch alone: of 100,000 images it has 32",
      verdict="ambiguous", shown=max(losses) > min(losses) and in_last == 32,
      why="It is called the loss of the epoch, but it is one batch's, which is partly chance. Sum the "
          "losses over the epoch, each times the size of its batch.")

claim("E §4.4", "saving the model",
      printed="torch.save(model.state_dict(), 'cnn_model.pth')",
      computed="the state_dict holds all 443,432 parameters and nothing else; loading it into a new CNN "
               "gives the same scores, bit for bit",
      verdict="right", shown=total == 443_432 and all(
          np.array_equal(t.to("cpu").numpy(), state[k].to("cpu").numpy())
          for k, t in minigrad.load(weights).items()),
      why="Weights instead of the whole model is the right choice. But a .pth file is a pickle, and "
          "whoever loads it runs what is in it; safetensors holds numbers only.")

claim("E §10.4", "the steps of deployment",
      printed="save the trained parameters to a file; set up the environment; load the file; compute "
              "predictions from new data",
      computed="a new process with the file and the class gives the same scores, bit for bit",
      verdict="right", shown=identical,
      why="What the list leaves out: the class, the names of the classes and the preparation of the "
          "images must come along, and the input must be checked.")

if record:
    slow, fast = record["accuracy_as_printed"], record["accuracy_momentum"]
    claim("E §4.4", "how well it learns",
          printed="after many iterations of training we finally got a good performance "
                  "(获得了较好的模型性能)",
          computed=f"on 1000 drawn characters, 15 images of each: {slow:.1%} as printed, {fast:.1%} with "
                   "momentum 0.9 and rates up to 0.05",
          verdict="ambiguous", shown=fast > slow,
          why="No number is printed and no data set named, so it cannot be checked. On this one the "
              "printed rate is too small for 20 epochs.")
else:
    print("There is no recorded full run yet.")
