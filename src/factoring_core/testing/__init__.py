"""Help for testing code that uses the library; needs the extra ``testing``.

Importing this package brings in nothing heavy: each part imports its own tools.
"""
