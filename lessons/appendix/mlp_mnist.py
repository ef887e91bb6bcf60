"""What the documents say of mlp mnist, tested with the lesson's own variables."""
import logging
from contextlib import redirect_stdout
from io import StringIO

from lessons.player.catalog import FOLDER
from minigrad.train.feed import split_off
from minigrad.vision.mnist import MNIST
from minigrad.vision.utils import make_grid

printed = {name: (FOLDER / "listings" / "printed" / f"{name}.txt").read_text(encoding="utf-8")
           for name in ("A2", "B4", "D4")}

sizes = MNIST.counts

claim("D §5.3", "the size of the data set",
      printed="a training and a test set, each of them (每个数据集) with 60000 training samples and "
              "10000 test samples",
      computed=f"{sizes['train']:,} in the training set, {sizes['t10k']:,} in the test set",
      verdict="wrong", shown=sizes == {"train": 60000, "t10k": 10000},
      why="The two numbers are right, but each belongs to one of the two sets.")

claim("D §5.3", "one sample",
      printed="a gray image of 28x28, and a label from 0 to 9",
      computed="28 · 28 = 784 numbers and one of 10 labels",
      verdict="right", shown=x_train[0].numel() == 784 and len(MNIST.classes) == 10,
      why="So the first layer of all three networks has 784 inputs, and the last one 10 outputs.")

claim("A §3.3", "a large model (大模型)",
      printed="a simple example of training a large model, and §2.1: a large model has millions or "
              "even billions of parameters (数百万甚至数十亿参数)",
      computed=f"{count(A2()):,} parameters", verdict="wrong", shown=count(A2()) < 1_000_000,
      why="By the document's own measure this isn't a large model. The training loop is the same, "
          "though.")


# ── A2, as printed ────────────────────────────────────────────────────────────────────────────────

def run_listing(code, **given):
    """Run a listing in which some names are given; how it ends, and all its names."""
    code = code.replace("import torch.", "import minigrad.")
    code = code.replace("import torch\n", "import minigrad as torch\n")
    names = dict(given)
    try:
        with redirect_stdout(StringIO()):
            exec(code, names)
        return "runs to the end", names
    except Exception as error:
        return f"{type(error).__name__}: {error}", names


x_few, y_few = x_train[:500].cpu(), y_train[:500].cpu()
few = TensorDataset(x_few, y_few)
flat = TensorDataset(x_few.flatten(1), y_few)                   # (500, 784)
ends, given = [], {}
for more in ({}, {"DataLoader": lambda _: DataLoader(few, batch_size=100)}, {"num_epochs": 3},
             {"DataLoader": lambda _: DataLoader(flat, batch_size=100)}):
    given |= more
    minigrad.manual_seed(options.seed)
    end, names = run_listing(printed["A2"], **given)
    ends.append(end)
assert ends[0].startswith("NameError") and "DataLoader" in ends[0]
assert ends[1].startswith("NameError") and "num_epochs" in ends[1]
assert ends[2].startswith("ShapeError")
with minigrad.no_grad():
    losses = [names["criterion"](names["model"](inputs), targets).item()
              for inputs, targets in DataLoader(flat, batch_size=100)]

claim("A §3.3", "the listing",
      printed="a simple example (简单示例) of the training process",
      computed="it stops three times: DataLoader is not imported, num_epochs is not set, and "
               "images of (1, 28, 28) do not fit into Linear(784, 500)",
      verdict="wrong", shown=len(ends) == 4 and ends[3] == "runs to the end",
      why="DataLoader(...) is marked as left open; the other two are not. Images must be "
          "flattened to 784 numbers first.")

claim("A §3.3", "the loss that is printed",
      printed="print(f'Epoch [{epoch+1}/{num_epochs}], Loss: {loss.item():.4f}')",
      computed="the loss of the last batch of the epoch; the other batches have other losses",
      verdict="ambiguous", shown=max(losses) - min(losses) > 0.001,
      why="It looks like the loss of the epoch, which is the mean over its batches. One batch of "
          "100 says little: see the dots in the learning curves below.")

