"use strict";
// Shares of values that are at most so large; the same case on other deployments beside it.
fmbench.charts.spread = (data, width, figure) => {
  const name = fmbench.chosen(figure.dataset.from.replace(/^run-(\d+)-spread$/, "spread-$1"));
  const others = (data.also ?? []).map((block) => fmbench.data(block)).filter((one) => one?.curves[name]);
  const series = [data, ...others].map((one, nth) => ({
    label: others.length ? one.deployment : one.name,
    nth,
    n: one.curves[name].n,
    points: one.curves[name].values.map((value, at) => ({ value: Math.max(value, 1e-6), share: one.curves[name].shares[at] })),
  }));
  const limits = data.limits.filter((limit) => limit.of === name && limit.limit > 0);
  const ends = d3.extent([...series.flatMap((one) => one.points.map((point) => point.value)), ...limits.map((one) => one.limit)]);
  const domain = [ends[0] / 1.15, ends[1] * 1.15];
  const all = series.flatMap((one) => one.points.map((point) => ({ ...point, label: one.label })));
  const plot = Plot.plot(fmbench.frame(width, {
    x: fmbench.axis("s", `${data.curves[name].metric}, logarithmic`, width, { type: "log", domain, grid: true, ticks: fmbench.decades(domain, width < 560) }),
    y: { label: "share of values at most so large", labelArrow: "none", domain: [0, 1], grid: true, tickFormat: "%", ticks: 5 },
    marks: [
      ...series.map((one) => Plot.line(
        [{ value: one.points[0].value, share: 0 }, ...one.points, { value: domain[1], share: 1 }],
        { x: "value", y: "share", curve: "step-after", stroke: fmbench.colour(one.nth), strokeWidth: one.nth ? 1.3 : 2.2,
          strokeDasharray: one.nth ? `${2 + 3 * one.nth} 3` : null },
      )),
      ...limits.flatMap((one, nth) => [
        Plot.ruleX([one.limit], { stroke: "var(--c2)", strokeDasharray: "6 4", strokeWidth: 1.5 }),
        one.share === null ? null : Plot.dot([one], { x: "limit", y: "share", r: 5, stroke: "var(--c2)", strokeWidth: 2, fill: "var(--ground)" }),
        Plot.text([one.text], {
          x: [one.limit], frameAnchor: "bottom", dy: -8 - 16 * nth, fill: "currentColor", stroke: "var(--ground)", strokeWidth: 4,
          ...(Math.log(one.limit / domain[0]) > Math.log(domain[1] / domain[0]) / 2 ? { textAnchor: "end", dx: -7 } : { textAnchor: "start", dx: 7 }),
        }),
      ]),
      Plot.tip(all, Plot.pointer({
        x: "value", y: "share", title: (one) => `${one.label}\n${(100 * one.share).toPrecision(3)}% are at most ${fmbench.show(one.value, "s")}`,
      })),
    ],
  }));
  const told = fmbench.nothing(`${data.curves[name].metric}: n = ${data.curves[name].n.toLocaleString("en")}`);
  return [fmbench.legend(series.map((one) => one.label)), plot, others.length ? null : told];
};
