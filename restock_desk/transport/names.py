"""A display name with its address, as interfaces want it that take one text for both."""


def mailbox(name: str, address: str) -> str:
    """`"Name" <address>`; quotes and backslashes escaped, everything else as it is: they encode it themselves."""
    if not name:
        return address
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{address}>'
