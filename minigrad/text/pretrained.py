"""Published weights: finding or downloading them, and putting each tensor where it belongs.

A BERT on Hugging Face is a folder with ``config.json``, ``vocab.txt`` and ``model.safetensors``. The names in
the last file depend on what was trained: ``embeddings.…`` (BertModel), ``bert.embeddings.…`` (with a head on
it), and ``LayerNorm.gamma`` and ``beta`` in files converted from the original program.
"""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from ..autograd import Tensor
from ..errors import DataError
from ..files.download import RemoteFile, download
from ..backend.cache import cache_folder
from ..files.folders import check_file, is_there, not_found, readable, search_folders
from ..files.saving import load, save
from ..nn import Module
from .config import BertConfig

WEIGHTS = "model.safetensors"
VOCABULARY = RemoteFile("vocab.txt", 231508,
                        "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3")
BASE = RemoteFile(WEIGHTS, 440449768, "68d45e234eb4a928074dfd868cead0219ab85354cc53d20e772753c6bb9169d3")
MIRRORS = ("https://huggingface.co/google-bert/bert-base-uncased/resolve/"
           "86b5e0934494bd15c9632b12f734a8a67f723594/",
           "https://huggingface.co/bert-base-uncased/resolve/main/")
NAMES = ("bert-base-uncased", "google-bert/bert-base-uncased")

# Tensors of other heads, which are not part of these models, and why a file has them.
HEADS = {
    "cls.predictions.": "the head that guesses masked words, used in pre-training",
    "cls.seq_relationship.": "the head that guesses whether texts follow each other, used in pre-training",
    "qa_outputs.": "a head that answers questions",
    "classifier.": "a classifier, which this model does not have",
    "embeddings.position_ids": "the numbers 0, 1, 2 …, which are not learned",
}
MASKS = ("attn.bias", "attn.masked_bias")   # of GPT-2: which position may look where; not learned
MAY_BE_NEW = ("classifier.", "pooler.")     # what starts at random when the file does not have it


class LoadReport(NamedTuple):
    """Where each tensor went, file → model; what was left over, and why; what is new and random.

    >>> from minigrad.text import LoadReport
    >>> print(LoadReport({"bert.pooler.dense.bias": "pooler.dense.bias"}, {}, []))
    1 tensors loaded
    """

    used: dict[str, str]
    left_over: dict[str, str]
    new: list[str]

    def __str__(self) -> str:
        """One line for each group of tensors."""
        lines = [f"{len(self.used)} tensors loaded"]
        for reason in dict.fromkeys(self.left_over.values()):
            names = [name for name, why in self.left_over.items() if why == reason]
            lines.append(f"{len(names)} left over ({names[0]}{' …' if len(names) > 1 else ''}): {reason}")
        if self.new:
            lines.append(f"{len(self.new)} not in the file, and random: {', '.join(self.new)}")
        return "\n".join(lines)


def load_pretrained(kind: Any, source: str | os.PathLike[str], changes: dict[str, Any]) -> Any:
    """A model of class ``kind`` with the configuration and weights of ``source``, in evaluation mode.

    Args:
        source: a folder, or "bert-base-uncased", which is downloaded (440 MB) unless it is in
            MINIGRAD_DATA or the cache.
        changes: entries of the configuration to replace, such as num_labels or a dropout.

    ``model.report`` says what was loaded. Raises DataError when a file is missing, damaged or for another
    model.
    """
    folder = find_pretrained(source)
    known = str(source) in NAMES and not (folder / "config.json").exists()
    config = BertConfig(**changes) if known else BertConfig.from_pretrained(folder, **changes)
    found = read_weights(folder / WEIGHTS)
    check_sizes(config, found, folder)
    model = kind(config)
    model.report = place_weights(model, found, folder / WEIGHTS)
    return model.eval()


def save_pretrained(model: Any, folder: str | os.PathLike[str]) -> None:
    """Write ``config.json`` and ``model.safetensors`` into ``folder``."""
    model.config.save_pretrained(folder)
    save(model.state_dict(), Path(folder) / WEIGHTS)


def load_weights(model: Module, path: str | os.PathLike[str]) -> LoadReport:
    """Load a BERT's ``model.safetensors`` into ``model``, with every tensor accounted for.

    Raises DataError, with the model unchanged, when the file is missing or truncated, lacks a tensor, or
    has one of another shape or that belongs nowhere.

    >>> from tempfile import TemporaryDirectory
    >>> from minigrad.text import BertConfig, BertForSequenceClassification, BertModel, load_weights
    >>> config = BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2)
    >>> with TemporaryDirectory() as folder:
    ...     BertForSequenceClassification(config).save_pretrained(folder)
    ...     report = load_weights(BertModel(config), folder + "/model.safetensors")
    >>> len(report.used), sorted(report.left_over)
    (23, ['classifier.bias', 'classifier.weight'])
    """
    return place_weights(model, read_weights(path), path)


