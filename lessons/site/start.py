"""The start page, in English and in Chinese: what minigrad is, two commands, the course as a map, numbers.

Every number is read from ``benchmarks/results``, where the program that measured it has left it, and stands
beside the date of that measurement.
"""
from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, Sequence

from lessons.player.catalog import FOLDER, Lesson
from lessons.player.cells import read_cells

from .catalogs import catalog
from .lesson_pages import OPENING

RESULTS = FOLDER.parent / "benchmarks" / "results"

#: The parts of the course: the number of their last lesson, in English and in Chinese.
PARTS = (
    (3, "Slopes, and an engine of your own", "斜率，和你自己的引擎"),
    (6, "Training begins", "开始训练"),
    (10, "Activations and losses", "激活函数与损失函数"),
    (16, "Backpropagation", "反向传播"),
    (19, "Optimizers and schedules", "优化器与学习率调度"),
    (27, "Real images", "真实图像"),
    (30, "Convolution", "卷积"),
    (33, "Second derivatives", "二阶导数"),
    (37, "Attention and language", "注意力与语言"),
    (39, "Fast, and checked", "又快又可靠"),
    (44, "Beyond the documents", "文档之外"),
    (46, "Generating and searching", "生成与搜索"),
    (50, "Sequences, text, sound", "序列、文本与声音"),
    (53, "Learning from others' data", "用别人的数据学习"),
    (10**6, "Under the hood", "引擎盖下"),
)


class Fact(NamedTuple):
    """A number that was measured: what it says in both languages, when, and which file has it."""

    english: str
    chinese: str
    value: str
    date: str
    file: str


def facts() -> list[Fact]:
    """The numbers of the start page."""
    made = []
    programs, file = _read("torch_programs.json")
    runs = sum(program["runs"] for program in programs["programs"])
    made.append(
        Fact(
            "programs that others wrote for PyTorch, and that run on minigrad with its imports changed",
            "别人为 PyTorch 写的程序中，只改导入语句就能在 minigrad 上运行的",
            f"{runs} of {len(programs['programs'])}",
            programs["date"],
            file,
        )
    )
    steps, file = _newest("train_step-*.json", "C3")
    ratio = median(steps["results"]["C3"]["ratio"]["torch"])
    made.append(
        Fact(
            "time of a training step of the small CNN on MNIST, over PyTorch's (below 1 is faster)",
            "小型卷积网络在 MNIST 上训练一步的时间与 PyTorch 之比（小于 1 即更快）",
            f"{ratio:.2f}",
            steps["date"][:10],
            file,
        )
    )
    others, file = _newest("untuned-2*.json", "lstm")
    ratios = [median(entry["ratio"]["torch"]) for entry in others["results"].values()]
    made.append(
        Fact(
            f"the same, median over {len(ratios)} other training steps; the worst of them",
            f"同上，{len(ratios)} 个没有专门优化过的网络的中位数；其中最慢的",
            f"{median(ratios):.2f}; {max(ratios):.2f}",
            others["date"][:10],
            file,
        )
    )
    lessons, file = _read("lessons.json")
    cnn, color, text = lessons["mnist_cnn"], lessons["cifar10"], lessons["text_classifier"]
    made.append(
        Fact(
            "test accuracy on MNIST of lesson 23 (mnist cnn), second recipe",
            "第 23 课的小型卷积网络在 MNIST 测试集上的准确率（方案二）",
            f"{cnn['recipe_two']['test_accuracy']:.4f}",
            cnn["date"][:10],
            file,
        )
    )
    made.append(
        Fact(
            "test accuracy of lesson 25 (cifar10), second recipe",
            "第 25 课的卷积网络在 CIFAR-10 测试集上的准确率（方案二）",
            f"{color['accuracy_recipe_two']:.4f}",
            color["date"][:10],
            file,
        )
    )
    made.append(
        Fact(
            "accuracy on SST-2 of lesson 37 (text classifier), from random weights",
            "第 37 课的小型 BERT（从随机权重开始）在 SST-2 上的准确率",
            f"{text['test_accuracy']:.4f}",
            text["date"][:10],
            file,
        )
    )
    checks, file = _read("gradcheck_right_functions.json")
    made.append(
        Fact(
            "false alarms of the gradient check, in so many random functions",
            "梯度检查在这么多随机函数中的误报次数",
            f"{sum(len(run['alarms']) for run in checks)} in {sum(run['functions'] for run in checks):,}",
            checks[-1]["date"][:10],
            file,
        )
    )
    return made


def _read(name: str) -> tuple[Any, str]:
    return json.loads((RESULTS / name).read_text(encoding="utf-8")), name


def _newest(pattern: str, entry: str) -> tuple[Any, str]:
    """The newest results of these that have an entry beside PyTorch."""
    found = []
    for path in RESULTS.glob(pattern):
        content = json.loads(path.read_text(encoding="utf-8"))
        if "torch" in content.get("results", {}).get(entry, {}).get("ratio", {}):
            found.append((content["date"], path.name, content))
    date, name, content = max(found, key=lambda each: each[0])
    return content, name


