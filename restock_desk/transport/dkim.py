"""DKIM signatures of our own, for mail servers that sign nothing: relaxed headers, simple body, by hand.

From, Subject, To and the List fields are signed once more than they occur, so that nobody can add another one. The
same mail and key give the same signature. A key is a secret named "dkim:SELECTOR@DOMAIN", a private key in PEM.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from restock_desk.domain.handover import Envelope, Handed, Receipt, Streaming, Transport
from restock_desk.errors import DeskError, WrongUse
from restock_desk.transport.signers import Signer

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Secrets = Callable[[str], str | None]
LEAST_BITS = 2_048
_SEALED = ("from", "subject", "to", "list-unsubscribe", "list-unsubscribe-post", "list-id", "reply-to")
_SIGNED = (*_SEALED, "date", "message-id", "mime-version", "content-type", "feedback-id")


def new_key(kind: str) -> str:
    """A private key in PEM: "rsa" (every receiver knows it) or "ed25519" (only beside an RSA one). A moment's work."""
    if kind not in ("rsa", "ed25519"):
        raise WrongUse("There is no such kind of key.", "Write rsa or ed25519.")
    key: Key = (
        ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else rsa.generate_private_key(65_537, LEAST_BITS)
    )
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode("ascii")


def loaded(pem: str) -> Key:
    """The key in a PEM text. DeskError when it is none that can sign here."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise DeskError(
            "The DKIM key cannot be read.", "It must be a private key in PEM, without a password."
        ) from error
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_BITS:
        return key
    raise DeskError("The DKIM key is too weak or of an unknown kind.", f"Use RSA of {LEAST_BITS} bits, or Ed25519.")


def dns_value(pem: str) -> str:
    """What the TXT record of the key must hold."""
    public = loaded(pem).public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return f"v=DKIM1; k=ed25519; p={b64encode(public.public_bytes_raw()).decode()}"
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(der).decode()}"


def signed(message: bytes, by: Signer, key: Key) -> bytes:
    """The message (CRLF line ends) with a signature in front."""
    head, _, body = message.partition(b"\r\n\r\n")
    fields = _fields(head)
    names = [name for name in _SIGNED for _ in range(len(fields.get(name, ())) + (name in _SEALED))]
    algorithm = "rsa-sha256" if isinstance(key, rsa.RSAPrivateKey) else "ed25519-sha256"
    tags = [
        f"v=1; a={algorithm}; c=relaxed/simple; d={by.domain}; s={by.selector};",
        *_lines("h=" + ":".join(names) + ";"),
        f"bh={b64encode(hashlib.sha256(_simple(body)).digest()).decode()};",
        "b=",
    ]
    unsigned = "DKIM-Signature: " + "\r\n\t".join(tags)
    data = b"".join(fields[name].pop() for name in names if fields.get(name))  # from the bottom up, as receivers read
    data += _relaxed(unsigned.encode()).removesuffix(b"\r\n")
    signature = b64encode(_signature(key, data)).decode()
    lines = [signature[start : start + 72] for start in range(0, len(signature), 72)]
    return (unsigned + "\r\n\t".join(lines) + "\r\n").encode("ascii") + message


class Signing:
    """A transport that signs each mail before it hands it on. Without its keys nothing leaves."""

    def __init__(self, url: str, inner: Transport, signers: Sequence[Signer], secret: Secrets) -> None:
        self.url, self.idempotent, self.batch = url, inner.idempotent, inner.batch
        self._inner, self._signers, self._secret = inner, signers, secret
        self._keys: list[tuple[Signer, Key]] = []

    def send(self, envelopes: list[Envelope]) -> list[Receipt]:
        try:
            return self._inner.send(self._sealed(envelopes))
        except DeskError as error:
            return _without_key(envelopes, error)

    def check(self) -> str:
        records = ", ".join(by.record for by, _ in self._ready())
        return f"{self._inner.check()} Mails are signed; the public key must stand at {records}."

    def close(self) -> None:
        self._inner.close()

    def _sealed(self, envelopes: list[Envelope]) -> list[Envelope]:
        """Each signed by all. DeskError when a key is not there or is none."""
        keys = self._ready()
        sealed = []
        for envelope in envelopes:
            message = envelope.message
            for by, key in keys:
                message = signed(message, by, key)
            sealed.append(replace(envelope, message=message))
        return sealed

    def _ready(self) -> list[tuple[Signer, Key]]:
        if not self._keys:
            found = [(by, self._secret(by.secret_name)) for by in self._signers]
            missing = [by.secret_name for by, pem in found if not pem]
            if missing:
                raise DeskError(f"There is no key named {missing[0]}.", "Make one with: restock-desk transports dkim.")
            self._keys = [(by, loaded(pem or "")) for by, pem in found]
        return self._keys


class StreamSigning(Signing):
    """The same before a transport that streams."""

    def __init__(self, url: str, inner: Transport, signers: Sequence[Signer], secret: Secrets) -> None:
        super().__init__(url, inner, signers, secret)
        assert isinstance(inner, Streaming)
        self._stream: Streaming = inner

    def begin(self, envelopes: list[Envelope], fresh_s: float) -> Future[list[Receipt]]:
        try:
            return self._stream.begin(self._sealed(envelopes), fresh_s)
        except DeskError as error:
            done: Future[list[Receipt]] = Future()
            done.set_result(_without_key(envelopes, error))
            return done

    def recall(self) -> None:
        self._stream.recall()


def signing(url: str, inner: Transport, signers: Sequence[Signer], secret: Secrets) -> Signing:
    """The transport, with each mail signed before it is handed on."""
    return (StreamSigning if isinstance(inner, Streaming) else Signing)(url, inner, signers, secret)


def _without_key(envelopes: list[Envelope], error: DeskError) -> list[Receipt]:
    return [Receipt(Handed.DEFERRED, "", error.message, ours=True)] * len(envelopes)


def _signature(key: Key, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(hashlib.sha256(data).digest())


def _fields(head: bytes) -> dict[str, list[bytes]]:
    """The header fields in relaxed form by their lower-case names, in order."""
    found: dict[str, list[bytes]] = {}
    for field in re.split(rb"\r\n(?![ \t])", head):
        found.setdefault(field.partition(b":")[0].strip().lower().decode("ascii", "replace"), []).append(
            _relaxed(field)
        )
    return found


def _relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.strip().lower() + b":" + value + b"\r\n"


def _simple(body: bytes) -> bytes:
    """The body with one line end at its end and no empty line before it."""
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end] + b"\r\n"


def _lines(text: str) -> list[str]:
    """A list of names, broken after colons."""
    lines, line = [], ""
    for name in re.findall(r"[^:]+:?", text):
        if line and len(line) + len(name) > 72:
            lines.append(line)
            line = ""
        line += name
    return [*lines, line]
