"use strict";
// What several charts share: colours and shapes of series, limits, intervals, legends, axes.
{
  const COLOURS = ["var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)", "var(--c6)", "var(--c7)"];
  const SHAPES = ["circle", "square", "triangle", "diamond", "star", "cross", "wye"];

  fmbench.colour = (nth) => COLOURS[nth % COLOURS.length];
  fmbench.shape = (nth) => SHAPES[nth % SHAPES.length];

  // Options that all charts have.
  fmbench.frame = (width, options) => ({
    width,
    height: width < 560 ? 300 : 360,
    marginLeft: 64,
    marginRight: 24,
    marginTop: 28,
    marginBottom: 42,
    style: { background: "transparent", color: "inherit", fontSize: "12px", overflow: "visible" },
    ...options,
  });

  fmbench.axis = (unit, label, width, extra = {}) => ({
    label,
    labelArrow: "none",
    tickFormat: (value) => fmbench.show(value, unit),
    ticks: width < 560 ? (unit.length > 3 ? 3 : 4) : 8, // words take their room
    ...extra,
  });

  // The axis upwards of values and limits, and its ends: a logarithm where the largest time would press the others flat.
  fmbench.upwards = (unit, label, width, values, limits = []) => {
    const greatest = d3.max(values) || 1;
    const near = limits.filter((limit) => limit <= 3 * greatest);
    const least = d3.min([...values, ...near].filter((value) => value > 0)) ?? greatest;
    const log = unit === "s" && greatest > 15 * least;
    const domain = log
      ? [least / 1.5, 1.5 * Math.max(greatest, ...near)]
      : [0, Math.max(1.25 * greatest, ...near.map((limit) => 1.08 * limit))];
    const inside = (value, none) => Math.min(Math.max(value ?? domain[none], domain[0]), domain[1]);
    if (!log) return { axis: fmbench.axis(unit, label, width, { domain, grid: true }), marks: [], inside };
    const ticks = fmbench.decades(domain, width < 560);
    const told = { label: `${label}, logarithmic`, labelArrow: "none", text: (tick) => fmbench.show(tick, unit) };
    return { axis: { type: "log", domain, axis: null }, marks: [Plot.gridY(ticks), Plot.axisY(ticks, told)], inside };
  };

  // A dashed line and its words, for each limit that the picture can hold without pressing the rest flat.
  fmbench.limits = (limits, greatest, unit) =>
    limits
      .filter((limit) => limit <= 3 * greatest)
      .flatMap((limit) => [
        Plot.ruleY([limit], { stroke: "var(--c2)", strokeDasharray: "6 4", strokeWidth: 1.5 }),
        Plot.text([`limit ${fmbench.show(limit, unit)}`], {
          y: [limit], frameAnchor: "right", dy: -7, textAnchor: "end", fill: "currentColor",
        }),
      ]);

  // A shape and a name for every series: never a colour alone.
  fmbench.legend = (names) => {
    if (names.length < 2) return null;
    const list = document.createElement("ul");
    list.className = "legend";
    names.forEach((name, nth) => {
      const item = document.createElement("li");
      item.append(fmbench.mark(nth), name);
      list.append(item);
    });
    return list;
  };

  fmbench.mark = (nth) => {
    const shape = { circle: d3.symbolCircle, square: d3.symbolSquare, triangle: d3.symbolTriangle,
      diamond: d3.symbolDiamond, star: d3.symbolStar, cross: d3.symbolCross, wye: d3.symbolWye }[fmbench.shape(nth)];
    const svg = d3.create("svg").attr("width", 14).attr("height", 14).attr("viewBox", "-7 -7 14 14").attr("aria-hidden", "true");
    svg.append("path").attr("d", d3.symbol(shape, 60)()).attr("fill", fmbench.colour(nth));
    return svg.node();
  };

  // Round values on a logarithm: 1, 2 and 5 of each decade, or on a long or narrow axis 1 alone.
  fmbench.decades = ([low, high], narrow) => {
    const first = Math.floor(Math.log10(low));
    const powers = d3.range(first, Math.ceil(Math.log10(high)) + 1).map((power) => 10 ** power);
    const factors = high > (narrow ? 50 : 5000) * low ? [1] : [1, 2, 5];
    return powers.flatMap((power) => factors.map((factor) => factor * power)).filter((tick) => tick >= low && tick <= high);
  };

  fmbench.nothing = (text) => {
    const told = document.createElement("p");
    told.textContent = text;
    told.className = "note";
    return told;
  };
}
