"use strict";
// Trials that were played, weighed as if hazards had other sizes. Of a component with n crossings and hazard b
// used up at size one, a trial's density is proportional to s^n exp(-s b): docs/likelihood.md.
(async () => {
  const $ = (id) => document.getElementById(id);
  const text = (tag, words) => Object.assign(document.createElement(tag), { textContent: words });
  if (!$("about") || typeof DecompressionStream === "undefined") return;
  const about = JSON.parse($("about").textContent);
  const bytes = Uint8Array.from(atob($("data").textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const kinds = { u8: Uint8Array, u16: Uint16Array };
  const array = (i) => {
    const at = about.arrays[i];
    return new kinds[at.type](buffer.slice(at.start, at.start + at.bytes));
  };

  // One pool for each design and family of truths: the trials of its anchors one after another.
  const pools = about.pools.map((pool) => {
    const n = about.trials * pool.anchors.length;
    const parts = pool.components.map((_, c) => {
      const count = new Float64Array(n), used = new Float64Array(n);
      pool.anchors.forEach((anchor, k) => {
        count.set(array(anchor.count[c]), k * about.trials);
        const steps = array(anchor.used[c]);
        for (let i = 0; i < about.trials; i++) used[k * about.trials + i] = steps[i] * anchor.step[c];
      });
      return { count, used };
    });
    const outcomes = about.outcomes.map((_, o) => {
      const all = new Float64Array(n);
      pool.anchors.forEach((anchor, k) => all.set(array(anchor.outcome[o]), k * about.trials));
      return all;
    });
    const log = (sizes, i) => {
      let sum = 0;
      for (let c = 0; c < sizes.length; c++) {
        if (parts[c].count[i]) sum += parts[c].count[i] * Math.log(sizes[c]);
        sum -= sizes[c] * parts[c].used[i];
      }
      return sum;
    };
    const mixture = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const logs = pool.anchors.map((anchor) => log(anchor.sizes, i));
      const most = Math.max(...logs);
      mixture[i] = most + Math.log(logs.reduce((sum, one) => sum + Math.exp(one - most), 0) / logs.length);
    }
    return { n, log, mixture, outcomes };
  });

  const weighted = (pool, sizes) => {
    const weights = new Float64Array(pool.n);
    let total = 0, squares = 0;
    for (let i = 0; i < pool.n; i++) {
      const w = Math.exp(pool.log(sizes, i) - pool.mixture[i]);
      weights[i] = w; total += w; squares += w * w;
    }
    let worth = squares > 0 && Number.isFinite(squares) ? (total * total) / squares : 0;
    if (Math.abs(total / pool.n - 1) > 6 / Math.sqrt(worth)) worth = 0;
    const means = pool.outcomes.map((values) => {
      let sum = 0, off = 0;
      for (let i = 0; i < pool.n; i++) sum += weights[i] * values[i];
      const mean = sum / total;
      for (let i = 0; i < pool.n; i++) off += (weights[i] * (values[i] - mean)) ** 2;
      return { mean, error: Math.sqrt(off) / total };
    });
    return { worth, means };
  };

  // What is shown of a mean and its error; a share of none or all shows the end of its 95 % interval.
  const said = (outcome, { mean, error }, worth) => {
    if (outcome.share && (mean <= 0 || mean >= 1)) {
      const end = (100 * 3.8416) / (worth + 3.8416);
      return mean <= 0 ? `0.0 (<${end.toPrecision(2)})` : `100.0 (>${(100 - end).toPrecision(4)})`;
    }
    const times = outcome.share ? 100 : 1;
    const places = Math.min(Math.max(1 - Math.floor(Math.log10(Math.max(times * error, 1e-9))), 1), 3);
    return `${(times * mean).toFixed(places)} ± ${(times * error).toFixed(places)}`;
  };

  const factors = new Map();
  const factor = (name) => factors.get(name) ?? 1;
  const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\"'\"'")}'`);

  const answer = () => {
    const truth = about.truths[$("truth").selectedIndex];
    const worths = [];
    const rows = truth.pools.map((at, v) => {
      const sizes = truth.hazards.map((hazard) => hazard.size * factor(hazard.name));
      const { worth, means } = weighted(pools[at], sizes);
      worths.push(worth);
      const row = text("tr", "");
      row.append(Object.assign(text("th", about.variants[v]), { scope: "row", className: "words" }));
      const unknown = worth < about.least;
      row.classList.toggle("unknown", unknown);
      about.outcomes.forEach((outcome, o) => row.append(text("td", unknown ? "-" : said(outcome, means[o], worth))));
      row.append(text("td", Math.round(worth).toLocaleString("en")));
      return row;
    });
    $("answers").replaceChildren(...rows);
    const least = Math.min(...worths);
    $("worth").textContent = least < about.least
      ? `Grey: too far from what was played. These trials are worth only ${Math.round(least)} of this setting; play it with the command below.`
      : `These trials are worth at least ${Math.round(least).toLocaleString("en")} of this setting.`;
    const sets = truth.hazards.filter((hazard) => factor(hazard.name) !== 1)
      .map((hazard) => `--set ${quoted(`${hazard.path}=${+(hazard.ratio * factor(hazard.name)).toPrecision(6)}`)}`);
    $("plays").textContent = [about.command, "--truth", quoted(truth.name), ...sets].join(" ");
  };

  const RANGE = 100, MOST = 4; // steps to either side, and the largest factor
  const draw = () => {
    factors.clear();
    const truth = about.truths[$("truth").selectedIndex];
    $("hazards").replaceChildren(...truth.hazards.map((hazard, h) => {
      const line = Object.assign(document.createElement("div"), { className: "hazard" });
      const label = Object.assign(text("label", hazard.name), { htmlFor: `hazard${h}` });
      const slider = Object.assign(document.createElement("input"), {
        type: "range", id: `hazard${h}`, min: -RANGE, max: RANGE, step: 1, value: 0 });
      const output = Object.assign(text("output", "× 1.00"), { htmlFor: `hazard${h}` });
      const move = () => {
        const value = +(MOST ** (slider.value / RANGE)).toPrecision(4);
        factors.set(hazard.name, value);
        output.textContent = `× ${value.toFixed(2)}`;
        slider.setAttribute("aria-valuetext", `${value.toFixed(2)} times what is written`);
      };
      slider.addEventListener("input", () => { move(); answer(); });
      move();
      line.append(label, slider, output, text("small", hazard.words));
      return line;
    }));
    answer();
  };
  $("heads").append(Object.assign(text("th", "design"), { scope: "col", className: "words" }),
    ...[...about.outcomes.map((outcome) => outcome.name), "trials it is worth"].map((name) =>
      Object.assign(text("th", name), { scope: "col" })));
  $("truth").append(...about.truths.map((truth) => text("option", truth.label)));
  $("truth").addEventListener("change", draw);
  $("reset").addEventListener("click", draw);
  draw();
  $("play").hidden = false;
})();
