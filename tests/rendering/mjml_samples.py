"""MJML as other people write it, a sample for each part of the dialect. All of it made up for these tests."""

ATTRIBUTES = """<mjml>
  <mj-head>
    <mj-title>Back in stock: {{product_name}}</mj-title>
    <mj-preview>The boots you asked for</mj-preview>
    <mj-attributes>
      <mj-all font-family="Ubuntu, Helvetica, Arial, sans-serif" />
      <mj-text font-size="15px" color="#334155" line-height="22px" />
      <mj-class name="loud" color="#b91c1c" font-weight="bold" />
      <mj-button background-color="#0f766e" border-radius="4px" />
    </mj-attributes>
    <mj-font name="Ubuntu" href="https://fonts.example/ubuntu.css" />
  </mj-head>
  <mj-body width="640px" background-color="#eef">
    <mj-section background-color="#ffffff" padding="30px 0">
      <mj-column>
        <mj-text mj-class="loud" align="center">Hello {{ name }}</mj-text>
        <mj-text font-size="12px">Small print</mj-text>
        <mj-button href="https://shop.example/boots">Buy the boots</mj-button>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
ILL_FORMED = """<mjml><mj-body>
<mj-section><mj-column>
<mj-text align="left" align="right">Salt & pepper&nbsp;&copy; 2 < 3 <br> next <b>bold</mj-text>
<mj-image src="https://shop.example/a.png?x=1&y=2" alt=Boots width="120px">
<mj-text>Unclosed text
<mj-button href="https://shop.example/">Go</mj-button>
</mj-column></mj-section>
</mj-body></mjml>
"""
COLUMNS = """<mjml><mj-body>
<mj-section><mj-column width="33.33%"><mj-text>one</mj-text></mj-column><mj-column width="66.66%">
<mj-text>two</mj-text></mj-column></mj-section>
<mj-section><mj-group><mj-column width="200px"><mj-text>three</mj-text></mj-column><mj-column><mj-text>four</mj-text>
</mj-column></mj-group></mj-section>
<mj-section><mj-column><mj-text>a</mj-text></mj-column><mj-column><mj-text>b</mj-text></mj-column><mj-column>
<mj-text>c</mj-text></mj-column><mj-column><mj-text>d</mj-text></mj-column><mj-column><mj-text>e</mj-text></mj-column>
</mj-section></mj-body></mjml>
"""
WRAPPER = """<mjml><mj-body><mj-wrapper background-color="#112233" padding="10px 20px" border="1px solid #fff">
<mj-section><mj-column><mj-text color="white">top</mj-text></mj-column></mj-section>
<mj-section background-color="#445566"><mj-column><mj-text>bottom</mj-text></mj-column></mj-section>
</mj-wrapper></mj-body></mjml>
"""
HERO = """<mjml><mj-body><mj-hero mode="fixed-height" height="469px" background-width="600px" background-height="469px"
background-url="https://shop.example/hero.jpg" background-color="#2a3448" padding="100px 0px" vertical-align="middle">
<mj-text padding="20px" color="#ffffff" align="center" font-size="45px">Go to space</mj-text>
<mj-button href="https://shop.example/space" align="center">Order</mj-button></mj-hero></mj-body></mjml>
"""
NAVBAR = """<mjml><mj-body><mj-section><mj-column><mj-navbar base-url="https://shop.example" hamburger="hamburger">
<mj-navbar-link href="/new" color="#ff00ff">New in</mj-navbar-link><mj-navbar-link href="/sale">Sale</mj-navbar-link>
</mj-navbar></mj-column></mj-section></mj-body></mjml>
"""
SOCIAL = """<mjml><mj-body><mj-section><mj-column><mj-social icon-size="30px" mode="horizontal">
<mj-social-element name="facebook" href="https://facebook.example/shop">Facebook</mj-social-element>
<mj-social-element name="twitter-noshare" href="https://x.example/shop">X</mj-social-element>
<mj-social-element src="https://shop.example/icon.png" href="https://blog.example/">Blog</mj-social-element>
</mj-social></mj-column></mj-section></mj-body></mjml>
"""
FOLDED = """<mjml><mj-body><mj-section><mj-column><mj-accordion><mj-accordion-element>
<mj-accordion-title>Why so late?</mj-accordion-title><mj-accordion-text>The <b>mill</b> was closed.</mj-accordion-text>
</mj-accordion-element></mj-accordion><mj-carousel>
<mj-carousel-image src="https://shop.example/1.jpg" alt="First" href="https://shop.example/first" />
<mj-carousel-image src="https://shop.example/2.jpg" alt="Second" />
</mj-carousel></mj-column></mj-section></mj-body></mjml>
"""
TABLE = """<mjml><mj-body><mj-section><mj-column><mj-table><tr><th>Size</th><th>Left</th></tr>
<tr><td>Small</td><td>{{ variant.stock }}</td></tr></mj-table><mj-table><tr><td colspan="2">Wide</td></tr></mj-table>
</mj-column></mj-section></mj-body></mjml>
"""
STATEMENTS = """<mjml><mj-body>
<mj-raw>{% if variant.stock < 5 %}</mj-raw><mj-section><mj-column><mj-text>Hurry</mj-text></mj-column></mj-section>
<mj-raw>{% elif subscriber.attributes.tier == 'gold' %}</mj-raw>
<mj-section><mj-column><mj-text>For you first</mj-text></mj-column></mj-section>
<mj-raw>{% else %}</mj-raw><mj-section><mj-column><mj-text>No hurry</mj-text></mj-column></mj-section>
<mj-raw>{% endif %}</mj-raw>
<mj-raw>{% for item in items[:3] %}</mj-raw><mj-section><mj-column><mj-text>{{ item.product.title }}</mj-text>
<mj-button href="{{ item.links.product }}">See it</mj-button></mj-column></mj-section><mj-raw>{% endfor %}</mj-raw>
<mj-section><mj-column><mj-text>Before</mj-text><mj-raw>{% for item in items %}</mj-raw>
<mj-text>{{ item.variant.price }}</mj-text><mj-raw>{% endfor %}</mj-raw><mj-text>After</mj-text></mj-column>
</mj-section><mj-raw>{% if loop.cycle('a', 'b') %}</mj-raw>
<mj-section><mj-column><mj-text>Odd</mj-text></mj-column></mj-section><mj-raw>{% endif %}</mj-raw></mj-body></mjml>
"""
UNKNOWN = """<mjml><mj-head><mj-style>.x { color: red }</mj-style><mj-breakpoint width="320px" /></mj-head><mj-body>
<mj-chart src="https://charts.example/c.png">Sales</mj-chart><mj-section><mj-column><mj-qr>Code</mj-qr>
<mj-include path="./footer.mjml" /></mj-column></mj-section><mj-include path="./footer.mjml" />
<mj-raw><p>Loose <a href="https://shop.example/loose">words</a></p></mj-raw><mj-text>Homeless</mj-text></mj-body></mjml>
"""
TEXTS = """<mjml><mj-body><mj-section><mj-column><mj-text><h1 style="font-size:28px;text-align:center">Big news</h1>
<p>Dear <strong>friend</strong>, <em>look</em> at <a href="https://shop.example/x" style="color:#c2410c">this</a>.</p>
<p>Second<br/>line</p><ul><li>First</li><li>Second <b>one</b></li></ul><p>After</p></mj-text>
<mj-text align="center"><a href="https://shop.example/a">Home</a>&#xA0;&#xA0;<a href="https://shop.example/b">Sale</a>
</mj-text><mj-text><sup>1</sup> Only H<sub>2</sub>O</mj-text></mj-column></mj-section></mj-body></mjml>
"""
OLD = """<mj-body><mj-container width="500px" background-color="#d7dde5"><mj-section full-width="full-width"><mj-column>
<mj-text>[[HEADLINE]] for *|FNAME|*</mj-text><mj-social display="facebook google" facebook-href="https://fb.example/s"
/></mj-column></mj-section></mj-container></mj-body>
"""
ALL = {
    "attributes": ATTRIBUTES, "ill-formed": ILL_FORMED, "columns": COLUMNS, "wrapper": WRAPPER, "hero": HERO,
    "navbar": NAVBAR, "social": SOCIAL, "folded": FOLDED, "table": TABLE, "statements": STATEMENTS,
    "unknown": UNKNOWN, "texts": TEXTS, "old": OLD,
}  # fmt: skip
