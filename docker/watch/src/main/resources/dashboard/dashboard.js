"use strict";

/** Keeps the page in step with the fleet. Elements stay while their thing stays, so focus does too. */
(() => {
  const byId = (id) => document.getElementById(id);
  const SIDES = {
    views: "Publishing views", inference: "Teacher inference", sending: "Encoding and sending",
    replay: "Replay", training: "Training", none: "Nothing measured",
  };

  // ------------------------------------------------------------------------------------- elements

  function h(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  function say(element, text) {
    const next = String(text);
    if (element.textContent !== next) element.textContent = next;
  }

  function mark(element, state) {
    say(element, state);
    element.dataset.state = state;
  }

  /** One part per item, made once and then kept up to date, in the order of the items. */
  function keep(container, items, keyOf, make) {
    const parts = container.parts || (container.parts = new Map());
    const keys = new Set(items.map(keyOf));
    for (const [key, part] of parts) {
      if (!keys.has(key)) {
        part.element.remove();
        parts.delete(key);
      }
    }
    items.forEach((item, i) => {
      const key = keyOf(item);
      if (!parts.has(key)) parts.set(key, make(item));
      const part = parts.get(key);
      if (container.children[i] !== part.element) {
        container.insertBefore(part.element, container.children[i] || null);
      }
      part.update(item);
    });
  }

  function facts(names) {
    const values = {};
    const list = h("dl", { class: "facts" });
    for (const name of names) {
      values[name] = h("dd");
      values[name].group = h("div", {}, h("dt", {}, name), values[name]);
      list.append(values[name].group);
    }
    return { list, set: (name, text) => {
      values[name].group.hidden = text === null;
      if (text !== null) say(values[name], text);
    } };
  }

  // -------------------------------------------------------------------------------------- figures

  const count = new Intl.NumberFormat("en");
  const rate = (v) => (v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v.toFixed(2));
  const percent = (v) => `${Math.round(v * 100)} %`;
  const plain = (v) => (v === null ? "–" : String(Number(v.toPrecision(4))));

  function bytes(v) {
    const units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let unit = 0;
    while (v >= 999.95 && unit < units.length - 1) { v /= 1000; unit++; }
    return `${unit === 0 ? v : v.toFixed(1)} ${units[unit]}`;
  }

  function duration(seconds) {
    if (seconds === null) return "unknown";
    const s = Math.round(seconds);
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min${s % 60 === 0 || s >= 600 ? "" : ` ${s % 60} s`}`;
    if (s < 172800) return `${Math.floor(s / 3600)} h${s % 3600 < 60 ? "" : ` ${Math.floor((s % 3600) / 60)} min`}`;
    return `${Math.floor(s / 86400)} d${s % 86400 < 3600 ? "" : ` ${Math.floor((s % 86400) / 3600)} h`}`;
  }

  function perView(stages) {
    return Object.entries(stages).filter(([, s]) => s.millisPerView > 0)
      .map(([stage, s]) => `${stage} ${s.millisPerView >= 100 ? Math.round(s.millisPerView) : s.millisPerView.toFixed(1)}`)
      .join(" · ") || "–";
  }

  function clock(iso) {
    return new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  }

  function progressBar(label) {
    const fill = h("div", { class: "fill" });
    const text = h("span", { class: "percent", "aria-hidden": "true" });
    const track = h("div", {
      class: "track", role: "progressbar", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100",
    }, fill);
    return {
      element: h("div", { class: "progress" }, track, text),
      set: (share) => {
        const whole = Math.floor(share * 100);
        track.setAttribute("aria-valuenow", whole);
        fill.style.width = `${share * 100}%`;
        say(text, `${whole} %`);
      },
    };
  }

  // ------------------------------------------------------------------------------------- sections

  function adviceItem() {
    const side = h("strong");
    const text = h("span");
    return { element: h("li", {}, side, text), update: (a) => {
      say(side, a.bottleneck === "none" ? a.recording : `${a.recording}: ${SIDES[a.bottleneck] || a.bottleneck}`);
      say(text, a.text);
    } };
  }

  function warningItem() {
    const text = h("span");
    return { element: h("li", {}, text), update: (warning) => say(text, warning) };
  }

  function recordingCard(r) {
    const state = h("span", { class: "state" });
    const sub = h("p", { class: "sub" });
    const bar = progressBar(`${r.name}: recorded or given up`);
    const list = facts(["Recorded", "Rate", "Left", "Workers", "Size", "Dead letters", "Refused", "Ledger"]);
    const kinds = h("p", { class: "sub" });
    const causes = h("ul", { class: "causes" });
    const element = h("article", { class: "card" },
      h("header", {}, h("h3", {}, r.name), state), sub, bar.element, list.list, kinds, causes);
    return { element, update: (now) => {
      const open = now.state === "open";
      mark(state, now.state);
      say(sub, `${now.teacher} on ${now.dataset}`);
      bar.set(now.progress);
      list.set("Recorded", `${count.format(now.recorded)} of ${count.format(now.expected)}`);
      list.set("Rate", open ? `${rate(now.viewsPerSecond)} views/s` : null);
      list.set("Left", open ? duration(now.etaSeconds) : null);
      list.set("Workers", open ? count.format(now.workers) : null);
      list.set("Size", bytes(now.bytes));
      list.set("Dead letters", now.deadLettered ? count.format(now.deadLettered) : null);
      list.set("Refused", now.rejected ? `${count.format(now.rejected)} receipts` : null);
      list.set("Ledger", open && now.ledger !== "working" ? now.ledger : null);
      say(kinds, Object.entries(now.bytesPerKind).map(([kind, size]) => `${kind} ${bytes(size)}`).join(" · "));
      causes.hidden = now.causes.length === 0;
      keep(causes, now.causes, (c) => c.cause, () => {
        const item = h("li");
        return { element: item, update: (c) => say(item, `${count.format(c.count)} × ${c.cause} (${c.example})`) };
      });
    } };
  }

  function cell(label, kind) {
    return h("td", { role: "cell", "data-label": label, ...(kind ? { class: kind } : {}) });
  }

  function workerRow(w) {
    const state = h("span", { class: "state" });
    const cause = h("p", { class: "alarm" });
    const stateCell = cell("State");
    stateCell.append(h("div", {}, state, cause));
    const device = cell("Device");
    const batch = cell("Batch", "number");
    const views = cell("Views/s", "number");
    const shares = cell("Time");
    const busy = h("span", { class: "busy" });
    const waitViews = h("span", { class: "views" });
    const waitSending = h("span", { class: "encode" });
    const key = h("span", { class: "key" });
    const bar = h("div", { class: "shares", "aria-hidden": "true" }, busy, waitViews, waitSending);
    shares.append(h("div", {}, bar, key));
    const times = cell("ms a view", "times");
    const element = h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader" }, w.worker, h("small", {}, `${w.recording} · ${w.host}`)),
      stateCell, device, batch, views, shares, times);
    return { element, update: (now) => {
      mark(state, now.state);
      cause.hidden = !now.cause;
      say(cause, now.cause);
      say(device, now.device);
      say(batch, now.viewsPerBatch ? `${now.viewsPerBatch.toFixed(1)} of ${now.batchSize}` : `– of ${now.batchSize}`);
      say(views, rate(now.viewsPerSecond));
      const atWork = now.state === "working" || now.state === "draining";
      bar.hidden = !atWork;
      const inference = now.stages.inference ? Math.min(1, now.stages.inference.share) : 0;
      busy.style.width = `${inference * 100}%`;
      const forViews = Math.min(1, now.waitViews + now.waitDecode);
      const forSending = Math.min(1, now.waitEncode + now.waitPublish);
      waitViews.style.width = `${forViews * 100}%`;
      waitSending.style.width = `${forSending * 100}%`;
      say(key, !atWork ? `${count.format(now.views)} views recorded in all` : `computes ${percent(inference)}, waits for views ${percent(forViews)}, for sending ${percent(forSending)}`);
      say(times, perView(now.stages));
    } };
  }

  function runCard(r) {
    const state = h("span", { class: "state" });
    const sub = h("p", { class: "sub" });
    const cause = h("p", { class: "alarm" });
    const bar = progressBar(`${r.name}: epochs done`);
    const list = facts(["Epoch", "Images/s", "Waits for data", "Left", "Loss", "Learning rate", "AP"]);
    const replay = h("p", { class: "sub" });
    const lossChart = Chart.node("svg", { role: "img" });
    const apChart = Chart.node("svg", { role: "img" });
    const legend = h("ul", { class: "legend" });
    const lossFigure = h("figure", {}, h("figcaption", {}, "Loss by step"), lossChart, legend);
    const early = h("p", { class: "sub" }, "No step yet.");
    const apFigure = h("figure", {}, h("figcaption", {}, "AP on the evaluation split, by epoch"), apChart);
    const body = h("tbody");
    const details = h("details", {},
      h("summary", {}, `Figures of ${r.name}`),
      h("table", {},
        h("caption", { class: "hidden" }, `Loss and AP of ${r.name}`),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Step"), h("th", { scope: "col" }, "Epoch"),
          h("th", { scope: "col" }, "Loss"), h("th", { scope: "col" }, "AP"))),
        body));
    const element = h("article", { class: "card" },
      h("header", {}, h("h3", {}, r.name), state), sub, cause, bar.element, list.list, replay,
      early, lossFigure, apFigure, details);
    let latest = r;

    function paint() {
      const now = latest;
      const width = Math.max(240, (element.clientWidth || 512) - 32);
      const { steps, total, losses } = now.curve;
      const lines = Object.values(losses).map((y, i) => ({ x: steps, y: smoothed(y), curve: 1 + i }));
      lines.push({ x: steps, y: smoothed(total), curve: 0 });
      early.hidden = steps.length > 0;
      lossFigure.hidden = details.hidden = steps.length === 0;
      Chart.draw(lossChart, lines, { width, height: 190, low: 0, xLow: 0, xLabel: "steps", log: byId("log").checked });
      const first = now.curve.total[0];
      lossChart.setAttribute("aria-label", now.loss === null ? `Loss of ${now.name}: no step yet`
        : `Loss of ${now.name}: ${plain(first)} at first, ${plain(now.loss)} after ${now.globalStep} steps`);
      const measured = now.evaluations.filter((e) => e.ap >= 0);
      apFigure.hidden = measured.length === 0;
      Chart.draw(apChart, [{ x: measured.map((e) => e.epoch), y: measured.map((e) => e.ap), curve: 1, marks: true }],
        { width, height: 110, low: 0, high: 1, xLow: 0, xLabel: "epochs" });
      apChart.setAttribute("aria-label", measured.length === 0 ? "No AP yet"
        : `AP of ${now.name}: ${measured.map((e) => `${e.ap.toFixed(3)} after epoch ${e.epoch}`).slice(-3).join(", ")}`);
    }
    new ResizeObserver(paint).observe(element);
    details.addEventListener("toggle", () => table());

    function table() {
      if (!details.open) return;
      const { steps, epochs, total } = latest.curve;
      const every = Math.max(1, Math.ceil(steps.length / 10));
      const rows = steps.map((step, i) => ({ step, epoch: epochs[i], loss: total[i], ap: null }))
        .filter((row, i) => i % every === 0 || i === steps.length - 1)
        .concat(latest.evaluations.map((e) => ({ step: e.step, epoch: e.epoch, loss: null, ap: e.ap })))
        .sort((a, b) => a.step - b.step);
      body.replaceChildren(...rows.map((row) => h("tr", {},
        h("td", {}, count.format(row.step)), h("td", {}, row.epoch.toFixed(2)),
        h("td", {}, row.loss === null ? "" : plain(row.loss)), h("td", {}, row.ap === null ? "" : row.ap.toFixed(4)))));
    }

    return { element, paint, update: (now) => {
      const drawn = latest !== now && (latest.globalStep !== now.globalStep
        || latest.curve.steps.length !== now.curve.steps.length || latest.evaluations.length !== now.evaluations.length);
      latest = now;
      mark(state, now.state);
      say(sub, `${now.student} on ${now.recordings.join(", ")} · ${now.device} of ${now.host}`);
      cause.hidden = !now.cause;
      say(cause, now.cause);
      bar.set(now.progress);
      const working = now.state === "working" || now.state === "draining";
      list.set("Epoch", `${now.epoch} of ${now.epochs}`);
      const begun = now.globalStep > 0;
      list.set("Images/s", !working ? null : begun ? rate(now.imagesPerSecond) : "–");
      list.set("Waits for data", !working ? null : begun ? percent(now.dataWaitShare) : "–");
      list.set("Left", working ? duration(now.etaSeconds) : null);
      list.set("Loss", plain(now.loss));
      list.set("Learning rate", begun ? plain(now.learningRate) : "–");
      list.set("AP", now.ap === null || now.ap < 0 ? "–" : now.ap.toFixed(4));
      replay.hidden = !working;
      say(replay, `Replay, ms a view: ${perView(now.stages)}`);
      const names = Object.keys(now.losses);
      keep(legend, [{ name: "total", curve: 0, value: now.loss },
        ...names.map((name, i) => ({ name, curve: 1 + i, value: now.losses[name] }))],
        (l) => l.name, (l) => {
          const text = h("span");
          return { element: h("li", {}, Chart.swatch(l.curve), text), update: (n) => say(text, `${n.name} ${plain(n.value)}`) };
        });
      if (drawn) { paint(); table(); }
    } };
  }

  /** The runs that the page shows, in one pair of charts with one pair of axes. */
  function compare(runs) {
    const begun = runs.filter((r) => r.curve.steps.length > 0);
    byId("compare").hidden = begun.length < 2;
    if (begun.length < 2) return;
    const width = Math.max(240, byId("compare-loss").parentNode.clientWidth || 480);
    Chart.draw(byId("compare-loss"),
      begun.map((r, i) => ({ x: r.curve.steps, y: smoothed(r.curve.total), curve: 1 + i })),
      { width, height: 190, low: 0, xLow: 0, xLabel: "steps", log: byId("log").checked });
    const lines = begun.map((r, i) => ({ r, i, measured: r.evaluations.filter((e) => e.ap >= 0) }))
      .filter((l) => l.measured.length > 0)
      .map((l) => ({ x: l.measured.map((e) => e.epoch), y: l.measured.map((e) => e.ap), curve: 1 + l.i, marks: true }));
    byId("compare-ap").parentNode.hidden = lines.length === 0;
    Chart.draw(byId("compare-ap"), lines, { width, height: 150, low: 0, high: 1, xLow: 0, xLabel: "epochs" });
    keep(byId("compare-legend"), begun.map((r, i) => ({ r, curve: 1 + i })), (l) => `${l.r.id} ${l.curve}`, (l) => {
      const text = h("span");
      return { element: h("li", {}, Chart.swatch(l.curve), text), update: (n) =>
        say(text, `${n.r.name}: loss ${plain(n.r.loss)}, AP ${n.r.ap === null || n.r.ap < 0 ? "–" : n.r.ap.toFixed(3)}`) };
    });
  }

  function smoothed(y) {
    return Chart.smooth(y, Number(byId("smoothing").value));
  }

  function datasetRow(d) {
    const cells = ["State", "Images", "Views", "Objects", "Canvas", "Splits"].map((label) =>
      cell(label, ["Images", "Views", "Objects"].includes(label) ? "number" : ""));
    const state = h("span", { class: "state" });
    cells[0].append(state);
    const element = h("tr", { role: "row" }, h("th", { scope: "row", role: "rowheader" }, d.name), ...cells);
    return { element, update: (now) => {
      mark(state, now.state);
      say(cells[1], count.format(now.images));
      say(cells[2], count.format(now.views));
      say(cells[3], count.format(now.objects));
      say(cells[4], `${now.width}×${now.height}`);
      const splits = Object.entries(now.splits).map(([split, views]) => `${split} ${count.format(views)}`);
      const problems = Object.entries(now.problems).map(([what, n]) => `${count.format(n)} ${what}`);
      say(cells[5], [...splits, ...problems].join(" · ") || "–");
    } };
  }

  // --------------------------------------------------------------------------------------- drawing

  let sides = null;

  function announce(fleet) {
    const now = new Map(fleet.advice.map((a) => [a.recording, a.bottleneck]));
    if (sides !== null) {
      const changed = [...now].filter(([name, side]) => sides.get(name) !== side && side !== "none");
      if (changed.length > 0) {
        say(byId("announce"), changed.map(([name, side]) => `${name}: ${SIDES[side]} sets the pace now.`).join(" "));
      }
    }
    sides = now;
  }

  let latest = null;

  function shownRuns() {
    return latest.runs.filter((r) =>
      !byId("at-work").checked || r.state === "working" || r.state === "draining");
  }

  function show(fleet) {
    say(byId("where"), fleet.bootstrapServers);
    keep(byId("warnings-list"), fleet.warnings, (w) => w, warningItem);
    byId("warnings").hidden = fleet.warnings.length === 0;
    keep(byId("advice-list"), fleet.advice, (a) => a.recording, adviceItem);
    byId("advice-empty").hidden = fleet.advice.length > 0;
    byId("plan").hidden = !fleet.recordings.some((r) => r.remaining > 0);
    keep(byId("recordings"), fleet.recordings, (r) => r.name, recordingCard);
    byId("recordings-empty").hidden = fleet.recordings.length > 0;
    keep(byId("workers-body"), fleet.workers, (w) => `${w.recording}/${w.worker}`, workerRow);
    byId("workers").hidden = fleet.workers.length === 0;
    byId("workers-empty").hidden = fleet.workers.length > 0;
    latest = fleet;
    const runs = shownRuns();
    keep(byId("runs"), runs, (r) => r.id, runCard);
    compare(runs);
    byId("charts").hidden = fleet.runs.length === 0;
    byId("runs-empty").hidden = fleet.runs.length > 0;
    byId("runs-hidden").hidden = runs.length === fleet.runs.length;
    say(byId("runs-hidden"), `${fleet.runs.length - runs.length} not at work, hidden.`);
    keep(byId("datasets-body"), fleet.datasets, (d) => d.name, datasetRow);
    byId("datasets").hidden = fleet.datasets.length === 0;
    byId("datasets-empty").hidden = fleet.datasets.length > 0;
    const open = fleet.recordings.find((r) => r.state === "open");
    document.title = open ? `${Math.floor(open.progress * 100)} % ${open.name} · Lectern` : "Lectern";
    announce(fleet);
  }

  function live(state, text, time) {
    byId("live").dataset.state = state;
    say(byId("live-text"), text);
    if (time !== undefined) say(byId("live-time"), time);
  }

  // ------------------------------------------------------------------------------------- following

  function follow() {
    const events = new EventSource("api/events");
    events.addEventListener("fleet", (event) => {
      const fleet = JSON.parse(event.data);
      show(fleet);
      live("live", "Live", clock(fleet.at));
    });
    events.addEventListener("failure", (event) => {
      live("lost", `Kafka cannot be seen: ${JSON.parse(event.data).message}`);
    });
    events.addEventListener("error", () => {
      live("lost", "Connection lost; as it was at");
      if (events.readyState === EventSource.CLOSED) {
        // A refusal ends the stream for good: the token may have changed.
        setTimeout(() => location.reload(), 5000);
      }
    });
  }

  byId("at-work").addEventListener("change", () => latest && show(latest));
  for (const id of ["smoothing", "log"]) {
    byId(id).addEventListener("change", () => {
      if (latest === null) return;
      for (const part of byId("runs").parts.values()) part.paint();
      compare(shownRuns());
    });
  }
  new ResizeObserver(() => latest && compare(shownRuns())).observe(byId("runs"));

  byId("plan").addEventListener("submit", async (event) => {
    event.preventDefault();
    const [hour, minute] = byId("finish-by").value.split(":").map(Number);
    const by = new Date();
    by.setHours(hour, minute, 0, 0);
    if (by <= new Date()) by.setDate(by.getDate() + 1);
    const answer = await fetch(`api/status?finish-by=${encodeURIComponent(by.toISOString())}`);
    const said = await answer.json();
    const texts = answer.ok ? said.finishBy.plans.map((p) => p.text) : [said.message];
    byId("plan-answer").replaceChildren(
      ...(texts.length > 0 ? texts : ["No recording has views left to record."]).map((t) => h("li", {}, t)));
  });

  follow();
})();
