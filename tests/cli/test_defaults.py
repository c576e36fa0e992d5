"""What the command line says by itself, to be quick, and what the settings say."""

import inspect

from thorsched.cli import commands
from thorsched.config.blocks import DEFAULT_URL


def test_the_cameras_command_asks_the_server_that_a_file_without_one_means() -> None:
    assert inspect.signature(commands.cameras).parameters["url"].default == DEFAULT_URL
