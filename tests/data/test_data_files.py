"""Finding files, checking them, writing them whole, and downloading from mirrors."""
from __future__ import annotations

import builtins
import errno
import hashlib
import http.server
import io
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from minigrad.files import replacing
from minigrad.files import download as download_module
from minigrad.files.download import RemoteFile, download
from minigrad.backend import cache
from minigrad.backend.cache import cache_folder
from minigrad.files.folders import check_file, read_exactly, search_folders
from minigrad.files.writing import UnwritableError, atomic_write
from minigrad.errors import DataError
from minigrad.files.saving import load
from minigrad.text import BertConfig, BertModel, SST2, find_vocabulary, read_vocabulary
from minigrad.text.sst2 import read_tsv, unpack
from minigrad.vision.datasets import CIFAR10, MNIST
from minigrad.vision.idx import read_idx

CONTENT = bytes(range(256)) * 40
GOOD = RemoteFile("thing.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


# ── where ─────────────────────────────────────────────────────────────────────────────────────────

def test_cache_folder_of_each_system(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(cache.Path, "home", staticmethod(lambda: Path("/home/me")))
    for system, expected in (("linux", "/home/me/.cache/minigrad"),
                             ("darwin", "/home/me/Library/Caches/minigrad")):
        monkeypatch.setattr(cache.sys, "platform", system)
        assert cache_folder() == Path(expected)
    monkeypatch.setattr(cache.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert cache_folder() == Path("/local/minigrad")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder() == Path("/xdg/minigrad")


def test_search_order(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setenv("MINIGRAD_DATA", "/env")
    assert search_folders("set", "/given", ("SET/raw",)) == [
        Path("/given/set"), Path("/given/SET/raw"), Path("/env/set"), Path("/env/SET/raw"),
        Path("/xdg/minigrad/set")]
    monkeypatch.delenv("MINIGRAD_DATA")
    assert search_folders("set", "/a/set") == [Path("/a/set/set"), Path("/a/set"),
                                               Path("/xdg/minigrad/set")]


# ── checking and writing ──────────────────────────────────────────────────────────────────────────

def test_check_file_names_what_is_wrong(tmp_path):
    path = tmp_path / "thing.bin"
    path.write_bytes(CONTENT)
    check_file(path, GOOD.size, GOOD.sha256)
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(DataError, match="thing.bin: expected 10240 bytes, got 10239 .truncated"):
        check_file(path, GOOD.size, GOOD.sha256)
    path.write_bytes(CONTENT + b"x")
    with pytest.raises(DataError, match="too long"):
        check_file(path, GOOD.size, GOOD.sha256)
    path.write_bytes(b"x" + CONTENT[1:])
    with pytest.raises(DataError, match="expected SHA-256 " + GOOD.sha256):
        check_file(path, GOOD.size, GOOD.sha256)


@pytest.fixture
def forbid(monkeypatch):
    """A function that makes a path unreadable, also for root, whom permissions do not bind."""
    opened = io.open

    def make(path):
        def refuse(file, *args, **kwargs):
            if str(file) == str(path):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
            return opened(file, *args, **kwargs)
        monkeypatch.setattr(io, "open", refuse)
        monkeypatch.setattr(builtins, "open", refuse)
        monkeypatch.setattr(Path, "read_bytes", lambda self: refuse(self, "rb").read())     # Python 3.10
    return make


def test_unreadable_files_are_named(tmp_path, forbid):
    path = tmp_path / "thing.gz"
    path.write_bytes(CONTENT)
    forbid(path)
    for read in (lambda: check_file(path, GOOD.size, GOOD.sha256), lambda: read_idx(path, (3,)),
                 lambda: read_tsv(path), lambda: read_vocabulary(path), lambda: load(path),
                 lambda: unpack(path, tmp_path, ["x"])):
        with pytest.raises(DataError, match="thing.gz.*Permission denied"):
            read()


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path):
    for read in (lambda: check_file(tmp_path, tmp_path.stat().st_size, GOOD.sha256),
                 lambda: read_idx(tmp_path, (3,)), lambda: read_tsv(tmp_path),
                 lambda: read_vocabulary(tmp_path), lambda: load(tmp_path)):
        with pytest.raises(DataError, match=f"{tmp_path.name}.*(Is a directory|Permission denied)"):
            read()


def test_a_folder_that_may_not_be_searched_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)

    def stat(path, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(Path, "stat", stat)
    monkeypatch.setattr(Path, "is_file", stat)          # newer Pythons say False by themselves
    monkeypatch.setattr(Path, "is_dir", stat)
    for make in (MNIST, SST2, CIFAR10, find_vocabulary):
        with pytest.raises(DataError, match="Permission denied"):
            make(tmp_path, download=False)


def test_a_zero_byte_in_a_path_is_an_error_with_a_name(tmp_path, monkeypatch):
    monkeypatch.delenv("MINIGRAD_DATA", raising=False)      # else real files are found there
    path = tmp_path / "a\0b"
    for act in (lambda: check_file(path, 1, ""), lambda: read_idx(path, (3,)), lambda: read_tsv(path),
                lambda: read_vocabulary(path), lambda: MNIST(path, download=False),
                lambda: SST2(path, download=False), lambda: CIFAR10(path, download=False),
                lambda: download(GOOD, [], path), lambda: BertConfig.from_pretrained(path),
                lambda: BertModel.from_pretrained(path)):
        with pytest.raises(DataError, match="a.*b"):
            act()


def test_read_exactly_never_asks_for_more():
    class Endless(io.RawIOBase):
        given = 0

        def read(self, n=-1):
            assert n >= 0
            self.given += n
            return bytes(n)

    stream = Endless()
    assert read_exactly(stream, 3_000_000).shape == (3_000_000,) and stream.given == 3_000_000
    np.testing.assert_array_equal(read_exactly(io.BytesIO(b"abc"), 5), np.frombuffer(b"abc", np.uint8))


def test_atomic_write_is_all_or_nothing(tmp_path):
    path = tmp_path / "deep" / "thing.bin"
    with atomic_write(path) as file:
        file.write(b"half")
        assert not path.exists()
        file.write(b"whole")
    assert path.read_bytes() == b"halfwhole"
    with pytest.raises(KeyboardInterrupt):
        with atomic_write(path) as file:
            file.write(b"other")
            raise KeyboardInterrupt
    assert path.read_bytes() == b"halfwhole"
    assert os.listdir(path.parent) == ["thing.bin"]


def test_half_written_file_of_a_killed_process(tmp_path):
    code = ("import os, sys; from pathlib import Path; from minigrad.files.writing import atomic_write\n"
            "with atomic_write(Path(sys.argv[1])) as f:\n"
            "    f.write(b'half'); f.file.flush(); os._exit(9)")
    path = tmp_path / "thing.bin"
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == 9
    (partial,) = tmp_path.iterdir()
    assert partial.read_bytes() == b"half" and not path.exists()
    with atomic_write(path) as living:
        living.write(b"first")
        with atomic_write(path) as file:    # removes what the dead left, not what is being written
            file.write(b"second")
        assert not partial.exists() and len(os.listdir(tmp_path)) == 2
    assert path.read_bytes() == b"first" and os.listdir(tmp_path) == ["thing.bin"]


def test_unwritable_folder_is_named(tmp_path, monkeypatch):
    blocker = tmp_path / "file"
    blocker.write_bytes(b"")
    with pytest.raises(UnwritableError, match=r"file.sub: cannot write there .*XDG_CACHE_HOME"):
        with atomic_write(blocker / "sub" / "thing"):
            pass

    def read_only(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(replacing, "open", read_only, raising=False)
    with pytest.raises(DataError, match="Read-only file system"):
        with atomic_write(tmp_path / "thing"):
            pass


def test_full_disk_is_named_and_leaves_nothing(tmp_path):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    with pytest.raises(UnwritableError, match="No space left"):
        with atomic_write(tmp_path / "thing") as file:
            file.file.close()
            file.file = Full()
            file.write(b"x")
    assert not list(tmp_path.iterdir())


# ── downloading ───────────────────────────────────────────────────────────────────────────────────

PLACES = {"ipv6": "http://[::1", "port": "http://127.0.0.1:port/",
          "ftp": "ftp://127.0.0.1:{port}/thing.bin", "file": "file:///etc/hostname", "data": "data:,hello",
          "loop": "/loop/thing.bin"}


class Handler(http.server.BaseHTTPRequestHandler):
    """Mirrors of all kinds, by the folder in the address."""

    def do_GET(self):
        kind = self.path.split("/")[1]
        self.server.asked.append(kind)
        if kind == "missing":
            self.send_error(404)
            return
        if kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/good/thing.bin")
            self.end_headers()
            return
        if kind in PLACES:
            self.send_response(302)
            self.send_header("Location", PLACES[kind].format(port=self.server.ftp_port))
            self.end_headers()
            return
        if kind == "slow-headers":
            self.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
            while not self.server.release.wait(0.02):
                try:
                    self.wfile.write(b"x")
                except OSError:
                    break
            return
        body = {"corrupt": b"x" + CONTENT[1:], "endless": CONTENT + b"more",
                "html": b"<html>log in</html>"}.get(kind, CONTENT)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.send(kind, body)
        except OSError:
            pass          # the client gave up, as it should

    def send(self, kind, body):
        if kind == "cut":
            self.wfile.write(body[:5000])
        elif kind == "silent":
            self.server.release.wait(3)
        elif kind == "trickle":
            for i in range(0, len(body), 8):
                if self.server.release.wait(0.02):
                    return
                self.wfile.write(body[i:i + 8])
        else:
            self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as it:
        it.daemon_threads = True
        it.asked, it.release, it.ftp_port = [], threading.Event(), 9
        it.url = f"http://127.0.0.1:{it.server_port}"
        thread = threading.Thread(target=it.serve_forever, args=(0.01,))
        thread.start()
        yield it
        it.release.set()
        it.shutdown()
        thread.join()


@pytest.mark.parametrize("kind", ["good", "moved"])
def test_download(server, tmp_path, kind, capsys):
    path = download(GOOD, [f"{server.url}/{kind}/"], tmp_path / "new")
    assert path == tmp_path / "new" / "thing.bin" and path.read_bytes() == CONTENT
    assert os.listdir(path.parent) == ["thing.bin"]
    assert capsys.readouterr() == ("", ""), "no progress bar unless on a terminal"
    asked = len(server.asked)
    assert download(GOOD, [f"{server.url}/good/"], tmp_path / "new") == path
    assert len(server.asked) == asked, "a good file is not fetched again"


@pytest.mark.parametrize("kind, reason", [
    ("missing", "404"), ("corrupt", "SHA-256 is"), ("endless", "more than the expected 10240"),
    ("html", "ended after 19 of 10240"), ("cut", "ended after 5000 of 10240"), ("silent", "timed out"),
])
def test_next_mirror_after_a_failure(server, tmp_path, kind, reason):
    mirrors = [f"{server.url}/{kind}/", f"{server.url}/good/"]
    assert download(GOOD, mirrors, tmp_path, timeout=0.3).read_bytes() == CONTENT
    assert server.asked == [kind, "good"]
    (tmp_path / "thing.bin").unlink()
    with pytest.raises(DataError) as caught:
        download(GOOD, mirrors[:1], tmp_path, timeout=0.3)
    assert reason in str(caught.value) and mirrors[0] in str(caught.value)
    assert not list(tmp_path.iterdir()), "no partial file may stay"


@pytest.mark.parametrize("kind", PLACES)
def test_a_redirect_that_leads_nowhere_is_one_bad_mirror_among_others(server, tmp_path, kind):
    mirrors = [f"{server.url}/{kind}/", f"{server.url}/good/"]
    assert download(GOOD, mirrors, tmp_path, timeout=0.3).read_bytes() == CONTENT
    assert server.asked[-1] == "good"


def test_a_redirect_to_ftp_is_not_followed(server, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as ftp:
        ftp.settimeout(0.1)
        server.ftp_port = ftp.getsockname()[1]
        with pytest.raises(DataError, match="unknown url type: ftp"):
            download(GOOD, [f"{server.url}/ftp/"], tmp_path, timeout=0.3)
        with pytest.raises(TimeoutError):
            ftp.accept()                    # nobody has called


def test_headers_that_trickle_are_given_up(server, tmp_path):
    mirrors = [f"{server.url}/slow-headers/", f"{server.url}/good/"]
    assert download(GOOD, mirrors, tmp_path, timeout=0.3).read_bytes() == CONTENT
    assert server.asked == ["slow-headers", "good"]
    (tmp_path / "thing.bin").unlink()
    with pytest.raises(DataError, match="slow-headers/thing.bin: too slow"):
        download(GOOD, mirrors[:1], tmp_path, timeout=0.3)


def test_trickling_mirror_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download_module, "_SLOWEST", 1 << 20)
    start = time.monotonic()
    with pytest.raises(DataError, match="too slow"):
        download(GOOD, [f"{server.url}/trickle/"], tmp_path, timeout=0.3)
    assert time.monotonic() - start < 2


def test_all_mirrors_fail_lists_each_and_what_to_do(server, tmp_path):
    with pytest.raises(DataError) as caught:
        download(GOOD, [f"{server.url}/missing/", "http://127.0.0.1:9/", "nonsense://x/"], tmp_path)
    text = str(caught.value)
    assert "404" in text and "127.0.0.1:9" in text and "nonsense" in text
    assert "MINIGRAD_DATA" in text and str(tmp_path) in text


def test_corrupt_file_already_there_is_named(tmp_path):
    (tmp_path / "thing.bin").write_bytes(CONTENT[:100])
    with pytest.raises(DataError, match="truncated"):
        download(GOOD, [], tmp_path)


def test_unwritable_folder_is_no_fault_of_the_mirrors(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnwritableError, match="cannot write"):
        download(GOOD, [f"{server.url}/good/"], tmp_path / "file" / "sub")
    assert server.asked == []


def test_downloads_at_the_same_time_do_not_disturb_each_other(server, tmp_path):
    results = []
    threads = [threading.Thread(target=lambda: results.append(
        download(GOOD, [f"{server.url}/good/"], tmp_path).read_bytes())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [CONTENT] * 6 and os.listdir(tmp_path) == ["thing.bin"]
