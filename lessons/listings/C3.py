# Document C §5.2: a CNN on MNIST. The document's listing is for Keras; its lines stand as comments
# "# | …" over the lines that do the same here. See README.md.

# | import tensorflow as tf
# | from tensorflow.keras.layers import Dense, Flatten, Conv2D, MaxPooling2D, Activation
# | from tensorflow.keras.models import Model
from minigrad import nn, optim
from minigrad.train import evaluate, fit
from minigrad.vision import datasets

# | # 定义模型结构
# | input_layer = tf.keras.Input(shape=(28, 28, 1))
# | x = Conv2D(filters=32, kernel_size=(3, 3), activation='relu')(input_layer)
# | x = MaxPooling2D(pool_size=(2, 2))(x)
# | x = Flatten()(x)
# | x = Dense(units=64, activation='relu')(x)
# | output_layer = Dense(units=10, activation='softmax')(x)
# | model = Model(inputs=input_layer, outputs=output_layer)
model = nn.Sequential(
    nn.Conv2d(1, 32, 3), nn.ReLU(),                             # (N, 1, 28, 28) → (N, 32, 26, 26)
    nn.MaxPool2d(2),                                            # → (N, 32, 13, 13)
    nn.Flatten(),                                               # → (N, 5408)
    nn.Linear(5408, 64), nn.ReLU(),
    nn.Linear(64, 10))                                          # scores; the loss has the softmax

# | # 编译模型
# | model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
optimizer = optim.Adam(model.parameters(), lr=0.001)            # 0.001 is 'adam' in Keras
loss = nn.CrossEntropyLoss()                                    # −Σ y · ln softmax(scores)

# | # 加载数据集
# | (x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
# | x_train = x_train.reshape(-1, 28, 28, 1).astype('float32') / 255.0
# | x_test = x_test.reshape(-1, 28, 28, 1).astype('float32') / 255.0
# | y_train = tf.keras.utils.to_categorical(y_train, num_classes=10)
# | y_test = tf.keras.utils.to_categorical(y_test, num_classes=10)
train, test = datasets.MNIST("./data", train=True), datasets.MNIST("./data", train=False)
x_train = train.data.reshape(-1, 1, 28, 28).float() / 255.0     # (60000, 1, 28, 28)
x_test = test.data.reshape(-1, 1, 28, 28).float() / 255.0       # (10000, 1, 28, 28)
y_train = nn.functional.one_hot(train.targets, 10).float()      # (60000, 10)
y_test = nn.functional.one_hot(test.targets, 10).float()        # (10000, 10)

# | # 训练模型
# | model.fit(x_train, y_train, batch_size=128, epochs=10, validation_data=(x_test, y_test))
fit(model, (x_train, y_train), loss, optimizer, epochs=10, batch_size=128,
    validation=(x_test, y_test), progress=True)

# | # 评估模型
# | test_loss, test_acc = model.evaluate(x_test, y_test)
# | print(f"Test accuracy: {test_acc:.4f}")
test_loss, test_acc = evaluate(model, (x_test, y_test), loss)
print(f"Test accuracy: {test_acc:.4f}")
