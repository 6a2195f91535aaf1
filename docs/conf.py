from __future__ import annotations

import importlib
import logging
import sys
from importlib.metadata import version as version_of
from pathlib import Path

project = "factoring_core"
author = "factoring_core contributors"
copyright = f"2026, {author}"
version = release = version_of("factoring-core")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

html_theme = "furo"
html_title = "factoring_core"
html_show_sphinx = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_numpy_docstring = False

html_static_path = ["_static"]
html_css_files = ["lifecycle.css"]

# A section may stand before its first page. Sphinx 9.0 gives this one warning no type, so
# suppress_warnings cannot name it.
logging.getLogger("sphinx.sphinx.directives.other").addFilter(
    lambda record: "didn't match any documents" not in str(record.msg)
)

# What can be said by the code is said by the code, anew at every build.
sys.path.insert(0, str(Path(__file__).parent / "_ext"))
importlib.import_module("pages").write_pages(Path(__file__).parent / "reference" / "generated")

extensions.append("notebooks")  # runs docs/notebooks and shows their executed cells
