"use strict";
fmbench.charts.capacity = (data, width, figure) => {
  const name = fmbench.chosen(figure.dataset.from.replace("-data", ""));
  const unit = data.units[name];
  const points = data.curves[name].map(([rate, value, low, high, fitted, outcome]) => ({ rate, value, low, high, fitted, outcome }));
  const limit = data.limits[name];
  const greatest = d3.max(points, (point) => Math.max(point.value, point.fitted));
  const near = limit !== undefined && limit <= 3 * greatest;
  const top = Math.max(greatest, near ? limit : 0) * 1.2 || 1;
  const [rate, low, high] = data.rate;
  const right = Math.max(d3.max(points, (point) => point.rate), high ?? 0, rate ?? 0) * 1.06;
  const inside = (value, none) => Math.min(Math.max(value ?? none, 0), top);
  const told = (point) => [`${fmbench.show(point.rate, "req/s")}: ${point.outcome ?? ""}`,
    `${name}: ${fmbench.interval([point.value, point.low, point.high], unit)}`].join("\n");
  return Plot.plot(fmbench.frame(width, {
    x: fmbench.axis("req/s", "requests a second", width, { domain: [0, right], grid: true }),
    y: fmbench.axis(unit, name, width, { domain: [0, top], grid: true }),
    marks: [
      Plot.rect([0], { x1: low ?? 0, x2: high ?? right, fill: "var(--c6)", fillOpacity: 0.22 }),
      rate === null ? null : Plot.ruleX([rate], { stroke: "var(--c1)", strokeDasharray: "2 3" }),
      near ? fmbench.limits([limit], greatest, unit) : null,
      Plot.ruleX(points, { x: "rate", y1: (point) => inside(point.low, 0), y2: (point) => inside(point.high, top), stroke: "var(--c1)", strokeOpacity: 0.6 }),
      Plot.line(points, { x: "rate", y: "fitted", stroke: "var(--c1)", strokeWidth: 2 }),
      Plot.dot(points, { x: "rate", y: (point) => inside(point.value, 0), fill: "var(--c1)", r: 4 }),
      Plot.tip(points, Plot.pointer({ x: "rate", y: (point) => inside(point.value, 0), title: told })),
    ],
  }));
};
