"""What the documents say of cifar10, tested with the lesson's own variables."""

claim("E §5.2", "the network's forward",
      printed="one max_pool2d, then x.view(-1, 128 * 6 * 6), for images of 32×32, 100 in a batch",
      computed="after the pooling a batch is (100, 128, 14, 14): 2,508,800 numbers, which is no "
               "multiple of 4,608. The first batch stops with a ShapeError.",
      verdict="wrong", shown=stops and pooled.numel() % 4608 != 0,
      why="128·6·6 would be the size after two poolings: 32 → 30 → 15 → 13 → 6. The listing has "
          "one: 32 → 30 → 28 → 14.")

claim("E §5.3", "the layers of the network",
      printed="two convolutional layers, one fully connected layer and one dropout layer "
              "(两个卷积层、一个全连接层和一个 dropout 层)",
      computed="2 convolutions and 2 fully connected layers; 1 dropout layer, used at 3 places",
      verdict="wrong", shown=count == {"Conv2d": 2, "Linear": 2, "Dropout": 1},
      why="fc1 and fc2 are both fully connected; the second gives the ten scores.")

claim("E §5.3", "the activation of the fully connected layer",
      printed="the fully connected layer uses the sigmoid (全连接层使用 Sigmoid 激活函数)",
      computed="relu(fc1(x)): about half of its values are exactly 0",
      verdict="wrong", shown=0.4 < zeros / hidden.numel() < 0.6,
      why="The listing has ReLU there; a sigmoid is never 0. fc2 has no activation at all: its scores "
          "go into the cross-entropy, which contains the softmax.")

claim("E §5.3", "data augmentation",
      printed="the images are loaded with data augmentation and normalization (数据增强和归一化处理)",
      computed="the transform is ToTensor and Normalize: an image taken twice is the same both times",
      verdict="wrong", shown=same,
      why="There is no augmentation in the listing. The second recipe below has it.")

claim("E §5.3", "the loss is printed",
      printed="the loss is printed after every 2000 mini-batches (在每次 2000 个 mini-batches 后)",
      computed="50,000 images in batches of 100 are 500 batches; i starts at 0 in each epoch, so "
               "i % 2000 == 1999 never holds and nothing is printed",
      verdict="wrong", shown=batches == 500 and not lines,
      why="PyTorch's tutorial on CIFAR-10 has this line, with batches of 4: 12,500 in an epoch. The "
          "printed output (§5.4) shows no loss either; in this, listing and output agree.")

claim("E §5.2", "testing the trained network",
      printed="the test loop: torch.no_grad(), then outputs = model(images)",
      computed="without model.eval() dropout stays on: the same images get other scores each time",
      verdict="wrong", shown=differ,
      why="no_grad only turns off the recording of the graph; the mode of the layers is another "
          "thing. The listing in §4.4 calls model.eval().")

claim("E §5.4", "the result",
      printed="Finished Training; accuracy on the 10000 test images: 52 %",
      computed="the program stops at its first batch with a ShapeError and prints neither line",
      verdict="wrong", shown=stops, seen=seen,
      why="Whatever got 52 % was another program than the one that is printed.")

if record:
    claim("E §5.4", "room for improvement",
          printed="by optimizing the structure and the hyperparameters further, the performance can be "
                  "raised (我们可以进一步优化模型结构和超参数，提高模型性能)",
          computed=f"the same layers with recipe two: {better:.1%}",
          verdict="right", shown=better > max(on, off, DOCUMENT),
          why="No layer was changed, only the training: dropout, augmentation, learning rate.")
