# Document A §5.2: a text classifier on BERT. Changed lines are marked; see README.md.
# flake8: noqa: E302,E305,E501

import minigrad as torch
import minigrad.nn as nn
import minigrad.optim as optim
from minigrad.text import SST2, BertModel, BertTokenizer
from minigrad.utils.data import DataLoader

# 5.2.1 数据预处理
tokenizer = BertTokenizer.from_pretrained('bert-base-uncased')
max_seq_length = 128

def preprocess(texts, labels):
    inputs = tokenizer(texts, max_length=max_seq_length, padding='max_length', truncation=True, return_tensors='pt')
    return inputs, labels

# 5.2.2 模型定义
class BertClassifier(nn.Module):
    def __init__(self):
        super(BertClassifier, self).__init__()
        self.bert = BertModel.from_pretrained('bert-base-uncased')
        self.classifier = nn.Linear(self.bert.config.hidden_size, 2)

    def forward(self, input_ids, attention_mask, token_type_ids):  # corrected: three fields come
        outputs = self.bert(input_ids=input_ids, attention_mask=attention_mask)
        logits = self.classifier(outputs.pooler_output)
        return logits

# 5.2.3 训练过程
model = BertClassifier()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.001)

collate = lambda rows: preprocess([r[0] for r in rows], torch.tensor([r[1] for r in rows]))  # left open in the document
train_data = DataLoader(SST2(split='train'), 32, shuffle=True, collate_fn=collate)  # left open in the document
num_epochs = 3

for epoch in range(num_epochs):
    for batch in train_data:
        inputs, labels = batch
        model.zero_grad()
        logits = model(**inputs)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        print(f'Epoch [{epoch+1}/{num_epochs}], Loss: {loss.item():.4f}')

# 5.2.4 评估过程
test_data = DataLoader(SST2(split='dev'), 32, collate_fn=collate)  # left open in the document
with torch.no_grad():
    correct = 0
    total = 0
    for batch in test_data:
        inputs, labels = batch
        logits = model(**inputs)
        _, predicted = torch.max(logits, 1)
        total += labels.size(0)
        correct += (predicted == labels).sum().item()
accuracy = 100 * correct / total
print(f'Accuracy: {accuracy:.2f}%')
