"""What one program has claimed, another does not get; what cannot be agreed on is granted."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.waiting import eventually
from thorsched.base.claims import Claim, Claimed, Claims

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


LENDER = """
import subprocess, sys
from pathlib import Path
from thorsched.base import host
from thorsched.base.claims import Claims
claim = Claims(Path(sys.argv[1])).take(sys.argv[2])
child = subprocess.Popen(
    [sys.executable, "-c", "import signal; signal.pause()"],
    stdout=subprocess.DEVNULL,
    **host.inheritance_kwargs(claim.descriptors()),
)
if sys.argv[3] != "unsaid":
    claim.lent_to(child.pid)
print(child.pid, flush=True)
if sys.stdin.readline():
    claim.leave() if sys.argv[3] == "leave" else claim.release()
    print("done", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def lending(directory: Path, end: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run a program that has lent the claim "x" to a child; return it, and the child's id."""
    with subprocess.Popen(
        [sys.executable, "-c", LENDER, str(directory), "x", end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        child = int(program.stdout.readline())
        try:
            yield program, child
        finally:
            program.kill()
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def say_so(program: "subprocess.Popen[bytes]") -> None:
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(b"now\n")
    program.stdin.flush()
    assert program.stdout.readline() == b"done\n"


def is_free(directory: Path) -> bool:
    try:
        Claims(directory).take("x").release()
    except Claimed:
        return False
    return True


@pytest.mark.parametrize("end", ["killed", "leave"])
def test_a_claim_that_is_lent_lasts_as_long_as_who_has_inherited_it(
    tmp_path: Path, end: str
) -> None:
    directory = tmp_path / "claims"
    with lending(directory, end) as (program, child):
        if end == "killed":
            program.kill()
            program.wait()
        else:
            say_so(program)
        with pytest.raises(Claimed) as refused:
            Claims(directory).take("x")
        assert (refused.value.holder, refused.value.recorder) == (str(program.pid), str(child))
        os.kill(child, signal.SIGKILL)
        assert eventually(lambda: is_free(directory))


def test_a_claim_that_is_released_is_free_whoever_has_inherited_it(tmp_path: Path) -> None:
    with lending(tmp_path / "claims", "release") as (program, _):
        say_so(program)
        assert is_free(tmp_path / "claims")


def test_a_claim_is_adopted_with_the_recorder_that_it_was_lent_to(tmp_path: Path) -> None:
    directory = tmp_path / "claims"
    with lending(directory, "killed") as (program, child):
        program.kill()
        program.wait()
        with pytest.raises(Claimed):
            Claims(directory).adopt("x", child + 1)
        with pytest.raises(Claimed) as orphaned:
            Claims(directory).take("x")
        claim = Claims(directory).adopt("x", child)
        with pytest.raises(Claimed) as refused:
            Claims(directory).take("x")
        assert (refused.value.holder, refused.value.recorder) == (str(os.getpid()), str(child))
        assert (orphaned.value.seen, refused.value.seen) == (False, sys.platform == "linux")
        os.kill(child, signal.SIGKILL)
        claim.release()
        assert eventually(lambda: is_free(directory))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process has open")
def test_a_claim_is_adopted_though_its_program_died_before_it_said_whose_it_was(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "claims"
    with lending(directory, "unsaid") as (program, child):
        program.kill()
        program.wait()
        claim = Claims(directory).adopt("x", child)
        with pytest.raises(Claimed) as refused:
            Claims(directory).take("x")
        assert refused.value.recorder == str(child)
        claim.release()


def test_a_claim_of_a_recorder_that_nobody_holds_is_taken(tmp_path: Path) -> None:
    claim = Claims(tmp_path / "claims").adopt("x", 7)
    with pytest.raises(Claimed) as refused:
        Claims(tmp_path / "claims").take("x")
    assert (refused.value.holder, refused.value.recorder) == (str(os.getpid()), "7")
    claim.release()


def test_an_adopted_claim_that_lost_its_recorder_to_another_program_is_not_taken_from_it(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "claims"
    with lending(directory, "killed") as (program, child):
        program.kill()
        program.wait()
        adopted = Claims(directory).adopt("x", child)
        os.kill(child, signal.SIGKILL)
        theirs = taken_soon(directory)
        adopted.release()
        assert not is_free(directory)
        theirs.release()


def taken_soon(directory: Path) -> Claim:
    taken: list[Claim] = []

    def take() -> bool:
        with contextlib.suppress(Claimed):
            taken.append(Claims(directory).take("x"))
        return bool(taken)

    assert eventually(take)
    return taken[0]


def test_a_claim_that_is_taken_again_says_still_who_has_inherited_it(tmp_path: Path) -> None:
    claim = Claims(tmp_path / "claims").take("x")
    claim.lent_to(7)
    remove_file(tmp_path / "claims")
    claim.keep()
    with pytest.raises(Claimed) as refused:
        Claims(tmp_path / "claims").take("x")
    assert refused.value.recorder == "7"
    claim.release()


def test_programs_with_temporary_directories_of_their_own_see_each_others_claims(
    tmp_path: Path,
) -> None:
    name = f"test-{tmp_path}"
    claim = Claims().take(name)
    program = f"from thorsched.base.claims import Claims; Claims().take({name!r})"
    theirs = os.environ | {"TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=theirs, capture_output=True, text=True, check=False
    )
    claim.release()
    assert f"Claimed: {os.getpid()}" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "stream-http://rig:8000-0", "a b\n"])
def test_a_name_stays_in_the_directory(tmp_path: Path, name: str) -> None:
    claim = Claims(tmp_path / "claims").take(name)
    (file,) = tmp_path.rglob("*.lock")
    assert file.parent == tmp_path / "claims"
    claim.release()


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


def test_a_released_claim_leaves_no_file(tmp_path: Path) -> None:
    directory = tmp_path / "claims"
    for _ in range(2):
        claim = Claims(directory).take("x")
        assert [file.name for file in directory.iterdir()] == ["x.lock"]
        claim.release()
        assert list(directory.iterdir()) == []


def test_a_kept_claim_is_never_old(tmp_path: Path) -> None:
    claim = Claims(tmp_path / "claims").take("x")
    file = tmp_path / "claims" / "x.lock"
    os.utime(file, (0, 0))
    claim.keep()
    assert min(file.stat().st_mtime, file.stat().st_atime) > 0
    claim.release()


def remove_file(directory: Path) -> None:
    (directory / "x.lock").unlink()


def replace_file(directory: Path) -> None:
    remove_file(directory)
    (directory / "x.lock").touch()


@pytest.mark.parametrize("clean", [remove_file, replace_file, shutil.rmtree])
def test_a_claim_whose_file_was_removed_is_taken_again_when_it_is_kept(
    tmp_path: Path, clean: Callable[[Path], None]
) -> None:
    directory = tmp_path / "claims"
    claim = Claims(directory).take("x")
    clean(directory)
    claim.keep()
    with pytest.raises(Claimed) as refused:
        Claims(directory).take("x")
    assert refused.value.holder == str(os.getpid())
    claim.release()
    claim.keep()
    Claims(directory).take("x").release()


def test_a_claim_that_another_took_meanwhile_stays_its_own_and_comes_back_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "claims"
    first = Claims(directory).take("x")
    remove_file(directory)
    second = Claims(directory).take("x")
    with caplog.at_level("ERROR", "thorsched"):
        first.keep()
        first.keep()
    assert len(caplog.messages) == 1
    with pytest.raises(Claimed):
        Claims(directory).take("x")
    second.release()
    first.keep()
    with pytest.raises(Claimed):
        Claims(directory).take("x")
    first.release()


def test_a_claim_that_is_lost_leaves_its_successors_file_alone_when_it_is_released(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "claims"
    first = Claims(directory).take("x")
    remove_file(directory)
    second = Claims(directory).take("x")
    first.release()
    with pytest.raises(Claimed):
        Claims(directory).take("x")
    second.release()
    assert list(directory.iterdir()) == []


RIVAL = """
import sys
from pathlib import Path
from thorsched.base.claims import Claimed, Claims
directory, held = Path(sys.argv[1]), Path(sys.argv[2])
claims, had = Claims(directory), 0
while had < 200:
    try:
        claim = claims.take("x")
    except Claimed:
        continue
    held.open("x").close()  # fails if somebody else holds it, too
    held.unlink()
    claim.release()
    had += 1
"""


@pytest.mark.fault(25)
def test_rivals_that_take_and_release_at_once_never_hold_a_claim_together(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RIVAL, str(tmp_path / "claims"), str(tmp_path / "held")]
    rivals = [subprocess.Popen(command) for _ in range(4)]
    assert [rival.wait() for rival in rivals] == [0, 0, 0, 0]
    assert list((tmp_path / "claims").iterdir()) == []
