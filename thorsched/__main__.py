"""`python -m thorsched` is `thorsched`."""

from thorsched.cli.main import main

if __name__ == "__main__":
    main()
