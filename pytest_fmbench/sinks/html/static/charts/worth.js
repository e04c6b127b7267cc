"use strict";
fmbench.charts.worth = (data, width) => {
  const y = fmbench.chosen("worth-y");
  const names = [...new Set(data.points.map((point) => point.deployment))];
  const known = data.points.filter((point) => point.figures[y]);
  const right = d3.max(known, (point) => point.usd[1]) * 1.1;
  const of = (end) => (point) => point.figures[y][end] ?? (end === 1 ? 0 : 1);
  const cheapest = (point) => point.usd[0];
  const colour = (point) => fmbench.colour(names.indexOf(point.deployment));
  const told = (point) => [point.name, `${fmbench.dollars(point.usd[0])} to ${fmbench.dollars(point.usd[1])} for a million output tokens`,
    `${y}: ${fmbench.interval(point.figures[y], "1")}`, point.outcome].join("\n");
  const plot = Plot.plot(fmbench.frame(width, {
    x: { label: "dollars for a million output tokens", labelArrow: "none", domain: [0, right], grid: true, tickFormat: fmbench.dollars, ticks: width < 560 ? 4 : 8 },
    y: fmbench.axis("1", y, width, { domain: [0, 1], grid: true, ticks: 5 }),
    marks: [
      Plot.line(data.fronts[y].map((at) => data.points[at]), { x: cheapest, y: of(0), stroke: "currentColor", strokeDasharray: "3 3" }),
      Plot.ruleY(known, { y: of(0), x1: cheapest, x2: (point) => point.usd[1], stroke: colour, strokeOpacity: 0.55 }),
      Plot.ruleX(known, { x: cheapest, y1: of(1), y2: of(2), stroke: colour, strokeOpacity: 0.55 }),
      Plot.dot(known, { x: cheapest, y: of(0), fill: colour, symbol: (point) => fmbench.shape(names.indexOf(point.deployment)), r: 5.5 }),
      Plot.tip(known, Plot.pointer({ x: cheapest, y: of(0), title: told })),
    ],
  }));
  return [fmbench.legend(names), plot];
};
