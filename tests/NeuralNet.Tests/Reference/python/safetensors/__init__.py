"""As much of the safetensors package as the tests need, for machines that have PyTorch without it (Debian 12, say).

It stands on the tests' PYTHONPATH only where the real package is not installed. The format is the one of
https://github.com/huggingface/safetensors, and files have the bytes that the package writes.
"""
