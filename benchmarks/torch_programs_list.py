"""The programs of ``torch_programs.py``: where they are, and which constants are changed so that they end
soon.

Nothing of their text is kept here but these constants. Two calls that PyTorch itself no longer has are
changed, too: ``loss.data[0]`` and ``iterator.next()``.
"""
from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Program:
    """A program of a repository ``owner+name``.

    folder: what is copied, within the repository. path: the program, within the folder; a notebook's cells
    with code are run in order. changes: (old, new) in its text. args: of the command line. after: lines that
    follow, where a repository holds only a model. files: data that is generated, by their paths. beside:
    whether it runs in its own folder rather than in ``folder``.
    """

    repo: str
    path: str = ""
    changes: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    args: tuple[str, ...] = ()
    after: str = ""
    files: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    beside: bool = True
    seconds: int = 200
    note: str = ""

    @property
    def name(self) -> str:
        owner, title = self.repo.split("+")
        return "/".join(x for x in (owner, self.folder.strip("/") if self.folder else title, self.path,
                                    self.note) if x)


TEXT = " ".join(f"the {a} {b} sees a {c} and the {d} sings ." + ("\n" if (i % 3) == 0 else "")
                for i, (a, b, c, d) in enumerate(
                    (a, b, c, d) for a in ("red", "old", "small") for b in ("fox", "owl", "dog")
                    for c in ("tree", "moon", "house") for d in ("bird", "wind", "child")))

_yunjey, _hunkim, _nlp = "yunjey+pytorch-tutorial", "hunkim+PyTorchZeroToAll", "graykode+nlp-tutorial"
_jc, _morvan, _examples = "jcjohnson+pytorch-examples", "MorvanZhou+PyTorch-Tutorial", "pytorch+examples"
_gan, _rl, _cifar = "eriklindernoren+PyTorch-GAN", "seungeunrho+minimalRL", "kuangliu+pytorch-cifar"
_T = "tutorials/"
_DATA = ((".data[0]", ".item()"),)
_ITEM = (("loss.data[0]", "loss.item()"),)
_NEXT = (("dataiter.next()", "next(dataiter)"),)
SMALL_GAN = ("--n_epochs", "1", "--batch_size", "64")
FEW = {"PROGRAM_TRAIN": "64", "PROGRAM_TEST": "32"}


def _gans(name: str, *args: str, **options: object) -> Program:
    return Program(_gan, f"{name}.py", folder=f"implementations/{name}", args=(*SMALL_GAN, *args),
                   **options)  # type: ignore[arg-type]


def _vit(module: str, build: str, shape: str = "4, 3, 32, 32") -> Program:
    return Program("lucidrains+vit-pytorch", note=module, after=f"""
import torch
from vit_pytorch.{module} import {build.partition("(")[0]}
model = {build}
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
images, labels = torch.randn({shape}), torch.randint(0, 10, (4,))
for step in range(3):
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    print(model(images).sum().item())
""")


