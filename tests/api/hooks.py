"""How schemathesis sends what it does not know itself."""

import schemathesis


@schemathesis.serializer("message/rfc822")
def mail(context, value):
    """A mail is bytes: whatever was made up stands in its text."""
    if isinstance(value, bytes):
        return value
    return f"From: reporter@example.net\r\nSubject: report\r\n\r\n{value}".encode("utf-8", "surrogateescape")
