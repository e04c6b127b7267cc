"use strict";
fmbench.charts.tradeoff = (data, width) => {
  const [x, y] = [fmbench.chosen("tradeoff-x"), fmbench.chosen("tradeoff-y")];
  const [unitX, unitY] = [fmbench.unitOf(x), fmbench.unitOf(y)];
  const names = [...new Set(data.runs.map((run) => run.deployment))];
  const known = data.runs.filter((run) => run.figures[x] && run.figures[y]);
  if (!known.length) return fmbench.nothing("No run has both figures.");
  const greatestX = d3.max(known, (run) => run.figures[x][0]) * 1.15;
  const values = known.map((run) => run.figures[y][0]);
  const { axis, marks, inside } = fmbench.upwards(unitY, data.titles[y], width, values, data.limits[y]);
  const ofX = (end) => (run) => Math.min(Math.max(run.figures[x][end] ?? (end === 1 ? 0 : greatestX), 0), greatestX);
  const ofY = (end) => (run) => inside(run.figures[y][end], end - 1);
  const nth = (run) => names.indexOf(run.deployment);
  const lines = d3.groups(known, (run) => `${run.deployment} ${run.workload} ${run.load.split(":")[0]}`)
    .map(([, runs]) => d3.sort(runs, (run) => run.asked));
  const colour = (run) => fmbench.colour(nth(run));
  const told = (run) => [run.name, `${data.titles[x]}: ${fmbench.interval(run.figures[x], unitX)}`,
    `${data.titles[y]}: ${fmbench.interval(run.figures[y], unitY)}`, run.outcome].join("\n");
  const plot = Plot.plot(fmbench.frame(width, {
    x: fmbench.axis(unitX, data.titles[x], width, { domain: [0, greatestX], grid: true }),
    y: axis,
    marks: [
      ...marks,
      ...fmbench.limits(data.limits[y] ?? [], d3.max(values), unitY),
      ...lines.map((runs) => Plot.line(runs, { x: ofX(0), y: ofY(0), stroke: colour(runs[0]), strokeOpacity: 0.45 })),
      Plot.ruleX(known, { x: ofX(0), y1: ofY(1), y2: ofY(2), stroke: colour, strokeOpacity: 0.55 }),
      Plot.ruleY(known, { y: ofY(0), x1: ofX(1), x2: ofX(2), stroke: colour, strokeOpacity: 0.55 }),
      Plot.dot(known, { x: ofX(0), y: ofY(0), fill: colour, symbol: (run) => fmbench.shape(nth(run)), r: 5.5 }),
      Plot.text(known, { x: ofX(0), y: ofY(0), text: "load", ariaLabel: () => "names", dx: 8, dy: -8, textAnchor: "start", fill: "currentColor" }),
      Plot.tip(known, Plot.pointer({ x: ofX(0), y: ofY(0), title: told })),
    ],
  }));
  return [fmbench.legend(names), plot];
};
