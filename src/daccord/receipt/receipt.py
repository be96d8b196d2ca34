"""A receipt: one small file that proves one consent to whoever has the log's public key.

1. A receipt is the record, its salt and a C2SP tlog-proof, each in its own spelling, in this order:

       daccord-receipt 1
       <the record: canonical JSON, one line>
       salt <base64 of 32 bytes>
       c2sp.org/tlog-proof@v1
       index 1234
       <base64 of a hash, 44 characters>, one line for each
       <an empty line>
       <the checkpoint: a signed note, with its cosignatures>

   From the fourth line to the end it is a tlog-proof that any reader of that format takes.
2. UTF-8, every line ended by a line feed. One spelling for each receipt: what `parse_receipt`
   takes is what `format_receipt` gives. For the same reason the signatures under the checkpoint
   stand in one order (`order_signatures`), and none of them twice.
3. A receipt that parses proves nothing yet: `daccord.receipt.check`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from daccord.consent.encoding import RECORD_BYTES_MAX, decode_record, encode_record
from daccord.errors import NoteRejected, ReceiptRejected, RecordRejected
from daccord.merkle.notes import (
    MAXIMUM_NOTE_BYTES,
    Note,
    format_note,
    format_signature,
    parse_note,
)
from daccord.merkle.spelling import decode_base64, encode_base64
from daccord.merkle.tlog_proof import TlogProof, format_tlog_proof, parse_tlog_proof
from daccord.receipt.commitment import SALT_BYTES

if TYPE_CHECKING:
    from daccord.consent.record import ConsentRecord

FIRST_LINE: Final = "daccord-receipt 1"
RECEIPT_BYTES_MAX: Final = RECORD_BYTES_MAX + MAXIMUM_NOTE_BYTES + 4_096
"""Limit: the largest record, the largest checkpoint, and 63 hashes of 45 bytes between them."""

_SALT: Final = "salt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One record, its salt, and the proof that the log holds the commitment to both."""

    record: ConsentRecord
    salt: bytes
    proof: TlogProof

    def __post_init__(self) -> None:
        """Raise ReceiptRejected for what would not be read back as the same receipt."""
        if len(self.salt) != SALT_BYTES:
            raise ReceiptRejected("a salt that is not 32 bytes")
        if self.proof.extra is not None:
            raise ReceiptRejected("the proof has an 'extra' line, which no receipt has")
        if order_signatures(self.proof.checkpoint) != self.proof.checkpoint:
            raise ReceiptRejected("the signatures are not in order, or one stands there twice")


def order_signatures(checkpoint: str) -> str:
    """Give a checkpoint with its signatures in the order of a receipt, each of them once.

    Those in the name of the log come first; within each half, lines go by their characters.
    Raises `NoteRejected` for text that is no signed note.
    """
    note = parse_note(checkpoint)
    origin = note.text.partition("\n")[0]
    lines = {each: (each.name != origin, format_signature(each)) for each in note.signatures}
    return format_note(Note(note.text, tuple(sorted(lines, key=lines.__getitem__))))


def format_receipt(receipt: Receipt) -> bytes:
    """Give the file of ``receipt``.

    Raises `RecordRejected` for a record that the grammar has no room for.
    """
    head = (
        FIRST_LINE,
        encode_record(receipt.record).decode("ascii"),
        f"{_SALT} {encode_base64(receipt.salt)}",
    )
    return ("\n".join(head) + "\n" + format_tlog_proof(receipt.proof)).encode()


def parse_receipt(raw: bytes) -> Receipt:
    """Read a receipt.

    Raises `ReceiptRejected`, whose reason names the part, for every sequence of bytes that is
    none, a second spelling among them; nothing else is ever raised.
    """
    if len(raw) > RECEIPT_BYTES_MAX:
        raise ReceiptRejected("the file is larger than a receipt can be")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise ReceiptRejected("the file is not UTF-8 text") from None
    lines = text.split("\n", 3)
    if lines[0] != FIRST_LINE:
        raise ReceiptRejected(f"the first line is not '{FIRST_LINE}'")
    if len(lines) < 4:
        raise ReceiptRejected("the file ends before its proof")
    receipt = Receipt(record=_record(lines[1]), salt=_salt(lines[2]), proof=_proof(lines[3]))
    if format_receipt(receipt) != raw:
        raise ReceiptRejected("the file is not written the one way a receipt is")
    return receipt


def _record(line: str) -> ConsentRecord:
    try:
        return decode_record(line.encode())
    except RecordRejected as error:
        raise ReceiptRejected(f"the second line is no record: {error.reason}") from None


def _salt(line: str) -> bytes:
    word, _, encoded = line.partition(" ")
    try:
        salt = decode_base64(encoded, length=SALT_BYTES)
    except NoteRejected:
        salt = b""
    if word != _SALT or not salt:
        raise ReceiptRejected("the third line is not 'salt' and the base64 of 32 bytes")
    return salt


def _proof(text: str) -> TlogProof:
    try:
        return parse_tlog_proof(text)
    except NoteRejected as error:
        raise ReceiptRejected(f"the proof is not readable: {error.reason}") from None