PROGRAMS = [
    # classic tutorials
    Program(_yunjey, _T + "01-basics/linear_regression/main.py"),
    Program(_yunjey, _T + "01-basics/logistic_regression/main.py", (("num_epochs = 5", "num_epochs = 2"),)),
    Program(_yunjey, _T + "01-basics/feedforward_neural_network/main.py",
            (("num_epochs = 5", "num_epochs = 2"),)),
    Program(_yunjey, _T + "02-intermediate/convolutional_neural_network/main.py",
            (("num_epochs = 5", "num_epochs = 2"),)),
    Program(_yunjey, _T + "02-intermediate/deep_residual_network/main.py",
            (("num_epochs = 80", "num_epochs = 1"),), environment=FEW),
    Program(_yunjey, _T + "02-intermediate/recurrent_neural_network/main.py"),
    Program(_yunjey, _T + "02-intermediate/bidirectional_recurrent_neural_network/main.py"),
    Program(_yunjey, _T + "02-intermediate/language_model/main.py",
            (("hidden_size = 1024", "hidden_size = 32"), ("num_epochs = 5", "num_epochs = 2"),
             ("seq_length = 30", "seq_length = 6"), ("num_samples = 1000", "num_samples = 10")),
            files={_T + "02-intermediate/language_model/data/train.txt": TEXT}),
    Program(_yunjey, _T + "03-advanced/generative_adversarial_network/main.py",
            (("num_epochs = 200", "num_epochs = 2"), ("batch_size = 100", "batch_size = 64"))),
    Program(_yunjey, _T + "03-advanced/variational_autoencoder/main.py",
            (("num_epochs = 15", "num_epochs = 2"),)),
    Program(_hunkim, "05_linear_regression.py", (("range(500)", "range(50)"),)),
    Program(_hunkim, "06_logistic_regression.py", (("range(1000)", "range(50)"),)),
    Program(_hunkim, "07_diabets_logistic.py"),
    Program(_hunkim, "08_2_dataset_loade_logistic.py"),
    Program(_hunkim, "09_2_softmax_mnist.py"),
    Program(_hunkim, "10_1_cnn_mnist.py"),
    Program(_hunkim, "11_1_toy_inception_mnist.py", (*_ITEM, ("False).data[0]", "False).item()"))),
    Program(_hunkim, "12_2_hello_rnn.py"),
    Program(_hunkim, "12_3_hello_rnn_seq.py", _ITEM),
    Program(_hunkim, "12_4_hello_rnn_emb.py"),
    Program(_hunkim, "13_2_rnn_classification.py", (*_ITEM, ("N_EPOCHS = 100", "N_EPOCHS = 1"),
                                                    ("BATCH_SIZE = 256", "BATCH_SIZE = 64"))),
    Program(_jc, "autograd/two_layer_net_autograd.py", (("range(500)", "range(50)"),)),
    Program(_jc, "autograd/two_layer_net_custom_function.py", (("range(500)", "range(50)"),)),
    Program(_jc, "nn/dynamic_net.py", (("range(500)", "range(20)"),)),
    Program(_jc, "nn/two_layer_net_module.py", (("range(500)", "range(50)"),)),
    Program(_jc, "nn/two_layer_net_optim.py", (("range(500)", "range(50)"),)),
    Program(_morvan, "tutorial-contents/301_regression.py"),
    Program(_morvan, "tutorial-contents/302_classification.py"),
    Program(_morvan, "tutorial-contents/306_optimizer.py", (("EPOCH = 12", "EPOCH = 1"),)),
    Program(_morvan, "tutorial-contents/401_CNN.py", (("[:2000]", "[:50]"), ("n_iter=5000", "max_iter=250"))),
    Program(_morvan, "tutorial-contents/403_RNN_regressor.py"),
    Program(_morvan, "tutorial-contents/406_GAN.py", (("range(10000)", "range(50)"),)),
    Program(_morvan, "tutorial-contents/503_dropout.py", (("range(500)", "range(60)"),)),
    Program(_morvan, "tutorial-contents/504_batch_normalization.py", (("EPOCH = 12", "EPOCH = 1"),)),
    Program("bentrevett+pytorch-image-classification", "1_mlp.ipynb",
            (("EPOCHS = 10", "EPOCHS = 1"), ("50_000", "50"))),
    Program("bentrevett+pytorch-image-classification", "2_lenet.ipynb",
            (("EPOCHS = 20", "EPOCHS = 1"), ("50_000", "50"))),
    Program("udacity+deep-learning-v2-pytorch", "Simple_Autoencoder_Solution.ipynb",
            (*_NEXT, ("n_epochs = 20", "n_epochs = 1")), folder="autoencoder/linear-autoencoder"),
    Program("udacity+deep-learning-v2-pytorch", "Convolutional_Autoencoder_Solution.ipynb",
            (*_NEXT, ("n_epochs = 30", "n_epochs = 1")), folder="autoencoder/convolutional-autoencoder"),
    Program("udacity+deep-learning-v2-pytorch", "Batch_Normalization.ipynb", _NEXT, folder="batch-norm"),
    # PyTorch's own examples
    Program(_examples, "main.py", folder="mnist", args=("--epochs", "2", "--no-accel", "--save-model")),
    Program(_examples, "main.py", folder="mnist_rnn", args=("--epochs", "2", "--save-model")),
    Program(_examples, "main.py", folder="mnist_forward_forward",
            args=("--epochs", "2", "--train_size", "64", "--test_size", "32", "--no_accel")),
    Program(_examples, "main.py", folder="vae", args=("--epochs", "2", "--no-accel", "--batch-size", "64")),
    Program(_examples, "main.py", folder="regression"),
    Program(_examples, "main.py", folder="siamese_network",
            args=("--epochs", "1", "--no-accel", "--batch-size", "8"),
            environment={"PROGRAM_TRAIN": "96", "PROGRAM_TEST": "48"}),
    Program(_examples, "train.py", folder="time_sequence_prediction", args=("--steps", "1"),
            changes=(("torch.load('traindata.pt')",
                      "np.sin(np.arange(120) / 20 + np.arange(10)[:, None])"),)),
    Program(_examples, "main.py", folder="word_language_model", note="LSTM",
            args=("--data", ".", "--model", "LSTM", "--emsize", "16", "--nhid", "16", "--epochs", "1",
                  "--batch_size",
                  "4", "--bptt", "8", "--dropout", "0"),
            files={name: TEXT for name in ("train.txt", "valid.txt", "test.txt")}),
    Program(_examples, "main.py", folder="word_language_model", note="Transformer",
            args=("--data", ".", "--model", "Transformer", "--emsize", "16", "--nhid", "16", "--epochs", "1",
                  "--batch_size", "4", "--bptt", "8", "--lr", "1"),
            files={name: TEXT for name in ("train.txt", "valid.txt", "test.txt")}),
    Program(_examples, "actor_critic.py", folder="reinforcement_learning",
            environment={"PROGRAM_STEPS": "10"}),
    Program(_examples, "reinforce.py", folder="reinforcement_learning", environment={"PROGRAM_STEPS": "10"}),
    Program(_examples, "main.py", folder="dcgan",
            args=("--dataset", "fake", "--niter", "1", "--workers", "0", "--ngf", "8", "--ndf", "8",
                  "--imageSize",
                  "64", "--dry-run"), seconds=240),
    Program(_examples, "main.py", folder="imagenet",
            args=("--dummy", "-a", "resnet18", "-b", "2", "--epochs", "1", "-j", "0", "--lr", "0.01"),
            changes=(("FakeData(1281167, (3, 224, 224), 1000", "FakeData(6, (3, 224, 224), 1000"),
                     ("FakeData(50000, (3, 224, 224), 1000",
                      "FakeData(2, (3, 224, 224), 1000")), seconds=240),
    # language
    Program(_nlp, "NNLM.py", (("range(5000)", "range(50)"),), folder="1-1.NNLM"),
    Program(_nlp, "Word2Vec-Skipgram(Softmax).py", (("range(5000)", "range(50)"),), folder="1-2.Word2Vec"),
    Program(_nlp, "TextCNN.py", (("range(5000)", "range(50)"),), folder="2-1.TextCNN"),
    Program(_nlp, "TextRNN.py", (("range(5000)", "range(50)"),), folder="3-1.TextRNN"),
    Program(_nlp, "TextLSTM.py", (("range(1000)", "range(50)"),), folder="3-2.TextLSTM"),
    Program(_nlp, "Bi-LSTM.py", (("range(10000)", "range(50)"),), folder="3-3.Bi-LSTM"),
    Program(_nlp, "Seq2Seq.py", (("range(5000)", "range(30)"),), folder="4-1.Seq2Seq"),
    Program(_nlp, "Seq2Seq(Attention).py", (("range(2000)", "range(30)"),), folder="4-2.Seq2Seq(Attention)"),
    Program(_nlp, "Bi-LSTM(Attention).py", (("range(5000)", "range(30)"),), folder="4-3.Bi-LSTM(Attention)"),
    Program(_nlp, "Transformer.py", (("range(20)", "range(3)"),), folder="5-1.Transformer"),
    Program(_nlp, "BERT.py", (("range(100)", "range(3)"), ("n_layers = 6", "n_layers = 2")),
            folder="5-2.BERT"),
    Program("karpathy+makemore", "makemore.py", args=(
        "--max-steps", "30", "--batch-size", "8", "--n-layer", "2", "--n-embd", "16", "--n-embd2", "16",
        "--num-workers", "0")),
    Program("karpathy+minGPT", folder="", note="model", after="""
import torch
from mingpt.model import GPT
from mingpt.trainer import Trainer
config = GPT.get_default_config()
config.model_type, config.n_layer, config.n_head, config.n_embd = None, 2, 2, 16
config.vocab_size, config.block_size = 17, 12
model = GPT(config)
data = [(x[:-1], x[1:]) for x in torch.randint(0, 17, (64, 13))]
settings = Trainer.get_default_config()
settings.max_iters, settings.batch_size, settings.num_workers, settings.device = 10, 4, 0, 'cpu'
Trainer(settings, model, data).run()
model.eval()
print(model.generate(data[0][0][None, :3], 5, do_sample=True, top_k=3))
"""),
    Program("karpathy+nanoGPT", folder="", note="model", after="""
import torch
from model import GPT, GPTConfig
model = GPT(GPTConfig(block_size=12, vocab_size=17, n_layer=2, n_head=2, n_embd=16, dropout=0.1))
optimizer = model.configure_optimizers(0.1, 1e-3, (0.9, 0.95), 'cpu')
for step in range(10):
    x = torch.randint(0, 17, (4, 13))
    logits, loss = model(x[:, :-1], x[:, 1:].contiguous())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
model.eval()
print(model.generate(x[:, :3], 5, top_k=3))
"""),
    Program("rasbt+LLMs-from-scratch", "code-part1.ipynb", folder="appendix-A/01_main-chapter-code"),
    Program("locuslab+TCN", "TCN/adding_problem/add_test.py",
            args=("--epochs", "1", "--batch_size", "16", "--seq_len", "40", "--nhid", "8", "--levels", "3",
                  "--cuda"),
            changes=(("50000", "320"), ("data_generator(1000", "data_generator(32"))),
    # generation
    _gans("gan"), _gans("dcgan"), _gans("wgan"), _gans("wgan_gp", environment=FEW), _gans("lsgan"),
    _gans("cgan"),
    _gans("acgan"), _gans("aae"), _gans("sgan"), _gans("infogan"), _gans("began", changes=_DATA),
    _gans("relativistic_gan"), _gans("ebgan"),
    Program("timbmg+VAE-CVAE-MNIST", "train.py", args=("--epochs", "1", "--conditional")),
    # vision models
    *(Program(_cifar, "main.py", (("net = SimpleDLA()", f"net = {net}"), ("start_epoch+200", "start_epoch+1"),
                                  ("num_workers=2", "num_workers=0"), ("batch_size=128", "batch_size=8")),
              note=net, environment={"PROGRAM_TRAIN": "16", "PROGRAM_TEST": "8"}, seconds=300)
      for net in ("LeNet()", "VGG('VGG11')", "ResNet18()", "MobileNetV2()", "SENet18()")),
    _vit("vit", "ViT(image_size=32, patch_size=8, num_classes=10, dim=16, depth=2, heads=2, mlp_dim=32, "
                "dropout=0.1)"),
    _vit("simple_vit",
         "SimpleViT(image_size=32, patch_size=8, num_classes=10, dim=24, depth=2, heads=2, mlp_dim=32)"),
    _vit("cct", "CCT(img_size=32, embedding_dim=16, n_conv_layers=1, kernel_size=3, stride=2, padding=1, "
                "pooling_kernel_size=3, pooling_stride=2, pooling_padding=1, num_layers=2, num_heads=2, "
                "mlp_ratio=2., num_classes=10)"),
    _vit("cait", "CaiT(image_size=32, patch_size=8, num_classes=10, dim=16, depth=2, cls_depth=1, heads=2, "
                 "mlp_dim=32)"),
    # reinforcement learning
    *(Program(_rl, f"{name}.py", (("range(10000)", "range(12)"),), environment={"PROGRAM_STEPS": steps})
      for name, steps in (("REINFORCE", "40"), ("actor_critic", "15"), ("ppo", "12"), ("ppo-lstm", "12"),
                          ("vtrace", "12"))),
    Program(_rl, "dqn.py", (("range(10000)", "range(12)"), ("memory.size()>2000", "memory.size()>50")),
            environment={"PROGRAM_STEPS": "20"}),
    Program(_rl, "ddpg.py", (("range(10000)", "range(2)"), (", autoreset=True", ""),
                             ("memory.size()>2000", "memory.size()>50")),
            environment={"PROGRAM_STEPS": "20"}),
    Program(_rl, "sac.py", (("range(10000)", "range(2)"), ("memory.size()>1000", "memory.size()>50")),
            environment={"PROGRAM_STEPS": "20"}),
]

