"use strict";

/** Line charts as inline SVG. Everything is drawn from numbers; no text of others becomes markup. */
const Chart = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const LEFT = 44, RIGHT = 10, TOP = 8, BOTTOM = 22;

  function node(name, attributes, text) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  /** Round numbers that divide [low, high] into about `count` parts. */
  function ticks(low, high, count) {
    const span = high - low || Math.abs(high) || 1;
    const raw = span / count;
    const power = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw) || power * 10;
    const found = [];
    for (let t = Math.ceil(low / step) * step; t <= high + step * 1e-6; t += step) {
      found.push(Math.abs(t) < step * 1e-6 ? 0 : t);
    }
    return found;
  }

  function short(value) {
    if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(0);
    if (Math.abs(value) >= 10000) return Math.round(value / 1000) + "k";
    return String(Number(value.toPrecision(3)));
  }

  /**
   * Draws anew.
   * lines: [{x: [...], y: [...], tone: 0..6, marks: true?}]; options: {width, height, low, xLabel}
   */
  function draw(svg, lines, options) {
    const { width, height } = options;
    const xs = lines.flatMap((l) => l.x);
    const ys = lines.flatMap((l) => l.y);
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    if (xs.length === 0) return;
    const xLow = options.xLow !== undefined ? options.xLow : Math.min(...xs);
    const xHigh = Math.max(...xs, xLow + 1e-9);
    const yLow = Math.min(options.low !== undefined ? options.low : Infinity, ...ys);
    const yTop = Math.max(...ys, yLow + 1e-9);
    const yHigh = yTop + (yTop - yLow) * 0.04;
    const px = (x) => LEFT + ((x - xLow) / (xHigh - xLow)) * (width - LEFT - RIGHT);
    const py = (y) => TOP + (1 - (y - yLow) / (yHigh - yLow)) * (height - TOP - BOTTOM);

    for (const t of ticks(yLow, yHigh, 4)) {
      svg.append(node("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: py(t), y2: py(t) }));
      svg.append(node("text", { x: LEFT - 6, y: py(t) + 4, "text-anchor": "end" }, short(t)));
    }
    for (const t of ticks(xLow, xHigh, Math.max(2, Math.floor(width / 110)))) {
      const anchor = px(t) > width - 30 ? "end" : px(t) < LEFT + 8 ? "start" : "middle";
      svg.append(node("text", { x: px(t), y: height - 6, "text-anchor": anchor },
        short(t) + (t === 0 || xLow === t ? " " + options.xLabel : "")));
    }
    for (const line of lines) {
      const points = line.x.map((x, i) => `${px(x).toFixed(1)},${py(line.y[i]).toFixed(1)}`);
      if (points.length > 1) {
        svg.append(node("polyline", { class: `curve c${line.tone}`, points: points.join(" ") }));
      }
      if (line.marks || points.length === 1) {
        line.x.forEach((x, i) =>
          svg.append(node("circle", { class: "mark", cx: px(x), cy: py(line.y[i]), r: 3.5 })));
      }
    }
  }

  /** A piece of line for a legend. */
  function swatch(tone) {
    const svg = node("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" });
    svg.append(node("line", { class: `curve c${tone}`, x1: 0, x2: 26, y1: 5, y2: 5 }));
    return svg;
  }

  return { draw, swatch, node };
})();
