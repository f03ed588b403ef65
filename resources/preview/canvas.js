// What a person sees of the blocks while the mail is written: outlines, a tag with the kind, a line where a block drops.
// Runs in the application's own world, beside the mail, in a layer that no patch of the mail touches. It is asked; it
// tells nothing by itself. The mail's links do nothing here.
(() => {
  "use strict";
  if (window.deskCanvas) return true;
  const layer = document.createElement("div");
  layer.style.cssText = "all:initial;position:absolute;top:0;left:0;width:0;height:0;pointer-events:none;z-index:2147483647";
  const rules = document.createElement("style");
  document.documentElement.append(layer, rules);
  let kinds = {};
  let linked = [];
  let tones = { accent: "#3a57d0", on: "#ffffff", soft: "#8fa5ff", linked: "#8a3ffc" };
  let chosen = "";
  let hover = "";
  let drop = null;
  const MOST = 40;

  const idOf = (node) => {
    for (const name of node.classList ?? []) if (name.startsWith("b-") && name.slice(2) in kinds) return name.slice(2);
    return "";
  };
  // What a saved block holds bears the id of its place: only the outermost is meant.
  const outer = (id) => (node) => !linked.includes(id) || !node.parentElement?.closest(".b-" + id);
  const all = (id) =>
    id in kinds ? [...document.getElementsByClassName("b-" + id)].filter(outer(id)).slice(0, MOST) : [];
  const rect = (node) => {
    const box = node.getBoundingClientRect();
    return { top: box.top + scrollY, left: box.left + scrollX, width: box.width, height: box.height };
  };
  function chain(x, y) {
    const found = [];
    for (let node = document.elementFromPoint(x, y); node; node = node.parentElement) {
      const id = idOf(node);
      if (id && !found.some((one) => one[0] === id)) {
        const box = node.getBoundingClientRect();
        found.push([id, box.top, box.bottom, box.left, box.right]);
      }
    }
    return found;
  }
  function piece(css) {
    const made = document.createElement("div");
    made.style.cssText = "all:initial;position:absolute;pointer-events:none;box-sizing:border-box;" + css;
    layer.append(made);
    return made;
  }
  const tone = (id) => (linked.includes(id) ? tones.linked : tones.accent);
  // The pieces a block is made of, one below another, as one.
  function merged(nodes) {
    const found = [];
    for (const box of nodes.map(rect)) {
      const last = found[found.length - 1];
      const below = last && Math.abs(last.left - box.left) < 2 && Math.abs(last.width - box.width) < 2;
      if (below && Math.abs(last.top + last.height - box.top) < 2) last.height = box.top + box.height - last.top;
      else if (box.width || box.height) found.push(box);
    }
    return found;
  }
  function outline(box, css, words, color) {
    if (!box.width && !box.height) return;
    const at = "top:" + box.top + "px;left:" + box.left + "px;width:" + box.width + "px;height:" + box.height + "px;";
    piece(at + css);
    if (!words) return;
    const k = Math.max(1, (tones.ratio || 1) / devicePixelRatio); // a mail that is shown smaller has tags of one size
    const tall = 20 * k;
    const above = box.top >= tall;
    const tag = piece(
      "top:" + (above ? box.top - tall : box.top) + "px;left:" + box.left + "px;height:" + tall + "px;padding:0 " + 7 * k +
        "px;border-radius:" + (above ? "4px 4px 0 0" : "0 0 4px 0") + ";background:" + color + ";color:" + tones.on +
        ";font:600 " + 11 * k + "px/" + tall + "px sans-serif;white-space:nowrap"
    );
    tag.textContent = words;
  }
  function place() {
    layer.replaceChildren();
    for (const id of linked)
      for (const node of all(id)) {
        const box = rect(node);
        piece("top:" + box.top + "px;left:" + box.left + "px;width:3px;height:" + box.height + "px;background:" + tones.linked);
      }
    if (hover && hover !== chosen)
      merged(all(hover)).forEach((box, at) =>
        outline(box, "border:1px dashed " + tone(hover) + ";border-radius:2px",
          at || !linked.includes(hover) ? "" : kinds[hover], tone(hover)));
    merged(all(chosen)).forEach((box, at) =>
      outline(box, "border:2px solid " + tone(chosen) + ";border-radius:2px", at ? "" : kinds[chosen], tone(chosen)));
    if (drop) line();
  }
  function line() {
    const [id, where] = drop;
    const node = all(id)[0];
    const box = node ? rect(node) : { top: 0, left: 0, width: innerWidth, height: document.body.scrollHeight };
    if (where === "inside" && node)
      return outline(box, "border:2px solid " + tones.accent + ";background:" + tones.accent + "22", "");
    const top = where === "before" ? box.top : box.top + box.height;
    return piece(
      "top:" + Math.max(0, top - 2) + "px;left:" + box.left + "px;width:" + box.width + "px;height:4px;border-radius:2px;background:" + tones.accent
    );
  }
  document.addEventListener("mousemove", (event) => {
    const found = chain(event.clientX, event.clientY);
    const id = found.length ? found[0][0] : "";
    if (id !== hover) {
      hover = id;
      place();
    }
  });
  document.addEventListener("mouseleave", () => {
    hover = "";
    place();
  });
  for (const name of ["click", "auxclick", "submit"])
    document.addEventListener(name, (event) => event.preventDefault(), true);
  new ResizeObserver(place).observe(document.documentElement);
  addEventListener("resize", place);

  window.deskCanvas = {
    blocks(found, empty, colors, shown) {
      kinds = found;
      tones = colors;
      linked = shown;
      const at = (id) => (id ? ".b-" + id : "body");
      rules.textContent = empty
        .map((id) => at(id) + "{min-height:72px!important;outline:1px dashed " + tones.soft + ";outline-offset:-6px}" +
          at(id) + "::before{content:'Drop a block here';display:block;text-align:center;padding-top:26px;" +
          "font:13px/20px sans-serif;color:" + tones.soft + "}")
        .join("\n");
      place();
      return true;
    },
    choose(id, reveal) {
      chosen = id;
      place();
      const node = all(id)[0];
      if (node && reveal) {
        const box = node.getBoundingClientRect();
        if (box.bottom < 24 || box.top > innerHeight - 24) node.scrollIntoView({ block: "center" });
      }
      return Boolean(node);
    },
    hover(id) {
      hover = id;
      place();
      return true;
    },
    drop(id, where) {
      drop = where ? [id, where] : null;
      place();
      return true;
    },
    // As text: of an answer from a page only simple values arrive.
    chain: (x, y) => JSON.stringify(chain(x, y)),
    place() {
      place();
      return true;
    },
  };
  return true;
})();
