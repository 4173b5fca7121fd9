(() => {
  "use strict";
  const svgElement = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const dataOf = (figure) => {
    const script = figure.querySelector('script[type="application/json"]');
    return script ? JSON.parse(script.textContent) : null;
  };
  // Three digits, as the tables have them.
  const number = (v) => {
    const size = Math.abs(v);
    if (size === 0) return "0";
    if (size < 0.001) return "<0.001";
    const digits = Math.min(Math.max(2 - Math.floor(Math.log10(size)), 0), 3);
    return v.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  };
  const place = (v, scale) => scale === "nines" ? -Math.log10(Math.max(100 - v, 1e-9)) : scale === "log" ? Math.log10(v) : v;

  // Charts: a cursor with the values of every line where it stands.
  const followers = []; // the charts and graphs over the run's time, which move together
  const follow = (figure) => {
    const data = dataOf(figure), svg = figure.querySelector("svg"), plot = figure.querySelector(".plot");
    if (!data || !svg) return;
    const d = svg.dataset, left = +d.left, right = +d.right, low = place(+d.min, d.scale), high = place(+d.max, d.scale);
    const xs = data.lines.reduce((most, l) => l.x.length > most.length ? l.x : most, []);
    const cursor = svgElement("path"), tip = document.createElement("div");
    cursor.setAttribute("class", "cursor");
    tip.className = "tip";
    tip.hidden = true;
    svg.append(cursor);
    plot.append(tip);
    plot.tabIndex = 0;
    plot.setAttribute("role", "group");
    plot.setAttribute("aria-label", svg.getAttribute("aria-label") + " The arrow keys read its values.");
    let at = -1;

    const coordinate = (x) => left + (place(x, d.scale) - low) / (high - low) * (right - left);
    const nearest = (list, x) => {
      let best = -1, least = Infinity;
      list.forEach((v, i) => { const far = Math.abs(place(v, d.scale) - place(x, d.scale)); if (far < least) { least = far; best = i; } });
      return best;
    };
    const stand = (x) => {
      const c = coordinate(x);
      cursor.setAttribute("d", `M${c} ${d.top}V${d.bottom}`);
      return c;
    };
    const hide = () => { tip.hidden = true; cursor.setAttribute("d", ""); at = -1; };
    const show = (index) => {
      at = Math.min(Math.max(index, 0), xs.length - 1);
      const x = xs[at], c = stand(x);
      tip.replaceChildren();
      const head = document.createElement("b");
      head.textContent = data.time ? `${number(x)} s` : d.scale === "nines" ? `${+x.toFixed(4)} %` : `${number(x)} ${data.x}`;
      tip.append(head);
      let panel = "";
      for (const line of data.lines) {
        const i = nearest(line.x, x), y = i < 0 ? null : line.y[i];
        if (line.panel !== panel && data.lines.some((l) => l.panel !== line.panel)) {
          const title = document.createElement("div");
          title.textContent = panel = line.panel;
          title.style.color = "var(--muted)";
          tip.append(title);
        }
        const row = document.createElement("div"), dot = document.createElement("i");
        row.className = line.class;
        row.append(dot, `${line.name} ${y === null ? "–" : number(y)}`);
        tip.append(row);
      }
      tip.hidden = false;
      const drawn = svg.getBoundingClientRect(), scale = drawn.width / svg.viewBox.baseVal.width, px = c * scale;
      tip.style.top = `${+d.top * scale + 4}px`;
      tip.style.left = px + tip.offsetWidth + 24 > drawn.width ? `${px - tip.offsetWidth - 12}px` : `${px + 12}px`;
    };
    svg.addEventListener("pointermove", (e) => {
      const drawn = svg.getBoundingClientRect();
      const c = (e.clientX - drawn.left) / drawn.width * svg.viewBox.baseVal.width;
      let best = 0, least = Infinity;
      xs.forEach((x, i) => { const far = Math.abs(coordinate(x) - c); if (far < least) { least = far; best = i; } });
      if (c < left - 8 || c > right + 8) hide(); else show(best);
    });
    svg.addEventListener("pointerleave", hide);
    plot.addEventListener("blur", hide);
    plot.addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10 }[e.key];
      if (step) { show(at < 0 ? 0 : at + step); e.preventDefault(); }
      if (e.key === "Escape") hide();
    });
    if (data.time) followers.push((x) => { if (x === null) hide(); else stand(x); });
  };

  // The topology: its readings at one stretch of the run.
  const scrub = (figure) => {
    const data = dataOf(figure), svg = figure.querySelector("svg");
    if (!data || !svg) return;
    const tones = { p: "", g: "good", b: "bad", d: "doubt", m: "muted" };
    const parts = [];
    for (const [kind, frames] of [["node", data.nodes], ["edge", data.edges]]) {
      for (const g of svg.querySelectorAll(`[data-${kind}]`)) {
        const text = g.querySelector(".reading");
        if (text) parts.push({ g, text, frames, index: +g.dataset[kind], whole: text.textContent, classes: g.getAttribute("class") });
      }
    }
    const box = document.createElement("div"), label = document.createElement("label"), range = document.createElement("input");
    const output = document.createElement("output"), button = document.createElement("button");
    box.className = "scrubber";
    label.textContent = "Over time ";
    range.type = "range"; range.min = 0; range.max = data.names.length - 1; range.step = 1; range.value = 0;
    range.setAttribute("aria-label", "Moment of the run");
    output.textContent = "the whole run";
    button.type = "button"; button.textContent = "whole run";
    box.append(label, range, output, button);
    figure.querySelector(".plot").before(box);
    const show = (i) => {
      range.value = i;
      for (const p of parts) {
        const reading = p.frames[i][p.index];
        p.text.textContent = reading.slice(1);
        p.g.setAttribute("class", p.classes.replace(/ ?(good|bad|doubt|muted)/g, "").trim() + " " + tones[reading[0]]);
      }
      output.textContent = data.names[i];
      range.setAttribute("aria-valuetext", data.names[i]);
    };
    const reset = () => {
      for (const p of parts) { p.text.textContent = p.whole; p.g.setAttribute("class", p.classes); }
      output.textContent = "the whole run";
    };
    followers.push((x) => {
      if (x === null) return reset();
      show(data.at.reduce((best, at, i) => Math.abs(at - x) < Math.abs(data.at[best] - x) ? i : best, 0));
    });
    range.addEventListener("input", () => { const x = data.at[+range.value]; followers.forEach((to) => to(x)); });
    button.addEventListener("click", () => followers.forEach((to) => to(null)));
  };

  document.querySelectorAll("figure.chart").forEach(follow);
  document.querySelectorAll("figure.graph").forEach(scrub);
})();
