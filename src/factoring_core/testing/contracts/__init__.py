"""What every adapter promises, as test classes; needs the extra ``testing``.

A host's own adapter is proven by a subclass that gives it to the tests as a fixture.
"""
