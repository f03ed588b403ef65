"""Hostile mails. Each tries to reach HOST/<its name> or to run a script that leaves its name on the root element."""

HEAD, BODY = (
    "<!doctype html><html><head>{}</head><body>text</body></html>",
    "<!doctype html><html><body>{}</body></html>",
)

_BODY_NETWORK = {
    "img": '<img src="{url}">',
    "img-upper": '<IMG SRC="{url}">',
    "img-protocol-relative": '<img src="{bare}">',
    "img-srcset": '<img srcset="{url} 1x, {url}-2 2x" src="data:,">',
    "img-lazy": '<img loading="lazy" src="{url}" width="1" height="1">',
    "picture": '<picture><source srcset="{url}"><img src="data:,"></picture>',
    "input-image": '<input type="image" src="{url}">',
    "table-background": '<table background="{url}"><tr><td>x</td></tr></table>',
    "body-background": '<table><tr><td background="{url}">x</td></tr></table>',
    "style-attribute": "<div style=\"background-image:url('{url}')\">x</div>",
    "style-unquoted": '<div style="background:url({url})">x</div>',
    "style-escaped": '<div style="background:u\\72l({url})">x</div>',
    "style-image-set": "<div style=\"background-image:image-set('{url}' 1x)\">x</div>",
    "style-list": '<ul style="list-style-image:url({url})"><li>x</li></ul>',
    "style-cursor": '<div style="cursor:url({url}),auto">x</div>',
    "style-content": "<style>p::before{{content:url({url})}}</style><p>x</p>",
    "style-mask": '<div style="-webkit-mask-image:url({url});mask-image:url({url})">x</div>',
    "style-border": '<div style="border:9px solid;border-image-source:url({url})">x</div>',
    "style-shape": '<div style="float:left;shape-outside:url({url})">x</div>',
    "style-filter": '<div style="filter:url({url}#f)">x</div>',
    "iframe": '<iframe src="{url}"></iframe>',
    "iframe-srcdoc": '<iframe srcdoc="&lt;img src={url}&gt;"></iframe>',
    "frame-nested": '<iframe srcdoc="&lt;iframe src={url}&gt;&lt;/iframe&gt;"></iframe>',
    "object": '<object data="{url}"></object>',
    "object-image": '<object type="image/png" data="{url}"></object>',
    "embed": '<embed src="{url}">',
    "video": '<video src="{url}" autoplay muted></video>',
    "video-poster": '<video poster="{url}"></video>',
    "video-source": '<video autoplay muted><source src="{url}"></video>',
    "video-track": '<video><track src="{url}" default></video>',
    "audio": '<audio src="{url}" preload="auto"></audio>',
    "svg-image": '<svg width="9" height="9"><image href="{url}" width="9" height="9"/></svg>',
    "svg-xlink": '<svg width="9" height="9"><image xlink:href="{url}" width="9" height="9"/></svg>',
    "svg-use": '<svg width="9" height="9"><use href="{url}#a"/></svg>',
    "svg-fe-image": '<svg><filter id="f"><feImage href="{url}"/></filter><rect filter="url(#f)"/></svg>',
    "svg-fill": '<svg width="9" height="9"><rect fill="url({url}#g)" width="9" height="9"/></svg>',
    "svg-style": "<svg><style>@import '{url}';</style></svg>",
    "form-submit": '<form action="{url}"><input name="q" autofocus><button id="go">go</button></form>',
    "body-link-stylesheet": '<link rel="stylesheet" href="{url}">',
    "template-shadow": '<div><template shadowrootmode="open"><img src="{url}"></template></div>',
}
_HEAD_NETWORK = {
    "css-import": "<style>@import url('{url}');</style>",
    "css-import-bare": "<style>@import '{url}';</style>",
    "css-font": "<style>@font-face{{font-family:f;src:url('{url}')}} body{{font-family:f}}</style>",
    "css-body": "<style>body{{background:url({url})}}</style>",
    "link-stylesheet": '<link rel="stylesheet" href="{url}">',
    "link-alternate": '<link rel="alternate stylesheet" href="{url}" title="x">',
    "link-icon": '<link rel="icon" href="{url}">',
    "link-preload": '<link rel="preload" as="image" href="{url}">',
    "link-prefetch": '<link rel="prefetch" href="{url}">',
    "link-modulepreload": '<link rel="modulepreload" href="{url}">',
    "link-preconnect": '<link rel="preconnect" href="{url}">',
    "link-dns-prefetch": '<link rel="dns-prefetch" href="{url}">',
    "link-manifest": '<link rel="manifest" href="{url}">',
    "link-prerender": '<link rel="prerender" href="{url}">',
    "base": '<base href="{url}/"><link rel="stylesheet" href="relative.css">',
    "meta-refresh": '<meta http-equiv="refresh" content="0;url={url}">',
    "meta-refresh-quoted": "<meta http-equiv=refresh content=\"0; URL='{url}'\">",
    "script-src": '<script src="{url}"></script>',
    "script-module": '<script type="module" src="{url}"></script>',
    "script-import": '<script type="module">import "{url}";</script>',
    "script-fetch": '<script>fetch("{url}", {{mode: "no-cors"}})</script>',
    "script-beacon": '<script>navigator.sendBeacon("{url}", "x")</script>',
    "script-websocket": '<script>new WebSocket("{url}".replace("http", "ws"))</script>',
    "script-worker": '<script>new Image().src = "{url}"</script>',
    "script-location": '<script>setTimeout(() => location.href = "{url}", 20)</script>',
    "speculation": '<script type="speculationrules">{{"prefetch":[{{"source":"list","urls":["{url}"]}}]}}</script>',
}
_RUN = "document.documentElement.dataset.ran='1'"
_SCRIPTS = {
    "plain": f"<script>{_RUN}</script>",
    "module": f'<script type="module">{_RUN}</script>',
    "mixed-case": f"<ScRiPt>{_RUN}</sCrIpT>",
    "onerror": f'<img src="data:," onerror="{_RUN}">',
    "onload-svg": f'<svg onload="{_RUN}"></svg>',
    "onload-style": f'<style onload="{_RUN}"></style>',
    "onload-body": f'<iframe onload="{_RUN}" srcdoc="x"></iframe>',
    "onfocus": f'<input onfocus="{_RUN}" autofocus>',
    "ontoggle": f'<details open ontoggle="{_RUN}"><summary>x</summary></details>',
    "onanimation": f'<style>@keyframes a{{}}</style><b style="animation:a 1ms" onanimationend="{_RUN}">x</b>',
    "onpageshow": f'<body onpageshow="{_RUN}">',
    "onscroll": f'<div onscroll="{_RUN}" style="height:9px;overflow:auto"><p style="height:99px" id="x">x</p></div>',
    "iframe-javascript": f'<iframe src="javascript:parent.{_RUN}"></iframe>',
    "iframe-srcdoc": f'<iframe srcdoc="&lt;script&gt;parent.{_RUN}&lt;/script&gt;"></iframe>',
    "iframe-data": f'<iframe src="data:text/html,<script>parent.{_RUN}</script>"></iframe>',
    "object-data": f'<object data="data:text/html,<script>parent.{_RUN}</script>"></object>',
    "embed-svg": f"<embed src=\"data:image/svg+xml,<svg onload='parent.{_RUN}'/>\">",
    "svg-script": f"<svg><script>{_RUN}</script></svg>",
    "svg-animate": f'<svg><animate onbegin="{_RUN}" attributeName="x" dur="1s"/></svg>',
    "math": f'<math><mtext><img src="data:," onerror="{_RUN}"></mtext></math>',
    "noscript": f'<noscript><p title="</noscript><img src=x onerror={_RUN}>"></noscript>',
    "meta-javascript": f'<meta http-equiv="refresh" content="0;url=javascript:{_RUN}">',
    "template": f"<template id=t><script>{_RUN}</script></template><script>document.body.append(t.content)</script>",
    "form-javascript": f'<form action="javascript:{_RUN}"><button autofocus>x</button></form>',
    "comment-break": f"<!--><script>{_RUN}</script>-->",
    "link-javascript": f'<a href="javascript:{_RUN}">x</a><script>document.querySelector("a").click()</script>',
    "base-script": f'<base href="javascript:/"><a href="/%0a{_RUN}">x</a><script>{_RUN}</script>',
}


def network(host: str) -> dict[str, str]:
    """Name → a mail that wants to fetch `host`/name. `host` is http://address:port."""

    def filled(name: str, frame: str, part: str) -> str:
        url = f"{host}/{name}"
        return frame.format(part.format(url=url, bare=url.removeprefix("http:")))

    return {
        **{name: filled(name, BODY, part) for name, part in _BODY_NETWORK.items()},
        **{name: filled(name, HEAD, part) for name, part in _HEAD_NETWORK.items()},
    }


def scripts() -> dict[str, str]:
    """Name → a mail that wants to set data-ran on its root element."""
    return {name: "<!doctype html><html><body>" + part + "</body></html>" for name, part in _SCRIPTS.items()}
