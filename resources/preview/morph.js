// Brings the shown mail to a new one without loading a page: only nodes that differ are touched, so the place the
// reader scrolled to stays. Runs in the application's own world; the mail's world has no scripts at all.
(() => {
  "use strict";
  // Second line of defence behind the request interceptor: what no mail program runs or follows.
  const INERT = "script,base,link,meta[http-equiv],iframe,frame,frameset,object,embed,applet,portal,fencedframe";
  const MEDIA = "video,audio";
  // A phone draws no scroll bar beside the page; a desktop one is kept slim.
  const hidden = new CSSStyleSheet();
  hidden.replaceSync("::-webkit-scrollbar{display:none}");
  const slim = new CSSStyleSheet();
  slim.replaceSync(
    "html::-webkit-scrollbar{width:10px;height:10px;background:transparent}" +
      "html::-webkit-scrollbar-thumb{background:#a8afbb;border-radius:5px;border:2px solid transparent;background-clip:padding-box}"
  );

  // Pictures off, as mail programs show it: their words in a frame as wide as the picture, nothing where there are none.
  const FRAME = "display:inline-block;box-sizing:border-box;max-width:100%;min-height:32px;padding:6px 8px;overflow:hidden;" +
    "border:1px solid #9aa3b2;white-space:normal;text-decoration:inherit;height:auto";
  function unload(img) {
    const words = img.getAttribute("alt");
    const box = img.ownerDocument.createElement("span");
    for (const name of ["class", "style", "title", "id"]) if (img.hasAttribute(name)) box.setAttribute(name, img.getAttribute(name));
    const width = parseInt(img.getAttribute("width"), 10);
    const wide = width && !/(^|;)\s*width\s*:/i.test(box.getAttribute("style") || "") ? ";width:" + width + "px" : "";
    const look = words === "" ? "display:inline-block;visibility:hidden;height:1px" : FRAME;
    box.setAttribute("style", (box.getAttribute("style") || "") + wide + ";" + look);
    box.setAttribute("role", "img");
    box.textContent = words || "";
    img.replaceWith(box);
  }

  let mode = { scheme: "light", images: true };
  const kept = (url) => (mode.images ? /^\s*(data:|#)/i : /^\s*#/).test(url);
  const ours = (url, alt) =>
    mode.images ? "cid:" + encodeURIComponent(url.trim()) + "/" + encodeURIComponent((alt || "").slice(0, 200)) : "cid:off";

  function css(text) {
    const scheme = mode.scheme;
    const other = scheme === "dark" ? "light" : "dark";
    return text
      .replace(/@import\b[^;]*;?/gi, "")
      .replace(new RegExp("\\(\\s*prefers-color-scheme\\s*:\\s*" + scheme + "\\s*\\)", "gi"), "(min-width:0px)")
      .replace(new RegExp("\\(\\s*prefers-color-scheme\\s*:\\s*" + other + "\\s*\\)", "gi"), "(max-width:0px)")
      .replace(/(^|[\s;{])(color-scheme\s*:)[^;}]*/gi, "$1$2" + scheme)
      .replace(/url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)/gi, (whole, a, b, c) => {
        const url = a ?? b ?? c ?? "";
        return kept(url) ? whole : 'url("' + ours(url) + '")';
      });
  }

  function disarm(doc) {
    for (const node of doc.querySelectorAll(INERT)) node.remove();
    for (const node of doc.querySelectorAll(MEDIA)) node.replaceWith(...node.childNodes);
    for (const node of doc.querySelectorAll("picture source,source,track")) node.remove();
    if (!mode.images) for (const node of doc.querySelectorAll("img")) unload(node);
    for (const node of doc.querySelectorAll("*")) {
      for (const { name, value } of [...node.attributes]) {
        const low = name.toLowerCase();
        if (low.startsWith("on") || ["action", "formaction", "srcset", "ping", "poster", "imagesrcset", "srcdoc"].includes(low))
          node.removeAttribute(name);
        else if (low === "style") {
          const safe = css(value);
          if (safe !== value) node.setAttribute(name, safe);
        } else if (low === "background" || low === "src") {
          if (!kept(value)) node.setAttribute(name, ours(value, node.getAttribute("alt")));
        } else if (/^(xlink:)?href$/.test(low) && !/^a(rea)?$/i.test(node.localName)) {
          if (!kept(value)) node.removeAttribute(name);
        }
      }
      if (node.localName === "style") {
        const safe = css(node.textContent);
        if (safe !== node.textContent) node.textContent = safe;
      }
    }
    for (const meta of doc.querySelectorAll("meta[name*='color-scheme' i]")) meta.setAttribute("content", mode.scheme);
  }

  function copyAttributes(old, next) {
    for (const { name } of [...old.attributes]) if (!next.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of next.attributes)
      if (old.getAttribute(name) !== value) {
        try { old.setAttribute(name, value); } catch { /* a name the parser takes and the API does not */ }
      }
  }

  function become(old, next) {
    if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) {
      old.replaceWith(document.adoptNode(next));
    } else if (old.nodeType === Node.ELEMENT_NODE) {
      copyAttributes(old, next);
      children(old, next);
    } else if (old.nodeValue !== next.nodeValue) {
      old.nodeValue = next.nodeValue;
    }
  }

  // Equal children at both ends are left alone; what lies between is paired in order, the surplus removed or added.
  function children(old, next) {
    const was = [...old.childNodes];
    const will = [...next.childNodes];
    let head = 0;
    while (head < was.length && head < will.length && was[head].isEqualNode(will[head])) head += 1;
    let oldEnd = was.length;
    let newEnd = will.length;
    while (oldEnd > head && newEnd > head && was[oldEnd - 1].isEqualNode(will[newEnd - 1])) {
      oldEnd -= 1;
      newEnd -= 1;
    }
    const after = was[oldEnd] ?? null;
    const pairs = Math.min(oldEnd, newEnd);
    for (let i = head; i < pairs; i += 1) become(was[i], will[i]);
    for (let i = pairs; i < oldEnd; i += 1) was[i].remove();
    for (let i = pairs; i < newEnd; i += 1) old.insertBefore(document.adoptNode(will[i]), after);
  }

  // One element that has changed inside, with the same elements in it. False where the page is not what the caller
  // believes it to be: then the whole mail follows.
  window.deskSplice = (name, number, count, was, now) => {
    const all = document.getElementsByTagName(name);
    const one = (html) => {
      const made = document.createElement("template");
      made.innerHTML = html;
      disarm(made.content);
      return made.content.childNodes.length === 1 ? made.content.firstChild : null;
    };
    const [live, old, next] = [all[number], one(was), one(now)];
    if (all.length !== count || !old || !next || !live.isEqualNode(old)) return false;
    become(live, next);
    return true;
  };

  window.deskShow = (html, look, touch, images) => {
    mode = { scheme: look === "dark" ? "dark" : "light", images };
    const next = new DOMParser().parseFromString(html, "text/html");
    disarm(next);
    if (look === "dark") for (const name of ["data-ogsc", "data-ogsb"]) next.documentElement.setAttribute(name, "");
    if (!next.body) next.documentElement.append(next.createElement("body"));
    document.adoptedStyleSheets = [touch ? hidden : slim];
    copyAttributes(document.documentElement, next.documentElement);
    become(document.head, next.head);
    become(document.body, next.body);
    return document.body.childNodes.length;
  };
  return 1;
})();