claim("A §3.3", "the accuracy",
      printed="accuracy = 100 * correct / total, with _, predicted = torch.max(outputs.data, 1)",
      computed="the same as evaluate gives",
      verdict="right", shown=abs(by_hand - 100 * accuracy["A2"]) < 1e-9,
      why="max over axis 1 returns the largest score of each image and its index, which is the "
          "digit.")


# ── B4 ────────────────────────────────────────────────────────────────────────────────────────────

scores = minigrad.tensor(np.random.default_rng(0).normal(size=(4, 10)))
labels = minigrad.tensor([3, 1, 4, 1])
target = nn.functional.one_hot(labels, 10).double()
with_vectors = -(target * scores.softmax(1).log()).sum(1).mean().item()
with_numbers = nn.CrossEntropyLoss()(scores, labels).item()
first, last = split_off((np.arange(10), np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])), 0.2)

claim("B §5.3", "one-hot labels",
      printed="the labels are converted to one-hot codes, for use in the classification task",
      computed=f"the loss is {with_vectors:.4f} with one-hot vectors and {with_numbers:.4f} with "
               "the numbers of the classes",
      verdict="right", shown=abs(with_vectors - with_numbers) < 1e-9,
      why="categorical_crossentropy needs vectors. Nothing else does: a loss that picks the "
          "probability of the right class gives the same number without them.")

claim("B §5.3", "validation_split",
      printed="validation_split=0.2 sets the proportion (比例) of the validation set",
      computed="of 60,000 images the last 12,000 are held out; 48,000 are trained on",
      verdict="right", shown=[len(first), len(last)] == [8, 2] and int(last[0][0]) == 8,
      why="Good to know: it is the last fifth, taken before shuffling, in Keras as here. Were "
          "the data sorted by class, the network would be tested on classes that it has never "
          "seen.")

softmax = nn.Softmax(1)

claim("B §5.3", "the layers",
      printed="a Flatten layer, a Dense layer and a softmax layer (Flatten层、Dense层和softmax层)",
      computed=f"Flatten, Dense(128), Dense(10); {count(nets['B4']):,} parameters, of which the "
               f"softmax has {count(softmax)}",
      verdict="ambiguous",
      shown=printed["B4"].count("Dense(") == 2 and "activation='softmax'" in printed["B4"]
      and count(softmax) == 0 and count(nets["B4"]) == 101_770,
      why="The listing has two Dense layers; the second one makes the ten scores, and the "
          "softmax is its activation. A softmax layer alone could not turn 128 numbers into 10.")

claim("B §5.2", "a simple large model (简单的大模型)",
      printed="we build a simple large model; §1.4.1: a large model has more than billions "
              "(数十亿) of parameters",
      computed=f"{count(nets['B4']):,} parameters",
      verdict="wrong", shown=count(nets["B4"]) < 10**9,
      why="It is ten thousand times smaller than the document's own definition asks for.")

pixels = np.arange(256, dtype=np.uint8)

scaled = pixels.astype("float32") / 255.0

claim("B §5.3", "scaling (归一化)",
      printed="from integers 0 to 255 to floating-point numbers 0 to 1",
      computed=f"0 → {scaled[0]:.0f}, 255 → {scaled[255]:.0f}, all {len(set(scaled.tolist()))} "
               "values stay different",
      verdict="right",
      shown=scaled.min() == 0 and scaled.max() == 1 and len(set(scaled.tolist())) == 256,
      why="The data sets of minigrad give images in this form already.")

minigrad.manual_seed(0)
tiny = nn.Linear(3, 2)
sgd = optim.SGD(tiny.parameters(), lr=0.1)
start = tiny.weight.detach().numpy().copy()
nn.CrossEntropyLoss()(tiny(minigrad.ones(4, 3)), minigrad.tensor([0, 1, 1, 1])).backward()
after_backward = np.abs(tiny.weight.detach().numpy() - start).max()
sgd.step()
after_step = np.abs(tiny.weight.detach().numpy() - start).max()

