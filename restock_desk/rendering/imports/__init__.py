"""Templates of another make as e-mail documents: MJML, HTML, other editors' JSON, merge tags of other systems.

Nothing is fetched and nothing is run. What no block can hold is kept as HTML, and everything is told line by line.
"""