_loeber, _beginner = "patrickloeber+pytorchTutorial", "L1aoXingyu+pytorch-beginner"
_zero = "hunkim+DeepLearningZeroToAll"

_CPU = (".cuda()", "")

# These were not looked at while the others were made to run.
HELD_OUT = [
    Program(_loeber, "07_linear_regression.py"), Program(_loeber, "08_logistic_regression.py"),
    Program(_loeber, "13_feedforward.py"), Program(_loeber, "14_cnn.py",
                                                   (("num_epochs = 5", "num_epochs = 1"),)),
    Program(_beginner, "neural_network.py", (("num_epochs = 50", "num_epochs = 1"),),
            folder="03-Neural Network"),
    Program(_beginner, "recurrent_network.py", (*_DATA, ("num_epoches = 20", "num_epoches = 1")),
            folder="05-Recurrent Neural Network"),
    Program(_beginner, "simple_autoencoder.py", (*_DATA, _CPU, ("num_epochs = 100", "num_epochs = 1")),
            folder="08-AutoEncoder"),
    Program(_beginner, "Variational_autoencoder.py", (*_DATA, _CPU, ("num_epochs = 100", "num_epochs = 1")),
            folder="08-AutoEncoder"),
    Program(_zero, "lab-09-2-xor-nn.py", (("range(10001)", "range(101)"),), folder="pytorch"),
    Program(_zero, "lab-10-3-mnist_nn_xavier.py", (*_DATA, ("training_epochs = 15", "training_epochs = 1")),
            folder="pytorch"),
    Program(_zero, "lab-11-2-mnist_deep_cnn.py",
            (("training_epochs = 15", "training_epochs = 1"), ("avg_cost[0]", "avg_cost")),
            folder="pytorch"),
    Program(_zero, "lab-12-4-rnn-long_char.py", (*_DATA, ("num_epochs = 500", "num_epochs = 5")),
            folder="pytorch"),
]
