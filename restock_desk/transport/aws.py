"""Amazon's signature, version 4, for a call with a body that is known as a whole."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"


def signed(
    method: str, url: str, headers: Mapping[str, str], body: bytes, user: str, secret: str, region: str, service: str,
    now: datetime,
) -> dict[str, str]:  # fmt: skip
    """The headers with Host, X-Amz-Date and Authorization added. `user` is the access key's id."""
    parts = urlsplit(url)
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    whole = {**headers, "Host": parts.netloc, "X-Amz-Date": stamp}
    plain = {name.lower(): " ".join(value.split()) for name, value in whole.items()}
    names = ";".join(sorted(plain))
    lines = [method, parts.path or "/", parts.query, *(f"{name}:{plain[name]}" for name in sorted(plain)), "", names]
    canonical = "\n".join([*lines, hashlib.sha256(body).hexdigest()])
    to_sign = "\n".join([ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + secret.encode()
    for step in (stamp[:8], region, service, "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    whole["Authorization"] = f"{ALGORITHM} Credential={user}/{scope}, SignedHeaders={names}, Signature={signature}"
    return whole
