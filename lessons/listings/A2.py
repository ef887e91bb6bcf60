# Document A §3.3: an MLP 784-500-10 on MNIST. Changed lines are marked; see README.md.
# flake8: noqa: E302,E305

import minigrad as torch
import minigrad.nn as nn
import minigrad.optim as optim
from minigrad.utils.data import DataLoader, TensorDataset
from minigrad.vision import datasets

# 定义模型
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(784, 500)
        self.fc2 = nn.Linear(500, 10)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = self.fc2(x)
        return x

# 初始化模型、损失函数和优化器
model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.001)

# 加载训练数据
mnist = datasets.MNIST(root='./data', train=True, download=True)  # left open in the document
train_set = TensorDataset(mnist.data.view(-1, 784) / 255, mnist.targets)  # left open in the document
train_data = DataLoader(train_set, batch_size=128, shuffle=True)  # left open in the document
num_epochs = 10  # left open in the document

# 训练模型
for epoch in range(num_epochs):
    for inputs, targets in train_data:
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
    print(f'Epoch [{epoch+1}/{num_epochs}], Loss: {loss.item():.4f}')

# 评估模型
mnist = datasets.MNIST(root='./data', train=False, download=True)  # left open in the document
test_set = TensorDataset(mnist.data.view(-1, 784) / 255, mnist.targets)  # left open in the document
test_data = DataLoader(test_set, batch_size=128)  # left open in the document
with torch.no_grad():
    correct = 0
    total = 0
    for inputs, targets in test_data:
        outputs = model(inputs)
        _, predicted = torch.max(outputs.data, 1)
        total += targets.size(0)
        correct += (predicted == targets).sum().item()
accuracy = 100 * correct / total
print(f'Accuracy: {accuracy:.2f}%')