claim("B §5.3", "what updates the parameters",
      printed="the parameters are updated through the backpropagation algorithm (通过反向传播算法更新)",
      computed="backward() changes no weight; optimizer.step() does",
      verdict="ambiguous", shown=after_backward == 0 and after_step > 0,
      why="Backpropagation finds the gradients. What is done with them is up to the optimizer, "
          "which the document gives a step of its own in §3.1.")

found = evaluate(nets["B4"], (x_test[:100], one_hot_test[:100]), nn.CrossEntropyLoss())

claim("B §5.2", "evaluate", printed="returns the loss and the accuracy (返回损失值和准确率)",
      computed="Evaluation(loss=…, accuracy=…)", verdict="right",
      shown=found._fields == ("loss", "accuracy") and 0 <= found.accuracy <= 1,
      why="Both on the test images, which the training has not seen.")


# ── D4 ────────────────────────────────────────────────────────────────────────────────────────────

claim("D §5.3", "the network",
      printed="an input layer, two hidden layers of 128 and 64, an output layer of 10",
      computed=f"784·128 + 128 + 128·64 + 64 + 64·10 + 10 = {count(D4()):,} parameters",
      verdict="right", shown=count(D4()) == 109_386, why="As in the listing.")

ends_of_range = transform(minigrad.tensor([[[0.0, 0.5, 1.0]]])).flatten().tolist()

claim("D §5.3", "normalization (归一化)",
      printed="Normalize((0.5,), (0.5,))",
      computed=f"0, 0.5, 1 become {', '.join(f'{v:.0f}'.replace('-', '−') for v in ends_of_range)}",
      verdict="right", shown=ends_of_range == [-1, 0, 1],
      why="It maps 0…1 to −1…1. It does not make mean 0 and deviation 1 here, as the class's name "
          "promises: MNIST, mostly paper, has a mean of 0.13 and a deviation of 0.31.")

imported = {line.split()[1].split(".")[0] for line in printed["D4"].splitlines()
            if line.startswith("import ")}

claim("D §5.1", "what must be installed",
      printed="pip install numpy torch matplotlib",
      computed=f"the listing imports {', '.join(sorted(imported))}",
      verdict="wrong", shown=imported - {"numpy", "torch", "matplotlib"} == {"torchvision"},
      why="torchvision is a package of its own; without it the listing stops at its fourth line.")

calls = printed["D4"].split("def forward")[1].split("net = Net()")[0].count("self.dropout(")

claim("D §5.3", "where the dropout is",
      printed="between the hidden layers (在隐藏层之间) a dropout layer was added",
      computed=f"{calls} places: after the first and after the second hidden layer",
      verdict="ambiguous", shown=calls == 2 and count(nn.Dropout(0.2)) == 0,
      why="The second place is between a hidden layer and the output. One object serves both: "
          "dropout has no parameters.")

claim("D §5.2", "the loss that is printed",
      printed="running_loss / len(trainloader)",
      computed="the mean over the 600 batches of an epoch",
      verdict="right", shown=60000 % 100 == 0 and 60000 // 100 == 600,
      why="All batches have 100 images, so this is the mean over all images, too.")

weights = []
for _ in range(2):                              # twice the same short training
    minigrad.manual_seed(0)
    net = D4()
    fit(net, (x_train[:500], y_train[:500]), nn.CrossEntropyLoss(),
        optim.SGD(net.parameters(), lr=0.001, momentum=0.9), batch_size=100, progress=False)
    weights.append(net.fc1.weight.detach().numpy().copy())

