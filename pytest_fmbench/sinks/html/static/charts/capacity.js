"use strict";
fmbench.charts.capacity = (data, width, figure) => {
  const name = fmbench.chosen(figure.dataset.from.replace("-data", ""));
  const unit = data.units[name];
  const points = data.curves[name].map(([rate, value, low, high, fitted, outcome]) => ({ rate, value, low, high, fitted, outcome }));
  const limit = data.limits[name];
  const values = points.flatMap((point) => [point.value, point.fitted]);
  const { axis, marks, inside } = fmbench.upwards(unit, name, width, values, limit === undefined ? [] : [limit]);
  const [rate, low, high] = data.rate;
  const right = Math.max(d3.max(points, (point) => point.rate), high ?? 0, rate ?? 0) * 1.06;
  const first = Math.min(d3.min(points, (point) => point.rate), low ?? 0) * 0.94;
  const left = first > 0.4 * right ? first : 0;
  const told = (point) => [`${fmbench.show(point.rate, "req/s")}: ${point.outcome ?? ""}`,
    `${name}: ${fmbench.interval([point.value, point.low, point.high], unit)}`].join("\n");
  return Plot.plot(fmbench.frame(width, {
    x: fmbench.axis("req/s", "requests a second", width, { domain: [left, right], grid: true }),
    y: axis,
    marks: [
      ...marks,
      Plot.rect([0], { x1: low ?? left, x2: high ?? right, fill: "var(--c6)", fillOpacity: 0.22 }),
      rate === null ? null : Plot.ruleX([rate], { stroke: "var(--c1)", strokeDasharray: "2 3" }),
      limit === undefined ? null : fmbench.limits([limit], d3.max(values), unit),
      Plot.ruleX(points, { x: "rate", y1: (point) => inside(point.low, 0), y2: (point) => inside(point.high, 1), stroke: "var(--c1)", strokeOpacity: 0.6 }),
      Plot.line(points, { x: "rate", y: (point) => inside(point.fitted, 0), stroke: "var(--c1)", strokeWidth: 2 }),
      Plot.dot(points, { x: "rate", y: (point) => inside(point.value, 0), fill: "var(--c1)", r: 4 }),
      Plot.tip(points, Plot.pointer({ x: "rate", y: (point) => inside(point.value, 0), title: told })),
    ],
  }));
};
