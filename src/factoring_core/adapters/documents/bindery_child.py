"""The process that opens documents of strangers: it may die, and nothing else dies with it.

Run as a script, by its path, without the site's own start-up: orders come on standard input,
packets and errors go to standard output, as `frames`; standard error is the file for its
`Whereabouts`.  The only argument is a JSON object with the search path for modules and the limits.
"""

import json
import os
import sys
from typing import Any


def limit(memory: int) -> None:
    """Bound what this process may use and write, where the system knows how."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def limit_time(seconds: int) -> None:
    """Bound the processor time from now on."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def peak() -> int:
    """Return the most memory that this process had in use, in KiB; 0 where nobody knows.

    The resource counters will not do: a child begins with the peak of whoever started it, and
    a large host would see every process retired after one packet.
    """
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def main(given: dict[str, Any]) -> None:
    """Serve orders until the input ends."""
    out = os.fdopen(os.dup(1), "wb")
    into = sys.stdin.buffer
    sys.path[:] = given["path"]

    from factoring_core.adapters.documents.whereabouts import Whereabouts

    here = Whereabouts(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)  # whatever a library prints must not get between the frames

    import pikepdf.settings

    from factoring_core.adapters.documents.binder import PdfBinder
    from factoring_core.adapters.documents.frames import BrokenFrameError, read_frame, write_frame
    from factoring_core.adapters.documents.limits import STREAM_BYTES
    from factoring_core.domain.vocabulary.load import DocumentKind
    from factoring_core.domain.vocabulary.packet_rules import ActiveContent, PacketRules
    from factoring_core.errors import DocumentError
    from factoring_core.ports.packet_binder import Packet, Paper

    pikepdf.settings.set_qpdf_limits(
        parser_max_container_size=1_000_000,
        max_stream_filters=4,
        dct_max_memory=STREAM_BYTES,
        dct_max_progressive_scans=50,
        flate_max_memory=STREAM_BYTES,
        png_max_memory=STREAM_BYTES,
        run_length_max_memory=STREAM_BYTES,
        tiff_max_memory=STREAM_BYTES,
    )
    limit(given["memory"])

    papers: list[Paper] = []

    def told(paper: Paper, page: int | None) -> None:
        number = next((number for number, one in enumerate(papers, 1) if one is paper), 0)
        here.say(number, page or 0)

    binder = PdfBinder(told)

    def bound(order: dict[str, Any], contents: list[bytes]) -> Packet:
        said = order["rules"]
        rules = PacketRules(
            order=tuple(DocumentKind(kind) for kind in said["order"]),
            max_bytes=said["max_bytes"],
            max_pages=said["max_pages"],
            downsample_dpi=said["downsample_dpi"],
            active_content=ActiveContent(said["active_content"]),
        )
        papers[:] = [
            Paper(kind=kind, name=name, noticed=noticed, content=content)
            for (kind, name, noticed), content in zip(order["papers"], contents, strict=True)
        ]
        return binder.bind(papers, notice=order["notice"], title=order["title"], rules=rules)

    while True:
        try:
            order, contents = read_frame(into)
        except BrokenFrameError:
            return
        limit_time(given["seconds"])
        try:
            packet = bound(order, contents)
        except DocumentError as error:
            answer = {"message": error.message, "code": error.code, "remedy": error.remedy}
            write_frame(out, {"error": {**answer, "where": error.where}, "peak": peak()})
        except MemoryError:
            write_frame(out, {"ended": "memory"})
            return
        except Exception as error:  # nobody foresaw it: it is the document's fault, and this process is done
            write_frame(out, {"ended": f"{type(error).__name__}: {error}"[:200]})
            return
        else:
            done = {"pages": packet.pages, "notes": packet.notes, "peak": peak()}
            write_frame(out, done, [packet.content])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
