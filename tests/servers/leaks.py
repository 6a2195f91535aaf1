"""Looking for secrets in what an error carries."""

import pickle
import traceback


def everything_about(error: BaseException) -> str:
    """Put together all that a log, a debugger or a pickle could show of *error* and its causes."""
    parts = [repr(pickle.dumps(error))]
    seen: BaseException | None = error
    while seen is not None:
        shown = traceback.TracebackException.from_exception(seen, capture_locals=True)
        parts += [str(seen), repr(seen), repr(seen.args), repr(vars(seen)), *shown.format()]
        seen = seen.__cause__ or seen.__context__
    return "".join(parts)