claim("D §5.2", "the seed",
      printed="torch.manual_seed(0): the results can be reproduced (保证实验结果可复现)",
      computed="two trainings from the same seed end with the same weights, bit by bit",
      verdict="right",
      shown=(weights[0] == weights[1]).all() and (weights[0] != before["D4"]).any(),
      why="Initial weights, order of the images and dropout are all drawn from it. On another "
          "machine or in another version sums may be rounded otherwise.")

net = nets["D4"].train()
with minigrad.no_grad():
    batch = next(iter(testloader))[0]           # (100, 1, 28, 28)
    one, two = net(batch), net(batch)           # (100, 10) each
net.eval()

claim("D §5.2", "testing the network (测试网络)",
      printed="with torch.no_grad(), without net.eval()",
      computed="the same images get other scores each time they are tested",
      verdict="wrong", shown=(one != two).any().item(),
      why="no_grad stops the recording of the graph, not the dropout. Call net.eval() before the "
          "test and net.train() after it.",
      seen="" if not past else f"after 10 epochs {past['d4_dropout_on']:.4f} with dropout on (mean "
      f"of 5 tests), {past['d4_accuracy']:.4f} with it off")

try:
    iter(testloader).next()
    old_way = "works"
except AttributeError as error:
    old_way = f"AttributeError: {error}"
logging.getLogger("matplotlib").setLevel(logging.ERROR)         # it would warn that it cuts them off
ramp = minigrad.linspace(0, 1, 25).reshape(25, 1, 1, 1) * minigrad.ones(25, 1, 28, 28)
with plot.figure(3, 3) as fig:
    shown = make_grid(transform(ramp)).permute(1, 2, 0).numpy()
    drawn = np.asarray(fig.subplots().imshow(shown, cmap="gray").get_array())
grays = np.unique(drawn)

claim("D §5.2", "the next batch", printed="images, labels = dataiter.next()",
      computed="an iterator has no method next: AttributeError",
      verdict="wrong", shown=old_way.startswith("AttributeError"),
      why="Written for old versions of PyTorch; in Python 3 it is next(dataiter).")

claim("D §5.2", "drawing the images",
      printed="plt.imshow(torchvision.utils.make_grid(images).permute(1, 2, 0).cpu(), cmap='gray')",
      computed=f"{len(grays)} of 25 shades of gray are left",
      verdict="wrong", shown=len(grays) == 13 and drawn.min() == 0,
      why="The images are normalized to −1…1, and imshow cuts off all that is below 0. "
          "(make_grid gives three channels, so cmap has no effect; and it lays out 8 in a row: "
          "25 images make 4 rows with 7 gaps. nrow=5 gives 5×5, normalize=True the right shades.)")

claim("D §5.3", "what the picture shows",
      printed="the predictions for the first 25 samples of the test set (前25个样本的预测结果)",
      computed="the images only; what the network says of them is not in the listing's last 7 "
               "lines",
      verdict="wrong", shown="predicted" not in printed["D4"].split("# 可视化结果")[1],
      why="The outputs for these images are never computed. The picture below adds them.")

if past:
    best = [past[f"{name}_accuracy"] for name in ("a2", "b4", "b4_on_all")]
    faster = [past["d4_rate_0_01_accuracy"], past["d4_rate_0_1_no_momentum_accuracy"]]
    claim("D §5.3", "the optimizer",
          printed="stochastic gradient descent (随机梯度下降), learning rate 0.001, momentum 0.9",
          computed=f"it learns: {past['d4_accuracy']:.4f} test accuracy after 10 epochs",
          verdict="right", shown=0.9 < past["d4_accuracy"] < min(faster),
          why="As in the listing. But the rate is low for this task.",
          seen=f"rate 0.01: {faster[0]:.4f}; rate 0.1 without momentum: {faster[1]:.4f}. A2: "
               f"{best[0]:.4f}, B4: {best[1]:.4f} ({best[2]:.4f} on all 60,000 images)")
else:
    print("There is no recorded full run yet (benchmarks/run_lessons.py): no claim about it here.")
