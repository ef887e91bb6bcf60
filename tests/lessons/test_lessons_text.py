"""A text classifier that was saved answers at the prompt; published weights; no data, no network."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from lessons.player.catalog import all_lessons, find
from lessons.support.predicting import predict_sentence
from lessons.player.shell import python
from minigrad.text import BertConfig, BertForSequenceClassification, BertTokenizer, RenderedReviews

ROOT = Path(__file__).resolve().parents[2]
LESSON = find("text_classifier", all_lessons())


def run(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """``python -m lessons text_classifier`` without data, and with a network that refuses everything."""
    env = {k: v for k, v in os.environ.items() if k != "MINIGRAD_DATA"}
    env |= {"XDG_CACHE_HOME": str(cache), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
            "PYTHONIOENCODING": "utf-8", "https_proxy": "http://127.0.0.1:9", "PYTHONWARNINGS": "error"}
    return subprocess.run([sys.executable, "-m", "lessons", "text_classifier", *arguments], cwd=ROOT, env=env,
                          capture_output=True, text=True, encoding="utf-8", timeout=300)


def test_the_saved_classifier_answers_at_the_prompt(quick_run: Callable[..., Any], tmp_path: Path) -> None:
    _, output = quick_run(LESSON)
    results = json.loads((output / "results.json").read_text(encoding="utf-8"))
    assert results["data"] == "RenderedReviews" and results["test_accuracy"] > 0.7
    for sentence, expected in (("the acting is superb !", "positive"), ("the plot is awful .", "negative")):
        done = run("--predict", sentence, "--output", str(output), cache=tmp_path)
        assert done.returncode == 0, done.stderr
        kind, share, *words = done.stdout.split()
        assert (kind, " ".join(words)) == (expected, sentence) and 0.5 <= float(share) <= 1


def test_without_a_classifier_it_says_how_to_make_one(tmp_path: Path) -> None:
    done = run("--predict", "fine", "--output", str(tmp_path / "none"), cache=tmp_path)
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    assert f"Train one first: {python()} -m lessons text_classifier" in done.stderr


def test_published_weights_are_fine_tuned_and_no_data_is_needed(tmp_path: Path) -> None:
    folder = tmp_path / "published"
    tokenizer = BertTokenizer(RenderedReviews.vocabulary())
    BertForSequenceClassification(BertConfig(len(tokenizer), 16, 1, 2, 16)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    done = run("--quick", "--sentences", "64", "--data", "rendered", "--weights", str(folder), "--output",
               str(tmp_path / "out"), cache=tmp_path)
    assert "published weights: 23 tensors loaded" in done.stdout, done.stderr
    assert "rate up to 3e-05" in done.stdout


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_training_goes_on_to_the_same_end(tmp_path: Path) -> None:
    options = ["--quick", "--data", "rendered", "--sentences", "160", "--epochs", "3", "--output"]
    whole, part = tmp_path / "whole", tmp_path / "part"
    assert run(*options, str(whole), cache=tmp_path).returncode == 0
    command = [sys.executable, str(ROOT / "lessons" / "37_text_classifier.py"), *options, str(part)]
    with subprocess.Popen(command, cwd=tmp_path, text=True, encoding="utf-8", stdout=subprocess.PIPE,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"}) as process:
        for line in process.stdout or ():
            if "Epoch [2/3]" in line:               # the second epoch is not saved yet
                process.kill()
                break
    assert process.returncode == -signal.SIGKILL and not (part / "results.json").exists()

    done = run(*options[:-2], "4", "--resume", "--output", str(part), cache=tmp_path)
    assert done.returncode != 0 and "belongs to another run" in done.stderr and "Traceback" not in done.stderr
    done = run(*options, str(part), "--resume", cache=tmp_path)
    training = done.stdout[:done.stdout.index("trained in")]
    assert "going on after epoch 1" in training and "Epoch [1/3]" not in training
    a, b = (json.loads((folder / "results.json").read_text(encoding="utf-8")) for folder in (whole, part))
    assert len(a["by_epoch"]) == 3
    for name in ("by_epoch", "tuned", "trials"):
        assert a[name] == b[name]
    weights = "classifier/model.safetensors"
    assert (part / weights).read_bytes() == (whole / weights).read_bytes()


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    """An untrained classifier that reads at most eight ids."""
    tokenizer = BertTokenizer(RenderedReviews.vocabulary())
    config = BertConfig(len(tokenizer), 16, 1, 2, 16, max_position_embeddings=8)
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("sentence", ["", "film " * 500, "映画 😀", "a\x00b"])
def test_odd_sentences_are_classified(classifier: Path, sentence: str,
                                      capsys: pytest.CaptureFixture[str]) -> None:
    assert predict_sentence(classifier, sentence) == 0
    assert capsys.readouterr().out.startswith(("positive  0.", "negative  0."))


def test_bad_bytes_and_damaged_weights_are_named(classifier: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    assert predict_sentence(classifier, b"fil\xff".decode("utf-8", "surrogateescape")) == 1
    assert "not UTF-8" in capsys.readouterr().err
    path = classifier / "model.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    assert predict_sentence(classifier, "fine") == 1
    assert "not a complete safetensors file" in capsys.readouterr().err


# ── the document's own program ────────────────────────────────────────────────────────────────────

A6 = """
import hashlib, runpy, sys
import minigrad
from minigrad.text import SST2
def entry(path):
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest(), content.count(b"\\n") - 1
from pathlib import Path
SST2.files = {name: entry(Path("data/sst2", name + ".tsv")) for name in ("train", "dev")}
minigrad.manual_seed(0)
names = runpy.run_path(sys.argv[1], run_name="__main__")
print(names["total"], names["model"].training, names["model"].bert.training)
"""


def listing_folder(tmp_path: Path) -> Path:
    """A folder with a tiny bert-base-uncased/ and a small SST-2, in which the listing can run."""
    tokenizer = BertTokenizer(RenderedReviews.vocabulary())
    published = tmp_path / "bert-base-uncased"
    BertForSequenceClassification(BertConfig(len(tokenizer), 16, 1, 2, 16)).save_pretrained(published)
    tokenizer.save_pretrained(published)
    (tmp_path / "data" / "sst2").mkdir(parents=True)
    for split, count in (("train", 96), ("dev", 40)):
        data = RenderedReviews(count, split)
        rows = "".join(f"{text}\t{label}\n" for text, label in zip(data.texts, data.labels))
        (tmp_path / "data" / "sst2" / f"{split}.tsv").write_text("sentence\tlabel\n" + rows, encoding="utf-8")
    return tmp_path


def run_listing(path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "MINIGRAD_DATA": str(folder / "data"), "OMP_NUM_THREADS": "1",
           "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-W", "error", "-c", A6, str(path)], cwd=folder, env=env,
                          capture_output=True, text=True, encoding="utf-8", timeout=300)


def test_the_documents_program_runs(tmp_path: Path) -> None:
    done = run_listing(ROOT / "lessons" / "listings" / "A6.py", listing_folder(tmp_path))
    assert done.returncode == 0, done.stderr
    *epochs, accuracy, last = done.stdout.splitlines()
    assert len(epochs) == 3 * 3 and epochs[0].startswith("Epoch [1/3], Loss: ")     # one line a batch
    assert accuracy.startswith("Accuracy: ") and accuracy.endswith("%")
    assert last == "40 True False"              # the classifier in training mode, BERT in evaluation mode


def test_without_its_correction_it_stops_at_the_first_batch(tmp_path: Path) -> None:
    text = (ROOT / "lessons" / "listings" / "A6.py").read_text(encoding="utf-8")
    path = tmp_path / "as_printed.py"
    path.write_text(text.replace(", token_type_ids):  # corrected: three fields come", "):"),
                    encoding="utf-8")
    done = run_listing(path, listing_folder(tmp_path))
    assert done.returncode == 1 and "Epoch" not in done.stdout
    assert "got an unexpected keyword argument 'token_type_ids'" in done.stderr
