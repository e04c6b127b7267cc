"use strict";
// Tokens so far against time, a line a request; those that are pressed, or else all.
fmbench.charts.slowest = (lines, width, figure) => {
  const buttons = document.querySelectorAll(`[data-lines="${figure.dataset.from}"] button`);
  const pressed = [...buttons].flatMap((button, nth) => (button.getAttribute("aria-pressed") === "true" ? [nth] : []));
  const shown = lines.map((_, nth) => nth).filter((nth) => !pressed.length || pressed.includes(nth));
  const from = fmbench.data(figure.dataset.from.replace("slowest", "course")).counts_from.replace("when", "after");
  const points = shown.flatMap((nth) => lines[nth].at.map((time, at) => ({ time, tokens: lines[nth].tokens[at], nth })));
  const ends = shown.map((nth) => ({ nth, time: lines[nth].at.at(-1), tokens: lines[nth].tokens.at(-1) }));
  return Plot.plot(fmbench.frame(width, {
    x: fmbench.axis("s", from, width, { domain: [0, d3.max(points, (one) => one.time) * 1.05], grid: true }),
    y: { label: "tokens so far", labelArrow: "none", grid: true, ticks: Math.min(5, d3.max(points, (one) => one.tokens)), tickFormat: "d", domain: [0, d3.max(points, (one) => one.tokens) * 1.1] },
    marks: [
      Plot.line(points, { x: "time", y: "tokens", z: "nth", curve: "step-after", stroke: (one) => fmbench.colour(one.nth), strokeOpacity: pressed.length ? 1 : 0.75 }),
      pressed.length ? Plot.dot(points, { x: "time", y: "tokens", r: 2, fill: (one) => fmbench.colour(one.nth) }) : null,
      Plot.text(ends, { x: "time", y: "tokens", text: (one) => String(one.nth + 1), ariaLabel: () => "names", dy: -8, fill: "currentColor" }),
      Plot.tip(points, Plot.pointer({
        x: "time", y: "tokens", title: (one) => `request ${lines[one.nth].name}\n${one.tokens} tokens after ${fmbench.show(one.time, "s")}`,
      })),
    ],
  }));
};
