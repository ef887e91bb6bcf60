"""Code written for PyTorch runs after its import lines are changed, and nothing else."""
import gzip
import struct

import numpy as np
import pytest

# After document D §5.2, with what else listings often use; four epochs on a small data set.
LISTING = '''
import minigrad as torch
import minigrad.nn as nn
import minigrad.optim as optim
import minigrad.vision as torchvision
import minigrad.vision.transforms as transforms
import minigrad.nn.functional as F
from minigrad.utils.data import DataLoader

torch.manual_seed(0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

transform = transforms.Compose([
    transforms.ToTensor(),
    transforms.Normalize((0.5,), (0.5,))
])
trainset = torchvision.datasets.MNIST(root=ROOT, train=True, download=True, transform=transform)
trainloader = torch.utils.data.DataLoader(trainset, batch_size=10, shuffle=True, num_workers=2)
testset = torchvision.datasets.MNIST(root=ROOT, train=False, download=True, transform=transform)
testloader = DataLoader(testset, batch_size=10, shuffle=False)


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.fc1 = nn.Linear(4 * 14 * 14, 16)
        self.fc2 = nn.Linear(16, 10)
        self.dropout = nn.Dropout(p=0.2)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        x = x.view(-1, 4 * 14 * 14)
        x = self.dropout(torch.relu(self.fc1(x)))
        return self.fc2(x)


net = Net().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
losses = []
for epoch in range(4):
    running_loss = 0.0
    net.train()
    for i, data in enumerate(trainloader, 0):
        inputs, labels = data[0].to(device), data[1].to(device)
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        running_loss += loss.item()
    scheduler.step()
    losses.append(running_loss / len(trainloader))
    print(f'Epoch {epoch + 1}, Loss: {losses[-1]:.3f}')

correct = 0
total = 0
net.eval()
with torch.no_grad():
    for images, labels in testloader:
        outputs = net(images)
        _, predicted = torch.max(outputs.data, 1)
        total += labels.size(0)
        correct += (predicted == labels).sum().item()
print(f'Accuracy: {100 * correct / total}%')

torch.save(net.state_dict(), PATH)
again = Net()
again.load_state_dict(torch.load(PATH))
again.eval()
assert torch.equal(again(images), net(images))
grid = torchvision.utils.make_grid(images[:9], nrow=3).permute(1, 2, 0).cpu()
assert grid.shape[2] == 3 and total == len(testloader.dataset)
'''


@pytest.fixture
def small_mnist(tmp_path, monkeypatch):
    """A folder with files in MNIST's format: 40 + 20 images whose bright row says the class."""
    from minigrad.vision.datasets import MNIST
    folder = tmp_path / "MNIST" / "raw"
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    sizes = {"train": 40, "t10k": 20}
    for part, count in sizes.items():
        labels = (np.arange(count) % 10).astype(np.uint8)
        images = random.integers(0, 40, (count, 28, 28)).astype(np.uint8)
        images[np.arange(count), 2 * labels + 4] = 255
        for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
            with gzip.open(folder / f"{name}.gz", "wb") as file:
                file.write(header + array.tobytes())
    monkeypatch.setattr(MNIST, "counts", sizes)
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_a_pytorch_listing_runs_and_learns(small_mnist, capsys):
    names = {"ROOT": str(small_mnist), "PATH": str(small_mnist / "net.pt"), "__name__": "listing"}
    exec(compile(LISTING, "listing.py", "exec"), names)
    assert names["losses"][-1] < 0.7 * names["losses"][0]
    assert "Accuracy: " in capsys.readouterr().out and names["correct"] > 4
