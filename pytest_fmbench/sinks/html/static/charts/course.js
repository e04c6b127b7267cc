"use strict";
// Panels below each other, on one time axis.
fmbench.charts.course = (data, width) => {
  const x = fmbench.axis("s", null, width, { domain: [0, data.end] });
  const shade = () => Plot.rect(data.windows, { x1: (one) => one[0], x2: (one) => one[1], fill: "var(--c6)", fillOpacity: 0.14 });
  const panel = (label, unit, marks, last, height = 110, flat = false) => Plot.plot(fmbench.frame(width, {
    height: height + (last ? 22 : 0),
    marginTop: 24,
    marginBottom: last ? 36 : 14,
    x: { ...x, axis: last ? "bottom" : null, label: last ? "since the first request" : null },
    y: { label: null, tickFormat: (value) => fmbench.show(value, unit), ticks: 4, grid: true, ...(flat ? { domain: [0, 1], ticks: 1 } : { zero: true, nice: true }) },
    marks: [
      shade(),
      ...marks,
      Plot.text([label], { frameAnchor: "top-left", dx: -60, dy: -20, textAnchor: "start", fontWeight: "bold", fill: "currentColor" }),
    ],
  }));
  const pairs = ([at, values]) => at.map((time, nth) => ({ time, value: values[nth] }));
  const tip = (points, unit) => Plot.tip(points, Plot.pointerX({
    x: "time", y: "value", title: (point) => `${fmbench.show(point.value, unit)} at ${fmbench.show(point.time, "s")}`,
  }));
  const step = (points, unit, nth) => [
    // from y1 to y2: what has but a y is stacked, where two changes fall on one moment
    Plot.areaY(points, { x: "time", y1: 0, y2: "value", curve: "step-after", fill: fmbench.colour(nth), fillOpacity: 0.18, clip: true }),
    Plot.lineY(points, { x: "time", y: "value", curve: "step-after", stroke: fmbench.colour(nth), clip: true }),
    tip(points, unit),
  ];
  const arrivals = pairs(data.arrivals).map((one) => ({ ...one, end: one.time + data.bin }));
  const waited = pairs(data.ttft);
  const lost = data.lost.flatMap(({ status, at }) => at.map((time) => ({ time, status })));
  const most = d3.max(waited, (one) => one.value) ?? 1;
  const panels = [
    ["arrivals", "req/s", [
      Plot.rectY(arrivals, { x1: "time", x2: "end", y: "value", fill: "var(--c1)", fillOpacity: 0.55, inset: 0.3 }),
      tip(arrivals, "req/s"),
    ]],
    ["in flight", "req", step(pairs(data.in_flight), "req", 0)],
    [`time to first token, from ${data.counts_from}`, "s", [
      Plot.dot(waited, { x: "time", y: "value", r: 2.2, fill: "var(--c1)", fillOpacity: 0.7 }),
      Plot.dot(lost, { x: "time", y: most, symbol: "times", stroke: "var(--c2)", r: 4, strokeWidth: 1.8 }),
      tip(waited, "s"),
    ], 150],
    ...data.sampled.map((one, nth) => [width < 560 ? one.name : `${one.name}: ${one.meaning}`, one.unit, step(pairs([one.at, one.values]), one.unit, 1 + nth), d3.max(one.values) ? 110 : 76, !d3.max(one.values)]),
  ];
  const drawn = panels.map(([label, unit, marks, ...rest], nth) => panel(label, unit, marks, nth === panels.length - 1, ...rest));
  const told = data.lost.filter((one) => one.n).map((one) => `\u00d7 ${one.status}: ${one.n}`).join(", ");
  return told ? [...drawn, fmbench.nothing(told)] : drawn;
};
