"""From what an author wrote to the bytes of one mail: shield, MJML, CSS inlining, Jinja sandbox, MIME, lint.

The only place of Jinja, MJML, css-inline and selectolax. Pure: no database, no network, no clock of its own.
"""
