"""What lies on a network, or has something mounted in it, is refused."""

from pathlib import Path

import pytest

from cargo_hone.target.mounts import read_mounts, refusal

TABLE = """\
21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 21 0:40 / /home rw shared:1 - nfs4 server:/home rw
31 30 0:41 / /home/me/local rw - ext4 /dev/vdb rw
32 21 0:42 / /with\\040space/target/debug rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ("/srv/target", ""),
        ("/home/me/target", "nfs4"),
        ("/home/me/local/target", ""),
        ("/home", "/home/me/local"),
        ("/with space/target", "/with space/target/debug"),
        ("/with space/target/debug", ""),
        ("/homeless/target", ""),
    ],
)
def test_refusals(tmp_path: Path, root: str, words: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE)
    said = refusal(Path(root), read_mounts(table))
    assert words in said
    assert bool(said) == bool(words)


def test_this_machines_table_can_be_read() -> None:
    assert Path("/") in {mount.point for mount in read_mounts()}
