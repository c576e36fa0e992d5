"""What one program has claimed, another does not get; what cannot be agreed on is granted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from thorsched.base.claims import Claimed, Claims

HOLDER = """
import sys
from pathlib import Path
from thorsched.base.claims import Claims
claim = Claims(Path(sys.argv[1])).take(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""


def test_a_claim_is_held_until_it_is_released(tmp_path: Path) -> None:
    first, second = Claims(tmp_path / "claims"), Claims(tmp_path / "claims")
    claim = first.take("port-127.0.0.1-9001")
    with pytest.raises(Claimed) as refused:
        second.take("port-127.0.0.1-9001")
    assert refused.value.holder == str(os.getpid())
    second.take("port-127.0.0.1-9002").release()
    claim.release()
    claim.release()
    second.take("port-127.0.0.1-9001").release()


def test_a_claim_ends_with_its_program_however_it_ends(tmp_path: Path) -> None:
    directory = tmp_path / "claims"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory), "x"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Claimed) as refused:
            Claims(directory).take("x")
        assert refused.value.holder == str(other.pid)
        other.kill()
        other.wait()
        Claims(directory).take("x").release()


@pytest.mark.parametrize("name", ["../../etc/passwd", "stream-http://rig:8000-0", "a b\n"])
def test_a_name_stays_in_the_directory(tmp_path: Path, name: str) -> None:
    Claims(tmp_path / "claims").take(name).release()
    (file,) = tmp_path.rglob("*.lock")
    assert file.parent == tmp_path / "claims"


def test_the_directory_is_the_users_own(tmp_path: Path) -> None:
    Claims(tmp_path / "claims").take("x").release()
    assert (tmp_path / "claims").stat().st_mode & 0o777 == 0o700


def test_a_link_in_the_directorys_place_is_not_followed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "claims").symlink_to(tmp_path / "elsewhere")
    claims = Claims(tmp_path / "claims")
    with caplog.at_level("WARNING", "thorsched"):
        claims.take("x").release()
        claims.take("x").release()
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert len(caplog.messages) == 1


def test_a_link_in_a_claims_place_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.write_text("mine")
    claims = Claims(tmp_path / "claims")
    claims.take("y").release()
    (tmp_path / "claims" / "x.lock").symlink_to(target)
    claims.take("x").release()
    assert target.read_text() == "mine"
