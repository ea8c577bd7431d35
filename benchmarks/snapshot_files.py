"""Save and restore of a generated target directory beside `tar`, `zstd` and `cp` on the same bytes."""

import json
import os
import shutil
import sys
from pathlib import Path

from benchmarks.snapshot_generated import generate
from benchmarks.snapshot_goal import Goal, Ran, aside, hone, ran, say


def generated(base: Path, *, files: int, size_bytes: int, rounds: int) -> list[Goal]:
    """Measure in turn, `rounds` times."""
    made = generate(base / "workspace", entries=files, size_bytes=size_bytes)
    say(f"{made.files} files, {made.size_bytes / 1e9:.2f} GB")
    root, target, store = made.root, made.root / "target", base / "store"
    peaks: list[float] = []
    packing: list[float] = []
    linked_s: list[float] = []
    linked: list[float] = []
    copied: list[float] = []
    for number in range(rounds):
        aside(store, base)
        _settled()
        save = hone("save", "--format", "json", cwd=root, store=store)
        tar_s = _packed_by_tar(root, base / "archive")
        _settled()
        copy_s = ran(["cp", "-a", str(target), str(base / "copy")], cwd=base).wall_s
        aside(base / "copy", base)
        _settled()
        aside(target, base)
        by_link = _restored(root, store)
        _settled()
        aside(target, base)
        by_copy = _restored(root, store, "--copy")
        peaks += [save.peak_mb, by_link[0].peak_mb, by_copy[0].peak_mb]
        packing.append(tar_s / _wall_s(save))
        linked_s.append(by_link[1])
        linked.append(by_link[1] / copy_s)
        copied.append(copy_s / by_copy[1])
        say(
            f"{number}: save {_wall_s(save):.2f} s (tar and zstd {tar_s:.2f}), restore {by_link[1]:.2f} by links,"
            f" {by_copy[1]:.2f} by copies (cp -a {copy_s:.2f})"
        )
    return [
        Goal(
            name="save, as a share of the speed of tar and zstd",
            values=packing,
            limit=0.5,
            at_least=True,
        ),
        Goal(name="restore by links (s)", values=linked_s, limit=3.0),
        Goal(name="restore by links, share of the time of cp -a", values=linked, limit=None),
        Goal(
            name="restore by copies, as a share of the speed of cp -a",
            values=copied,
            limit=0.7,
            at_least=True,
        ),
        Goal(
            name="second save: stored bytes of one changed crate's",
            values=[_second(root, store)],
            limit=2.0,
        ),
        Goal(name="peak memory (MB), the largest", values=[max(peaks)], limit=400.0),
    ]


def _restored(root: Path, store: Path, *options: str) -> tuple[Ran, float]:
    done = hone("restore", "--format", "json", *options, cwd=root, store=store)
    document = json.loads(done.text)
    if document["to_compile"]:
        raise SystemExit(f"not all of it came back: {document['to_compile'][:3]}")
    return done, float(document["wall_s"])


def _wall_s(done: Ran) -> float:
    return float(json.loads(done.text)["wall_s"])


def _settled() -> None:
    """What was written before shall not be paid for by who comes next."""
    os.sync()


def _packed_by_tar(root: Path, archive: Path) -> float:
    """`tar | zstd -1 -T2`; python's zstandard where the program is missing."""
    if shutil.which("zstd"):
        words = ["sh", "-c", f"tar -cf - target | zstd -q -1 -T2 -o {archive}"]
        wall_s = ran(words, cwd=root).wall_s
    else:
        script = (
            "import sys, zstandard;"
            "zstandard.ZstdCompressor(level=1, threads=2)"
            ".copy_stream(sys.stdin.buffer, open(sys.argv[1], 'wb'))"
        )
        words = [
            "sh",
            "-c",
            f'tar -cf - target | {sys.executable} -c "{script}" {archive}',
        ]
        wall_s = ran(words, cwd=root).wall_s
    if archive.stat().st_size < 1000:
        raise SystemExit(f"{words} packed nothing")
    archive.unlink()
    return wall_s


def _second(root: Path, store: Path) -> float:
    """Change what compiling one crate writes: its library, its metadata, its objects."""
    library = max((root / "target/debug/deps").glob("*.rlib"), key=lambda path: path.stat().st_size)
    stem = library.stem.removeprefix("lib")
    changed_bytes = 0
    for path in (root / "target/debug/deps").glob(f"*{stem}*"):
        content = os.urandom(path.stat().st_size)
        if path.suffix != ".d":
            path.unlink()
            path.write_bytes(content)
            changed_bytes += len(content)
    added = json.loads(hone("save", "--format", "json", cwd=root, store=store).text)["added_bytes"]
    return float(added) / changed_bytes
