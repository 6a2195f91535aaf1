"""What servers answer, in our words; the same whichever library asked."""

from factoring_core.adapters.remote.line import Place, quoted
from factoring_core.errors import RemoteRefusedError

_NO_SUCH_FILE = 2
_SFTP = {
    _NO_SUCH_FILE: ("no_such_file", "there is no such file"),
    3: ("not_permitted_there", "it does not permit that"),
    8: ("unsupported_there", "it cannot do that"),
    11: ("name_taken", "a file of this name is there already"),
    12: ("not_permitted_there", "it is write-protected"),
    14: ("remote_full", "it is full"),
    15: ("remote_full", "the quota is used up"),
    19: ("not_a_file", "that is a folder"),
}
_FTP = {
    "425": "data_channel",
    "426": "data_channel",
    "522": "data_channel",
    "452": "remote_full",
    "552": "remote_full",
    "553": "not_permitted_there",
    "530": "not_permitted_there",
    "532": "not_permitted_there",
    "500": "unsupported_there",
    "501": "unsupported_there",
    "502": "unsupported_there",
    "504": "unsupported_there",
}
_FULL = ("no space", "quota", "disk full")
_FORBIDDEN = ("permission", "denied", "not enough privileges", "not permitted")
_REMEDIES = {
    "remote_full": "Ask the factor to make room, then run `factoring resume`.",
    "not_permitted_there": "Ask the factor for the right to write and rename in this folder.",
    "data_channel": "Ask the factor, or your own network, to let passive transfers through.",
}


def sftp_refusal(place: Place, name: str | None, code: int, text: str) -> RemoteRefusedError:
    """Say that an SFTP server refused, by the number of its answer.

    Version 3 of the protocol has one number for most failures; that the disk is full is then
    only said in words.
    """
    ours, why = _SFTP.get(code, ("remote_refused", f"it said: {quoted(text) or 'failure'}"))
    return _refused(place, name, ours, why, text)


def ftp_refusal(place: Place, name: str | None, reply: str) -> RemoteRefusedError:
    """Say that an FTP server refused, by the number of its reply; one that begins with 4 may pass."""
    ours = _FTP.get(reply[:3], "remote_refused")
    return _refused(place, name, ours, f"it said: {quoted(reply)}", reply, retryable=reply[:1] == "4")


def _refused(
    place: Place, name: str | None, code: str, why: str, text: str, *, retryable: bool = False
) -> RemoteRefusedError:
    said = text.casefold()
    if code == "remote_refused" and any(word in said for word in _FULL):
        code = "remote_full"
    if code == "remote_refused" and any(word in said for word in _FORBIDDEN):
        code = "not_permitted_there"
    return RemoteRefusedError(
        f"{place.host} refused: {why}.",
        code=code,
        retryable=retryable or code == "remote_full",
        remedy=_REMEDIES.get(code),
        where={**place.where, "file": name} if name else place.where,
    )


def no_such_file(place: Place, name: str) -> RemoteRefusedError:
    """Say that a file is not there."""
    return sftp_refusal(place, name, _NO_SUCH_FILE, "")


def folder_missing(place: Place) -> RemoteRefusedError:
    """Say that the folder of the settings is not there."""
    return RemoteRefusedError(
        f"There is no folder {place.folder} on {place.host}.",
        code="folder_missing",
        remedy="Correct folder in the settings, or ask the factor for its name.",
        where=place.where,
    )


def not_a_file(name: str) -> RemoteRefusedError:
    """Say that a name belongs to something else."""
    return RemoteRefusedError("What has this name is not a file.", code="not_a_file", where={"file": name})
