"""YAML as text: bytes in, plain values and their places out; knows nothing of cameras.

Called by `config/load.py`. Named for what it reads; inside of it `import yaml` is still PyYAML.
"""