def facts_table(chinese: bool) -> str:
    """The numbers, each with its date and its file."""
    head = ("数值", "测的是什么") if chinese else ("number", "what was measured")
    when = "测于" if chinese else "measured on"
    rows = [
        f"| **{x.value}** | {x.chinese if chinese else x.english}<br><small>{when} {x.date}, "
        f"{x.file}</small> |"
        for x in facts()
    ]
    return "\n".join([f"| {head[0]} | {head[1]} |", "| --: | --- |", *rows])


def course_map(lessons: Sequence[Lesson], chinese: bool = False) -> str:
    """The way through the course: parts as stations along a line, with their lessons and their time."""
    titles = catalog("zh_CN", "course") if chinese else {}
    stations, begin = [], 0
    for last, english, name in PARTS:
        mine = [lesson for lesson in lessons if begin < lesson.number <= last]
        begin = last
        if not mine:
            continue
        links = "".join(
            f'<li><a href="{"../" if chinese else ""}lessons/{x.path.stem}.html">'
            f"<b>{x.number}</b> {titles.get(x.title, x.title)}</a></li>"
            for x in mine
        )
        stations.append(
            f"<li><h3>{name if chinese else english} <small>{_hours(mine, chinese)}</small></h3>"
            f"<ul>{links}</ul></li>"
        )
    return f'<ol class="course-map">{"".join(stations)}</ol>'


def _hours(lessons: Sequence[Lesson], chinese: bool) -> str:
    """How long some lessons take, by what each one says on top."""
    total, evening = 0, False
    for lesson in lessons:
        found = OPENING.fullmatch(read_cells(lesson.path)[0].source.strip())
        time = found["time"] if found else ""
        said = re.match(r"(\d+) minutes", time)
        total += int(said[1]) if said else 0
        evening = evening or "evening" in time
    hours, minutes = divmod(total, 60)
    if chinese:
        parts = [f"{hours} 小时" * bool(hours), f"{minutes} 分钟" * bool(minutes), "外加一个晚上" * evening]
        return " ".join(filter(None, parts))
    parts = [f"{hours} h" * bool(hours), f"{minutes} min" * bool(minutes), "and an evening" * evening]
    return " ".join(filter(None, parts))


COMMANDS = """\
```sh
python3 -m venv .venv && .venv/bin/pip install -e .
.venv/bin/python -m lessons 1 --step
```"""


def english_page(lessons: Sequence[Lesson]) -> str:
    """The start page."""
    return f"""\
# minigrad

minigrad is an autograd engine and a small neural-network library in Python on NumPy, written to be read: each
operation shows its formula, its forward and its backward pass side by side. It uses PyTorch's names and gives
PyTorch's numbers, and its errors say what to do. {len(lessons)} lessons lead from one slope to convolutional
networks, BERT and reinforcement learning, each a program that checks itself.

```{{image}} _pictures/mnist_cnn_curves.png
:alt: Learning curves of a small CNN on MNIST, trained by two recipes: loss and accuracy over ten epochs
```

Clone the repository, go into its folder, and begin:

{COMMANDS}

[The first lesson](lessons/{lessons[0].path.stem}.ipynb) · [the exercises](exercises/index.md) ·
[the reference](reference/index.md) · [coming from PyTorch, Keras or NumPy](reference/elsewhere.md) ·
[中文](zh/index.md)

## The way through the course

{course_map(lessons)}

## What was measured

{facts_table(False)}

The files are those in `benchmarks/results`; `benchmarks/README.md` says how each number was measured.
"""


def chinese_page(lessons: Sequence[Lesson]) -> str:
    """The start page in Chinese."""
    first = lessons[0].path.stem
    return f"""\
# minigrad 中文首页

minigrad 是一个用 Python 写在 NumPy 之上的自动微分引擎和小型神经网络库，是写给人读的：\
每个运算的公式、正向和反向传播并排摆在一起。\
它沿用 PyTorch 的名称，给出与 PyTorch 相同的数值，报错时会告诉你该怎么办。\
{len(lessons)} 节课从一个斜率讲到卷积网络、BERT 和强化学习，每一课都是一个会自我检查的程序。

```{{image}} ../_pictures/mnist_cnn_curves.png
:alt: 一个小型卷积网络在 MNIST 上的学习曲线，两种训练方案，十轮的损失与准确率
```

克隆仓库，进入文件夹，然后开始：

{COMMANDS}

[第一课（中文）]({first}.ipynb) · [全部课程](lessons.md) · [文档核查](audit.md)
· [练习](../exercises/index.md) · [参考手册](../reference/index.md) · [English](../index.md)

## 课程路线

{course_map(lessons, True)}

## 测量结果

{facts_table(True)}

结果文件在 `benchmarks/results`；测量方法见 `benchmarks/README.md`。
"""


def pictures(folder: Path) -> None:
    """The pictures of the start pages."""
    folder.mkdir(parents=True, exist_ok=True)
    source = FOLDER / "pictures" / "mnist_cnn_curves.png"
    (folder / source.name).write_bytes(source.read_bytes())
