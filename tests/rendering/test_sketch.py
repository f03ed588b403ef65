"""A sketch shows what a whole render shows, sooner; and a source is cut alike whether the lexer is asked or not."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateSyntaxError

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.rendering import pieces
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.processes.sketching import Scribe, Sketches
from restock_desk.rendering.sketch import Sketcher, cut, unsent
from restock_desk.rendering.starters import starters
from tests.rendering.samples import context, event, html, identity
from tests.rendering.test_press import SNIPPETS

EVENTS = (event(1), event(2, title="Wäsche <b> & Co", variant={"stock": None}))
UNKNOWN = ("{{ product.colour }}", "{% if nothing %}x{% endif %}", "{% with a = product.title %}{{ a }}{% endwith %}")


def same(draft: Draft, sketcher: Sketcher | None = None) -> None:
    """Sketch and render tell the same of everything but the parts a sketch leaves out."""
    data, who = context(*EVENTS), identity()
    whole = compile_template(draft).render(data, who, strict=False)
    found = (sketcher or Sketcher(data, who)).sketch(draft)
    assert found is not None
    sketch = unsent(*found, data, who)
    assert sketch is not None
    assert (sketch.html, sketch.subject, sketch.preheader) == (whole.html, whole.subject, whole.preheader)
    assert sketch.headers == whole.headers
    assert {p for p in sketch.problems if p.where == "source"} <= set(whole.problems)


@pytest.mark.parametrize(("name", "draft"), list(starters()), ids=[name for name, _ in starters()])
def test_every_starter_is_sketched_as_it_is_rendered(name: str, draft: Draft) -> None:
    same(draft)


@settings(max_examples=60)
@given(st.lists(st.sampled_from((*SNIPPETS, *UNKNOWN)), min_size=1, max_size=10))
def test_any_mixture_is_sketched_as_it_is_rendered(parts: list[str]) -> None:
    same(html("<html><body>" + "\n".join(parts) + "</body></html>", preheader="{{ product.title }}"))


def test_one_sketcher_follows_an_author_from_draft_to_draft() -> None:
    sketcher = Sketcher(context(*EVENTS), identity())
    draft = html("<html><body>" + "\n".join(SNIPPETS) + "<p>X</p></body></html>")
    for words in ("X", "Xa", "Xa {{ product.title }}", "", "{{ subscriber.nick }}"):
        same(replace(draft, source=draft.source.replace("<p>X</p>", f"<p>{words}</p>")), sketcher)


def test_what_only_a_whole_render_can_tell_is_left_to_it() -> None:
    sketcher = Sketcher(context(), identity())
    assert sketcher.sketch(html("<p>{% if %}</p>")) is None
    assert sketcher.sketch(html("{% set a = 1 %}<p>{{ a }}</p>")) is None
    assert sketcher.sketch(Draft(TemplateKind.MJML, "<mjml><mj-body>", "x")) is None
    assert sketcher.sketch(html("<p>{{ product.title + 1 }}</p>")) is None


def test_chunks_end_where_nothing_is_open() -> None:
    parts, _ = pieces.cut("a{{ b }}{% if c %}d{% for e in f %}{{ e }}{% endfor %}{% else %}g{% endif %}h", "source")
    chunks = cut(parts)
    assert chunks is not None
    assert ["".join(piece.text for piece in chunk) for chunk in chunks][2].startswith("{% if c %}d{% for")
    assert [len(chunk) for chunk in chunks] == [1, 1, 8, 1]


TOKENS = (
    "{{", "}}", "{%", "%}", "a", "'", '"', "\\", "{", "}", " ", "\n", "if x", "endif", "{{ a }}", "{% if a %}",
    "{# c #}", "-", "raw", "é", "[", "(", ")", "{'a':1}", "{{ '}}' }}", '{{ "{{" }}', "%", "#", "{%- b -%}",
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(st.sampled_from(TOKENS), max_size=14).map("".join))
def test_a_quick_cut_is_the_lexers_cut(source: str) -> None:
    quick = pieces._quick_cut(source)
    if quick is None:
        return
    try:
        slow = list(pieces._lexer_cut(source, "source"))
    except (TemplateSyntaxError, TemplateFault) as error:
        raise AssertionError(f"the lexer refuses {source!r}: {error}") from error
    assert list(pieces._joined(quick)) == list(pieces._joined(slow))


def test_ordinary_constructs_are_cut_quickly() -> None:
    source = "<p>{{ product.title|default('}') }}</p>\n{% if variant.stock < 5 %}{{ 'a' ~ \"b\" }}{% endif %}"
    assert pieces._quick_cut("<p>{{ product.title }}</p>\n{% if variant.stock < 5 %}x{% endif %}") is not None
    assert pieces.cut(source, "source")[1] == ()


def test_a_renderer_sketches_what_a_render_gives() -> None:
    data, who = context(*EVENTS), identity()
    scribe = Scribe()
    sketches = Sketches(data, who, scribe)
    for words in ("one", "two {{ subscriber.first_name }}", "three"):
        draft = html("<html><body>" + "\n".join(SNIPPETS) + f"<p>{words}</p></body></html>", "For {{ product.title }}")
        whole = compile_template(draft).render(data, who, strict=False)
        sketch = sketches.sketch(draft)
        assert sketch is not None
        assert (sketch.html, sketch.subject, sketch.headers) == (whole.html, whole.subject, whole.headers)
    assert sketches.sketch(html("{% if %}")) is None
    scribe.rest()
    assert sketches.sketch(html("<p>{{ product.title }}</p>")) is not None
    scribe.rest()


def test_a_bomb_in_a_sketch_is_left_to_the_whole_render_and_the_next_sketch_works() -> None:
    scribe = Scribe()
    sketches = Sketches(context(*EVENTS), identity(), scribe)
    loops = "{% for a in items %}" * 18 + "x" + "{% endfor %}" * 18
    assert sketches.sketch(html(f"<p>{loops}</p>")) is None
    assert sketches.sketch(html("<p>{{ product.title }}</p>")) is not None
    scribe.rest()


@pytest.mark.parametrize("top", ["", "\n" * 7])
def test_lines_are_the_authors_wherever_a_part_stands(top: str) -> None:
    """Parts are kept by what they say, so the second one runs the program of the first."""
    words = "<p>{{ product.colour }}</p>\n<a href='{{ nothing }}'>a</a>\n" * 2
    source = f"{top}<html><body>\n{words}</body></html>"
    data, who = context(*EVENTS), identity()
    whole = compile_template(html(source)).render(data, who, strict=False)
    found = Sketcher(data, who).sketch(html(source))
    assert found is not None
    lines = [len(top) + line for line in (2, 3, 4, 5)]
    assert [p.line for p in found[1]] == lines
    assert [p.line for p in whole.problems if p.where == "source"] == lines
    with pytest.raises(TemplateFault) as fault:
        compile_template(html(source.replace("{{ product.colour }}", "x", 1))).render(data, who)
    assert fault.value.line == lines[1]
