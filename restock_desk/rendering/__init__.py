"""From what an author wrote to the bytes of one mail: shield, MJML, CSS inlining, Jinja sandbox, MIME, lint.

The only place of Jinja, MJML, css-inline and selectolax. Pure: no database, no network, no clock of its own.

    compiled = compile.compile_template(draft)            # once per template; problems, never an exception
    compiled.to_json(), CompiledTemplate.from_json(data)  # what a campaign freezes
    compiled.render(context, identity)                    # once per person; TemplateFault says why not
    compiled.render(context, identity, strict=False)      # as a preview: marks what is missing, tells problems
    compiled.link_target(number, context)                 # where a counted link leads
    lint.check(draft)                                     # all that can be said before anybody's data
"""
