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

  /** Powers of ten within [low, high], with their halves and fifths where there are few. */
  function decades(low, high) {
    const first = Math.floor(Math.log10(low));
    const last = Math.ceil(Math.log10(high));
    const factors = last - first <= 2 ? [1, 2, 5] : [1];
    const found = [];
    for (let power = first; power <= last; power++) {
      for (const factor of factors) found.push(factor * Math.pow(10, power));
    }
    return found.filter((t) => t >= low * (1 - 1e-9) && t <= high * (1 + 1e-9));
  }

  function short(value) {
    if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(0);
    if (Math.abs(value) >= 10000) return Math.round(value / 1000) + "k";
    return String(Number(value.toPrecision(3)));
  }

  /** Six colours with six dashes: no two of 36 curves look alike. The first one is thick and plain. */
  function look(curve) {
    if (curve === 0) return "curve c0";
    const i = curve - 1;
    return `curve c${1 + (i % 6)} d${(i + Math.floor(i / 6)) % 6}`;
  }

  /** A moving average that forgets by `factor`, without the pull of its start. */
  function smooth(y, factor) {
    let mean = 0, weight = 0;
    return y.map((value) => {
      mean = factor * mean + (1 - factor) * value;
      weight = factor * weight + (1 - factor);
      return mean / weight;
    });
  }

  /**
   * Draws anew.
   * lines: [{x: [...], y: [...], curve: 0..36, marks: true?}];
   * options: {width, height, low, high, xLow, xLabel, log}; high is the end of the axis where it is given.
   */
  function draw(svg, lines, options) {
    const { width, height } = options;
    const log = options.log && lines.some((l) => l.y.some((y) => y > 0));
    const shown = (y) => Number.isFinite(y) && (!log || y > 0);
    const xs = lines.flatMap((l) => l.x);
    const ys = lines.flatMap((l) => l.y).filter(shown);
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    if (ys.length === 0) return;
    const xLow = options.xLow !== undefined ? options.xLow : Math.min(...xs);
    const xHigh = Math.max(...xs, xLow + 1e-9);
    const scale = log ? Math.log10 : (y) => y;
    const yLow = log ? Math.min(...ys) / 1.1 : Math.min(options.low !== undefined ? options.low : Infinity, ...ys);
    const yTop = Math.max(...ys, yLow + 1e-9);
    const yHigh = options.high !== undefined ? options.high : log ? yTop * 1.1 : yTop + (yTop - yLow) * 0.04;
    const px = (x) => LEFT + ((x - xLow) / (xHigh - xLow)) * (width - LEFT - RIGHT);
    const py = (y) => TOP
      + (1 - (scale(y) - scale(yLow)) / (scale(yHigh) - scale(yLow))) * (height - TOP - BOTTOM);

    for (const t of log ? decades(yLow, yHigh) : ticks(yLow, yHigh, 4)) {
      svg.append(node("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: py(t), y2: py(t) }));
      svg.append(node("text", { class: "y", x: LEFT - 6, y: py(t) + 4, "text-anchor": "end" }, short(t)));
    }
    for (const t of ticks(xLow, xHigh, Math.max(2, Math.floor(width / 110)))) {
      const anchor = px(t) > width - 30 ? "end" : px(t) < LEFT + 8 ? "start" : "middle";
      svg.append(node("text", { x: px(t), y: height - 6, "text-anchor": anchor },
        short(t) + (t === 0 || xLow === t ? " " + options.xLabel : "")));
    }
    for (const line of lines) {
      const places = line.x.map((x, i) => [x, line.y[i]]).filter(([, y]) => shown(y));
      if (places.length > 1) {
        const points = places.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`);
        svg.append(node("polyline", { class: look(line.curve), points: points.join(" ") }));
      }
      if (line.marks || places.length === 1) {
        places.forEach(([x, y]) =>
          svg.append(node("circle", { class: `mark ${look(line.curve).split(" ")[1]}`, cx: px(x), cy: py(y), r: 3.5 })));
      }
    }
  }

  /** A piece of a curve for a legend. */
  function swatch(curve) {
    const svg = node("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" });
    svg.append(node("line", { class: look(curve), x1: 0, x2: 26, y1: 5, y2: 5 }));
    return svg;
  }

  return { draw, smooth, swatch, node };
})();