def read_weights(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors of a ``model.safetensors`` by name; DataError when the file is missing or has none."""
    path = Path(path)
    if not path.exists() and path.with_name("pytorch_model.bin").exists():
        raise DataError(f"{path.parent} has its weights only in pytorch_model.bin, a pickle, which can run "
                        "any code when it is loaded. Convert it where PyTorch is installed: "
                        "safetensors.torch.save_file(torch.load(path, weights_only=True), "
                        "'model.safetensors').")
    found = load(path)
    if not isinstance(found, dict) or not all(isinstance(tensor, Tensor) for tensor in found.values()):
        raise DataError(f"{path}: expected tensors by name, a model's weights; it holds something else.")
    return found


#: Which tensor and axis of a file show each size of its model.
SIZES = {"vocab_size": ("embeddings.word_embeddings.weight", 0),
         "hidden_size": ("embeddings.word_embeddings.weight", 1),
         "max_position_embeddings": ("embeddings.position_embeddings.weight", 0),
         "type_vocab_size": ("embeddings.token_type_embeddings.weight", 0),
         "intermediate_size": ("encoder.layer.0.intermediate.dense.weight", 0)}
LAYERS = ("num_hidden_layers", "encoder.layer.")        # what begins the names of the layers' tensors


def check_sizes(config: Any, found: dict[str, Tensor], folder: Path,
                sizes: dict[str, tuple[str, int]] = SIZES, layers: tuple[str, str] = LAYERS) -> None:
    """Raise DataError unless the configuration describes the model whose weights these are.

    Called before the model is built: a wrong number of layers or words may not fit into memory.
    """
    shapes = {plain_name(name): tensor.shape for name, tensor in found.items()}
    held = {name: shapes[tensor][axis] if len(shapes.get(tensor, ())) == 2 else 0
            for name, (tensor, axis) in sizes.items()}
    held[layers[0]] = len({name[len(layers[1]):].split(".")[0] for name in shapes
                           if name.startswith(layers[1])})
    wrong = [f"  {name}: {getattr(config, name):,} in config.json, {size or 'no such tensor'} in {WEIGHTS}"
             for name, size in held.items() if getattr(config, name) != size]
    if wrong:
        raise DataError("\n".join([f"{folder / WEIGHTS}: the weights do not match config.json beside it:",
                                   *wrong, "Nothing was built. Check that both files belong together."]))


def place_weights(model: Module, found: dict[str, Tensor], path: str | os.PathLike[str]) -> LoadReport:
    """Copy tensors into ``model``, every one accounted for; raises as ``load_weights`` does."""
    own = {plain_name(name): name for name in model.state_dict()}
    state: dict[str, Tensor] = {}
    report = LoadReport({}, {}, [])
    unknown = []
    for name, tensor in found.items():
        plain = plain_name(name)
        if plain in own:
            state[own[plain]] = tensor
            report.used[name] = own[plain]
        elif any(plain.startswith(head) for head in HEADS):
            report.left_over[name] = next(why for head, why in HEADS.items() if plain.startswith(head))
        elif plain.endswith(MASKS):
            report.left_over[name] = "a mask that is not learned"
        else:
            unknown.append(name)
    report.new.extend(name for name in own.values() if name not in state)
    missing = [name for name in report.new if not plain_name(name).startswith(MAY_BE_NEW)]
    _refuse(Path(path), model, state, missing, unknown)
    model.load_state_dict(state, strict=False)
    return report


def plain_name(name: str) -> str:
    """A parameter's name without the prefix of a head's file, and with LayerNorm's current names."""
    name = name.removeprefix("bert.").removeprefix("transformer.")
    if name.endswith("LayerNorm.gamma"):
        return name.removesuffix("gamma") + "weight"
    return name.removesuffix("beta") + "bias" if name.endswith("LayerNorm.beta") else name


def _refuse(path: Path, model: Module, state: dict[str, Tensor], missing: list[str],
            unknown: list[str]) -> None:
    """Raise DataError for tensors that are missing, unknown or of a wrong shape."""
    own = model.state_dict()
    problems = [f"  wrong shape  {name}: the model has {tuple(own[name].shape)}, the file {tuple(t.shape)}"
                for name, t in state.items() if tuple(t.shape) != tuple(own[name].shape)]
    problems += [f"  missing      {name}" for name in missing]
    problems += [f"  unknown      {name}" for name in unknown]
    if problems:
        more = [f"  … and {len(problems) - 8} more"] if len(problems) > 8 else []
        cure = "Check that config.json belongs to these weights."
        if any("classifier" in line for line in problems):
            cure = "Pass num_labels=… as in the file."
        raise DataError("\n".join([f"{path}: the weights do not fit this {type(model).__name__}:",
                                   *problems[:8], *more, f"Nothing was loaded. {cure}"]))


# ── finding ───────────────────────────────────────────────────────────────────────────────────────

def find_pretrained(source: str | os.PathLike[str]) -> Path:
    """The folder of a model: ``source`` itself, or that of a known name, downloaded if necessary."""
    with readable(Path(source)):
        if Path(source).is_dir():
            return Path(source)
    if str(source) not in NAMES:
        raise DataError(f"{source}: no such folder, and the only known name is {NAMES[0]!r}. Pass "
                        "a folder with config.json and model.safetensors.")
    return _find("bert-base-uncased", BASE, True).parent


def find_vocabulary(root: str | os.PathLike[str] | None = None, download: bool = True) -> Path:
    """The ``vocab.txt`` of the English uncased models, downloaded if necessary.

    Looked for in the folder ``bert/`` of ``root``, of MINIGRAD_DATA, and of the cache. Raises DataError when
    it is not found or not the right file.

    >>> from minigrad.text import find_vocabulary
    >>> find_vocabulary().name                                      # doctest: +SKIP
    'vocab.txt'
    """
    return _find("bert", VOCABULARY, download, root)


def _find(name: str, file: RemoteFile, may_download: bool,
          root: str | os.PathLike[str] | None = None) -> Path:
    folders = search_folders(name, root)
    for folder in folders:
        if is_there(folder / file.name):
            check_file(folder / file.name, file.size, file.sha256)
            return folder / file.name
    if not may_download:
        raise not_found(f"{name} ({file.name})", folders, "and download=False forbids fetching it.")
    return download(file, MIRRORS, cache_folder() / name if root is None else Path(root) / name)
