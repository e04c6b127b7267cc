"use strict";
// What a task waited for: a bar a step, one below the other, on the task's own time axis.
fmbench.charts.waterfall = (tasks, width, figure) => {
  const buttons = [...document.querySelectorAll(`[data-lines="${figure.dataset.from}"] button`)];
  const task = tasks[Math.max(0, buttons.findIndex((button) => button.getAttribute("aria-pressed") === "true"))];
  const steps = task.spans.map(([kind, label, begin, first, end, failure, tokens], nth) => (
    { kind, label, begin, first, until: first ?? end, end, failure, tokens, id: `step ${nth}` }));
  const about = fmbench.nothing(`${task.name}, ${task.about}`);
  if (!steps.length) return about;
  const fills = { waiting: ["var(--c1)", 0.35], tokens: ["var(--c1)", 1], tool: ["var(--c5)", 1], thinking: ["var(--c7)", 0.45] };
  const bars = (shown, from, to, name) => Plot.barX(shown, {
    y: "id", x1: from, x2: to, fill: fills[name][0], fillOpacity: fills[name][1], insetTop: 3, insetBottom: 3, clip: true,
  });
  const of = (kind) => steps.filter((step) => step.kind === kind);
  const asked = of("request");
  const told = (step) => [
    step.label + (step.failure ? `: ${step.failure}` : ""),
    `from ${fmbench.show(step.begin, "s")} to ${fmbench.show(step.end, "s")}, ${fmbench.show(step.end - step.begin, "s")} in all`,
    step.kind === "request" ? `${step.first === null ? "no token" : `first token after ${fmbench.show(step.first - step.begin, "s")}`}, ${step.tokens}` : "",
  ].filter(Boolean).join("\n");
  const plot = Plot.plot(fmbench.frame(width, {
    height: 64 + 22 * steps.length,
    marginLeft: width < 560 ? 92 : 150,
    x: fmbench.axis("s", "since the task's begin", width, { domain: [0, task.seconds * 1.02 || 1], grid: true }),
    y: { label: null, domain: steps.map((step) => step.id), tickSize: 0, padding: 0.05,
      tickFormat: (_, nth) => (width < 560 && steps[nth].label.length > 13 ? `${steps[nth].label.slice(0, 12)}\u2026` : steps[nth].label) },
    marks: [
      bars(asked, "begin", "until", "waiting"),
      bars(asked.filter((step) => step.first !== null), "first", "end", "tokens"),
      bars(of("tool"), "begin", "end", "tool"),
      bars(of("thinking"), "begin", "end", "thinking"),
      Plot.dot(steps.filter((step) => step.failure), { x: "end", y: "id", symbol: "times", stroke: "var(--c2)", strokeWidth: 2.2, r: 5 }),
      Plot.tip(steps, Plot.pointer({ x: (step) => (step.begin + step.end) / 2, y: "id", title: told })),
    ],
  }));
  const words = { waiting: "waits for the first token", tokens: "tokens come", tool: "a tool works", thinking: "a person thinks" };
  const there = [asked.length && "waiting", asked.length && "tokens", of("tool").length && "tool", of("thinking").length && "thinking"];
  const legend = document.createElement("ul");
  legend.className = "legend";
  for (const name of there.filter(Boolean)) {
    const item = document.createElement("li");
    const svg = d3.create("svg").attr("width", 18).attr("height", 12).attr("aria-hidden", "true");
    svg.append("rect").attr("width", 18).attr("height", 12).attr("fill", fills[name][0]).attr("fill-opacity", fills[name][1]);
    item.append(svg.node(), words[name]);
    legend.append(item);
  }

  return [about, legend, plot];
};
