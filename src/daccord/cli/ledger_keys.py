"""``daccord ledger keygen`` and ``rotate``: the key that signs the log."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from daccord.cli.endings import could_not_run
from daccord.cli.ledger_place import (
    as_json_option,
    errors,
    key_options,
    ledger_options,
    passphrase_option,
    quiet_option,
    read_signer,
    whereabouts,
)
from daccord.server.folder import DEFAULT_FOLDER, LEDGER_KEY_FILE


@click.command()
@click.option("--name", required=True, help="The log's name: paper.example/_daccord/log.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    envvar="DACCORD_LEDGER_KEY",
    help=f"The new file; {LEDGER_KEY_FILE} in the folder otherwise.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    envvar="DACCORD_DATA",
    default=DEFAULT_FOLDER,
    show_default=True,
    help="The site's folder of data.",
)
@passphrase_option
@as_json_option
@quiet_option
def keygen(  # noqa: PLR0913 - the options of a command
    *,
    name: str,
    out: Path | None,
    data: Path,
    passphrase: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make the key that signs the log.

    Prints the public key. The name is the address that the log is served at, without https://.
    Nothing is ever written over.
    """
    from daccord.ledger.signing import make_key, read_passphrase  # noqa: PLC0415 - slow to load
    from daccord.merkle.notes import format_vkey  # noqa: PLC0415

    path = out or data / LEDGER_KEY_FILE
    with errors():
        secret = read_passphrase(passphrase) if passphrase else None
        vkey = format_vkey(make_key(path, name, passphrase=secret))
    click.echo(json.dumps({"key": vkey, "file": str(path)}) if as_json else vkey)
    if not quiet:
        click.echo(
            f"this is the public key: publish it, receipts are verified with it\n"
            f"the private key is in {path}: keep it to yourself, and a copy of it somewhere safe;\n"
            "lost, it cannot be made again, and nothing vouches for the key that comes after it",
            err=True,
        )


@click.command()
@ledger_options
@key_options
@as_json_option
@quiet_option
def rotate(  # noqa: PLR0913 - the options of a command
    *,
    ledger: str | None,
    data: Path,
    key_file: Path | None,
    passphrase: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Give the log a new key, and have the old one vouch for it.

    The new key comes into the log under a checkpoint that both sign. The new file takes the place
    of the old one, which stays beside it. Prints the new public key. A rotation that broke off is
    finished by the same command.
    """
    from daccord.ledger.rotation import (  # noqa: PLC0415 - slow to load
        hand_over,
        knows,
        make_or_find,
        rotate_file,
        waiting_file,
    )
    from daccord.ledger.signing import read_passphrase  # noqa: PLC0415
    from daccord.merkle.notes import format_vkey  # noqa: PLC0415

    path = key_file or data / LEDGER_KEY_FILE
    old = read_signer(path, data, passphrase)
    if old is None:
        could_not_run(f"daccord: there is no key at '{path}'")
    with whereabouts(ledger, data).store(old) as store:
        secret = read_passphrase(passphrase) if passphrase else None
        # With the old key: a log that does not take it refuses here, before there is a new one.
        # Later, no error says for certain that the new key is not in the log, and its file stays.
        store.merge()
        is_left_over = waiting_file(path).exists()
        new = make_or_find(path, old.name, passphrase=secret)
        if is_left_over and not knows(store, new):
            click.echo(
                f"the new key is the one in {waiting_file(path)}: an earlier rotation left it, and "
                "the log did not know it yet",
                err=True,
            )
        proof = hand_over(store, old, new)
        kept = rotate_file(path, new, old)
        proof_file = _write_proof(path, new.verifier.key_id, proof)
    vkey = format_vkey(new.verifier)
    if as_json:
        told = {"key": vkey, "file": str(path), "old_file": str(kept), "proof": str(proof_file)}
        click.echo(json.dumps(told))
    else:
        click.echo(vkey)
    if not quiet:
        click.echo(
            "start every server of the site anew, with this key's file; until then they sign with "
            "the old one\n"
            f"publish the public key, and {proof_file}: it shows a holder of the old public key "
            "that the old key vouches for it\n"
            f"the old key is in {kept}; it signs nothing any more, and receipts under it stay "
            "valid",
            err=True,
        )


def _write_proof(path: Path, key_id: int, proof: str) -> Path:
    file = path.with_name(f"{path.stem}-{key_id:08x}.tlog-proof")
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(proof)
    except OSError as error:
        could_not_run(f"daccord: the key is rotated, '{file}' not written: {error.strerror}")
    return file
