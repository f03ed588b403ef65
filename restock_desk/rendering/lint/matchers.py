"""Which tokens of HTML and CSS mean which feature of the client table. A token is a kind and a name: `prop:gap`.

The table is written by hand: a feature's title is never read. Every feature has tokens here or a reason why not.
"""

_SIDES = ("top", "right", "bottom", "left")


def _each(kind: str, words: str) -> frozenset[str]:
    return frozenset(f"{kind}:{word}" for word in words.split())


_PROPERTIES = """
accent-color align-items aspect-ratio backdrop-filter background-blend-mode background-clip background-color
background-image background-origin background-position background-repeat background-size background border-collapse
border-image border-spacing box-shadow box-sizing caption-side clear clip-path color-scheme column-count cursor
direction display empty-cells filter float font-kerning font-size-adjust font-size font-stretch font-weight font
height hyphenate-character hyphenate-limit-chars hyphens inline-size justify-content letter-spacing line-height
list-style-image list-style-position list-style-type list-style mask-image max-block-size max-height max-inline-size
max-width min-block-size min-height min-inline-size min-width mix-blend-mode object-fit object-position opacity orphans
outline-offset overflow-wrap position resize shape-margin shape-outside tab-size table-layout text-align-last text-align
text-decoration-color text-decoration-line text-decoration-skip-ink text-decoration-style text-decoration-thickness
text-decoration text-emphasis-position text-indent text-justify text-orientation text-overflow text-shadow
text-transform text-underline-offset text-underline-position text-wrap user-select vertical-align visibility
white-space-collapse white-space widows width word-break word-spacing word-wrap writing-mode z-index
"""
"""Features that are one property of the same name."""
_FAMILIES = {
    "css-animation": "animation animation-name animation-duration animation-delay animation-timing-function "
    "animation-iteration-count animation-direction animation-fill-mode animation-play-state",
    "css-block-inline-size": "block-size inline-size",
    "css-border-inline-block-individual": "border-block-start border-block-end border-inline-start border-inline-end",
    "css-border-inline-block-longhand": "border-block-color border-block-style border-block-width border-inline-color "
    "border-inline-style border-inline-width",
    "css-border-inline-block": "border-inline border-block",
    "css-border-radius-logical": "border-start-start-radius border-start-end-radius border-end-start-radius "
    "border-end-end-radius",
    "css-border-radius": "border-radius border-top-left-radius border-top-right-radius border-bottom-left-radius "
    "border-bottom-right-radius",
    "css-border": "border border-color border-style border-width "
    + " ".join(f"border-{s} border-{s}-color border-{s}-style border-{s}-width" for s in _SIDES),
    "css-column-layout-properties": "columns column-fill column-rule column-rule-color column-rule-style "
    "column-rule-width column-span column-width column-count",
    "css-gap": "gap column-gap row-gap",
    "css-grid-template": "grid-template grid-template-areas grid-template-columns grid-template-rows",
    "css-inset": "inset",
    "css-left-right-top-bottom": "left right top bottom",
    "css-margin-block-start-end": "margin-block-start margin-block-end",
    "css-margin-inline-block": "margin-inline margin-block",
    "css-margin-inline-start-end": "margin-inline-start margin-inline-end",
    "css-margin": "margin " + " ".join(f"margin-{s}" for s in _SIDES),
    "css-outline": "outline outline-color outline-style outline-width",
    "css-overflow": "overflow overflow-x overflow-y",
    "css-padding-block-start-end": "padding-block-start padding-block-end",
    "css-padding-inline-block": "padding-inline padding-block",
    "css-padding-inline-start-end": "padding-inline-start padding-inline-end",
    "css-padding": "padding " + " ".join(f"padding-{s}" for s in _SIDES),
    "css-scroll-snap": "scroll-snap-type scroll-snap-align scroll-snap-stop",
    "css-text-emphasis": "text-emphasis text-emphasis-style text-emphasis-color",
    "css-transform": "transform transform-origin transform-style",
    "css-transition": "transition transition-property transition-duration transition-delay transition-timing-function",
}
_UNITS = "calc ch cm em ex in mm pc pt px rem vh vmax vmin vw"
_PSEUDO = """active checked default first-child first-of-type focus-visible focus-within focus has hover lang last-child
last-of-type link not nth-child nth-last-child nth-last-of-type nth-of-type only-child only-of-type target visited"""
_PSEUDO_ELEMENTS = "after before first-letter first-line marker placeholder"
_SELECTORS = """adjacent-sibling attribute chaining child class descendant general-sibling grouping id type universal"""
_ELEMENTS = """abbr acronym address audio base bdi blockquote body code del dfn dialog div form hr img link
marquee meter
object p picture pre progress rp rt ruby select small span strike strong style svg table textarea video wbr"""
_ATTRIBUTES = """align aria-describedby aria-hidden aria-label aria-labelledby aria-live background cellpadding
cellspacing dir height hidden lang popover required role target valign width"""
_IMAGES = "apng avif bmp gif heif ico jpg mp4 png svg tiff webp base64"
_OTHERS: dict[str, frozenset[str]] = {
    "amp": frozenset({"attr:⚡4email", "attr:amp4email"}),
    "css-at-font-face": frozenset({"at:font-face"}),
    "css-at-import": frozenset({"at:import"}),
    "css-at-keyframes": _each("at", "keyframes -webkit-keyframes -moz-keyframes"),
    "css-at-media-device-pixel-ratio": _each(
        "media",
        "-webkit-device-pixel-ratio -webkit-min-device-pixel-ratio -webkit-max-device-pixel-ratio device-pixel-ratio",
    ),
    "css-at-media-hover": _each("media", "hover any-hover"),
    "css-at-media-orientation": frozenset({"media:orientation"}),
    "css-at-media-prefers-color-scheme": frozenset({"media:prefers-color-scheme"}),
    "css-at-media-prefers-reduced-motion": frozenset({"media:prefers-reduced-motion"}),
    "css-at-media": frozenset({"at:media"}),
    "css-at-supports": frozenset({"at:supports"}),
    "css-comments": frozenset({"comment:css"}),
    "css-conic-gradient": _each("fn", "conic-gradient repeating-conic-gradient"),
    "css-display-flex": _each("display", "flex inline-flex"),
    "css-display-grid": _each("display", "grid inline-grid"),
    "css-display-none": frozenset({"display:none"}),
    "css-flex-direction": frozenset({"prop:flex-direction", "prop:flex-flow"}),
    "css-flex-wrap": frozenset({"prop:flex-wrap", "prop:flex-flow"}),
    "css-function-clamp": frozenset({"fn:clamp"}),
    "css-function-light-dark": frozenset({"fn:light-dark"}),
    "css-function-max": frozenset({"fn:max"}),
    "css-function-min": frozenset({"fn:min"}),
    "css-important": frozenset({"word:!important"}),
    "css-inert-attribute": frozenset({"attr:inert", "prop:interactivity"}),
    "css-intrinsic-size": _each("word", "fit-content min-content max-content") | frozenset({"fn:fit-content"}),
    "css-linear-gradient": _each("fn", "linear-gradient repeating-linear-gradient -webkit-linear-gradient"),
    "css-modern-color": _each("fn", "lch oklch lab oklab"),
    "css-nesting": frozenset({"sel:nesting"}),
    "css-radial-gradient": _each("fn", "radial-gradient repeating-radial-gradient -webkit-radial-gradient"),
    "css-rgb": frozenset({"fn:rgb"}),
    "css-rgba": frozenset({"fn:rgba"}),
    "css-sytem-ui": _each("word", "system-ui ui-serif ui-sans-serif ui-rounded ui-monospace"),
    "css-unit-initial": frozenset({"word:initial"}),
    "css-unit-percent": frozenset({"unit:%"}),
    "css-variables": frozenset({"fn:var", "prop:--"}),
    "html-anchor-links": frozenset({"link:anchor"}),
    "html-button-reset": frozenset({"button:reset"}),
    "html-button-submit": frozenset({"button:submit"}),
    "html-comments": frozenset({"comment:html"}),
    "html-doctype": frozenset({"doctype:html5"}),
    "html-h1-h6": _each("el", "h1 h2 h3 h4 h5 h6"),
    "html-image-maps": frozenset({"el:map", "attr:usemap"}),
    "html-input-checkbox": frozenset({"input:checkbox"}),
    "html-input-hidden": frozenset({"input:hidden"}),
    "html-input-radio": frozenset({"input:radio"}),
    "html-input-reset": frozenset({"input:reset"}),
    "html-input-submit": frozenset({"input:submit"}),
    "html-input-text": frozenset({"input:text"}),
    "html-loading-attribute": frozenset({"attr:loading"}),
    "html-lists": _each("el", "ul ol dl"),
    "html-mailto-links": frozenset({"link:mailto"}),
    "html-meta-color-scheme": frozenset({"meta:color-scheme"}),
    "html-semantics": _each(
        "el", "article aside details figcaption figure footer header main mark nav section summary time"
    ),
    "html-srcset": _each("attr", "srcset sizes"),
}
UNDETECTABLE = {
    "bimi": "It is a record of the sender's domain; nothing in the mail shows it.",
    "image-hdr": "Only the picture's own bytes tell, and they are not in the mail.",
}
"""Features that cannot be seen in a mail, with the reason."""
MATCHERS: dict[str, frozenset[str]] = {
    **{f"css-{name}": frozenset({f"prop:{name}"}) for name in _PROPERTIES.split()},
    **{slug: _each("prop", words) for slug, words in _FAMILIES.items()},
    **{f"css-unit-{name}": frozenset({"fn:calc" if name == "calc" else f"unit:{name}"}) for name in _UNITS.split()},
    **{f"css-pseudo-class-{name}": frozenset({f"pseudo:{name}"}) for name in _PSEUDO.split()},
    **{f"css-pseudo-element-{name}": frozenset({f"pseudo:{name}"}) for name in _PSEUDO_ELEMENTS.split()},
    **{f"css-selector-{name}": frozenset({f"sel:{name}"}) for name in _SELECTORS.split()},
    **{f"html-{name}": frozenset({f"el:{name}"}) for name in _ELEMENTS.split()},
    **{f"html-{name}": frozenset({f"attr:{name}"}) for name in _ATTRIBUTES.split()},
    **{f"image-{name}": frozenset({f"img:{name}"}) for name in _IMAGES.split()},
    **_OTHERS,
}
_HARMLESS_CSS = """at-import text-transform accent-color animation at-keyframes at-font-face at-media-hover
at-media-prefers-color-scheme at-media
at-media-prefers-reduced-motion at-media-orientation at-media-device-pixel-ratio at-supports border-radius
backdrop-filter box-shadow box-sizing caption-side color-scheme comments cursor empty-cells filter font-kerning
font-stretch hyphenate-character hyphenate-limit-chars hyphens important letter-spacing linear-gradient
max-width min-width max-height mix-blend-mode object-fit object-position opacity orphans outline-offset outline
overflow-wrap overflow resize scroll-snap shape-margin shape-outside sytem-ui tab-size table-layout
text-align-last text-decoration-color text-decoration-line text-decoration-skip-ink text-decoration-style
text-decoration-thickness text-emphasis text-emphasis-position text-justify text-overflow text-shadow
text-underline-offset text-underline-position text-wrap transition user-select unit-initial vertical-align
white-space widows word-break word-spacing word-wrap font-size-adjust min-height display-none"""
_HARMLESS_HTML = """abbr acronym address aria-describedby aria-hidden aria-label aria-labelledby aria-live bdi
blockquote body code
comments del dfn dir doctype lang loading-attribute role semantics small span strong style target wbr p div link hr
meta-color-scheme srcset picture required rp rt ruby h1-h6 lists pre cellpadding cellspacing"""
HARMLESS = frozenset(
    (
        *(f"css-{name}" for name in _HARMLESS_CSS.split()),
        *(f"html-{name}" for name in _HARMLESS_HTML.split()),
        *(f"css-pseudo-class-{name}" for name in _PSEUDO.split()),
        *(f"css-pseudo-element-{name}" for name in _PSEUDO_ELEMENTS.split()),
    )
)
"""What nobody misses where it is missing: corners, shadows, effects, wishes. Told, but never as a warning."""
_UNAVOIDABLE = """css-font-size css-font-weight css-text-align css-text-decoration css-background css-background-color
css-margin css-padding css-border css-width css-height css-color-scheme
css-at-media-prefers-color-scheme
css-comments css-important html-body html-style html-doctype html-lang html-dir html-role html-meta-color-scheme
html-aria-hidden html-aria-label html-p html-div html-table html-span html-strong html-h1-h6 html-img html-link
html-target html-comments css-font css-line-height css-selector-class css-selector-type css-selector-descendant
css-selector-grouping html-valign html-align html-width html-height html-cellpadding html-cellspacing
css-at-media css-unit-px css-unit-percent css-display html-mailto-links css-vertical-align"""
UNAVOIDABLE = frozenset(_UNAVOIDABLE.split())
"""What every mail is made of, or should have for those who can use it: telling it would help nobody."""
