"""What the tests of several rooms stand on: waiting, ports, frames, the program as a process."""
