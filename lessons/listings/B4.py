# Document B §5.2: an MLP 784-128-10 on MNIST. The document's listing is for Keras; its lines stand
# as comments "# | …" over the lines that do the same here. See README.md.

# | import tensorflow as tf
# | import tensorflow.keras.datasets as datasets
from minigrad import nn, optim
from minigrad.train import evaluate, fit
from minigrad.vision import datasets

# | # 加载MNIST数据集
# | (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
train, test = datasets.MNIST("./data", train=True), datasets.MNIST("./data", train=False)

# | # 数据预处理
# | x_train = x_train.astype('float32') / 255.0
# | x_test = x_test.astype('float32') / 255.0
x_train = train.data.float() / 255.0                            # (60000, 28, 28)
x_test = test.data.float() / 255.0                              # (10000, 28, 28)

# | # 将标签转换为one-hot编码
# | y_train = tf.keras.utils.to_categorical(y_train, 10)
# | y_test = tf.keras.utils.to_categorical(y_test, 10)
y_train = nn.functional.one_hot(train.targets, 10).float()      # (60000, 10)
y_test = nn.functional.one_hot(test.targets, 10).float()        # (10000, 10)

# | from tensorflow.keras.models import Sequential
# | from tensorflow.keras.layers import Dense, Flatten

# | # 构建模型
# | model = Sequential([
# |     Flatten(input_shape=(28, 28)),
# |     Dense(128, activation='relu'),
# |     Dense(10, activation='softmax')
# | ])
model = nn.Sequential(
    nn.Flatten(),                                               # (N, 28, 28) → (N, 784)
    nn.Linear(784, 128), nn.ReLU(),
    nn.Linear(128, 10))                                         # scores; the loss has the softmax

# | # 编译模型
# | model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
optimizer = optim.Adam(model.parameters(), lr=0.001)            # 0.001 is 'adam' in Keras
loss = nn.CrossEntropyLoss()                                    # −Σ y · ln softmax(scores)

# | # 训练模型
# | model.fit(x_train, y_train, epochs=10, batch_size=128, validation_split=0.2)
fit(model, (x_train, y_train), loss, optimizer, epochs=10, batch_size=128, validation_split=0.2,
    progress=True)

# | # 评估模型
# | model.evaluate(x_test, y_test)
print(evaluate(model, (x_test, y_test), loss))
