"""An e-mail as a tree of blocks: its schema, its text on disk, the operations that edit it, its history.

Standard library only. What a document looks like as MJML or HTML is made in `rendering.document`.
"""
