"use strict";
fmbench.charts.cost = (data, width) => {
  const y = fmbench.chosen("cost-y");
  const unit = fmbench.unitOf(y);
  const names = [...new Set(data.runs.map((run) => run.deployment))];
  const known = data.runs.filter((run) => run.figures[y]);
  if (!known.length) return fmbench.nothing("No run has this figure.");
  const { axis, marks, inside } = fmbench.upwards(unit, data.titles[y], width, known.map((run) => run.figures[y][0]));
  const right = d3.max(known, (run) => run.usd) * 1.15;
  const ofY = (end) => (run) => inside(run.figures[y][end], end - 1);
  const nth = (run) => names.indexOf(run.deployment);
  const front = data.fronts[y].map((at) => data.runs[at]);
  const told = (run) => [run.name, `${fmbench.dollars(run.usd)} for a million output tokens`,
    `${data.titles[y]}: ${fmbench.interval(run.figures[y], unit)}`, run.outcome].join("\n");
  const plot = Plot.plot(fmbench.frame(width, {
    x: { label: "dollars for a million output tokens", labelArrow: "none", domain: [0, right], grid: true, tickFormat: fmbench.dollars, ticks: width < 560 ? 4 : 8 },
    y: axis,
    marks: [
      ...marks,
      Plot.line(front, { x: "usd", y: ofY(0), stroke: "currentColor", strokeDasharray: "3 3" }),
      Plot.ruleX(known, { x: "usd", y1: ofY(1), y2: ofY(2), stroke: (run) => fmbench.colour(nth(run)), strokeOpacity: 0.55 }),
      Plot.dot(known, { x: "usd", y: ofY(0), fill: (run) => fmbench.colour(nth(run)), symbol: (run) => fmbench.shape(nth(run)), r: 5.5 }),
      Plot.tip(known, Plot.pointer({ x: "usd", y: ofY(0), title: told })),
    ],
  }));
  return [fmbench.legend(names), plot];
};
