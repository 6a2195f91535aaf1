"""After an older backup was put back: named, put in doubt, settled, and nothing sent twice."""

from __future__ import annotations

from pathlib import Path

from contract.home import Home, folder, subsidiary


def test_a_backup_that_was_put_back_is_named_and_recovered_from(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    home = Home(tmp_path / "home", subsidiary(), folder("winfactor", inbox))
    home.bring({"load_number": "L-1"}, {"load_number": "L-2"})
    home("submit", "--subsidiary", "east", "L-1", status=4)
    store = home.path / "factoring.db"
    backup = store.read_bytes()
    inbox.mkdir()
    home("resume")
    home("submit", "--subsidiary", "east", "L-2")
    kept = home("audit", "verify")["kept"]
    store.write_bytes(backup)
    # The factor has taken everything.
    for file in inbox.iterdir():
        file.unlink()

    assert home("audit", "verify", "--kept", kept, status=6).code == "store_rolled_back"
    done = home("audit", "recover", kept, "--reason", "the disk broke")
    again = home("audit", "recover", kept, "--reason", "the disk broke")

    assert (done["outcome"], done["in_doubt"]) == ("recovered", ["east-winfactor/1"])
    assert done["skipped"] > 0
    assert again.document == {**done.document, "outcome": "already_recovered"}
    home("resume")
    assert [] == list(inbox.iterdir()), "nothing leaves by itself"
    home("batches", "settle", "1", "delivered", "--reason", "they have it")
    sold = home("submit", "--subsidiary", "east", "L-2")["batches"][0]
    assert sold["batch_number"] > 2
    assert {"L-1": "invoiced", "L-2": "invoiced"} == home.standing()
    assert home("audit", "verify")["intact"]


def test_without_a_roll_back_there_is_nothing_to_recover_from(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", subsidiary(), folder("winfactor", tmp_path))
    home.bring({"load_number": "L-1"})
    kept = home("audit", "verify")["kept"]
    assert home("audit", "recover", kept, "--reason", "to be sure", status=1).code == "state"
    home("audit", "recover", "nonsense", "--reason", "to be sure", status=2)
    home("audit", "recover", kept, status=2)
