"""From an e-mail document to MJML with Jinja: blocks, brand, conditions, and the plain text from the same tree.

drafts.draft_of(document)             # what a version keeps
drafts.to_draft(draft, dress)         # the MJML that makes the same mail: a document turned into source
assembly.compiled(draft, dress)       # what compile.compile_template does with a document's draft
"""
