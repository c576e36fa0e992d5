"""The test suite: sentences about the world that the program must make true."""
