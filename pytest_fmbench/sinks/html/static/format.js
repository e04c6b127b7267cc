"use strict";
// Values as people read them: the same rules as pytest_fmbench/model/units.py.
const fmbench = { charts: {} };

fmbench.show = (value, unit) => {
  if (value === null || value === undefined || Number.isNaN(value)) return "n/a";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const size = Math.abs(Number(value.toPrecision(3)));
  const [factor, symbol] = fmbench.scaleOf(size, unit);
  const text = String(Number((value * factor).toPrecision(3)));
  return symbol === "%" ? `${text}%` : `${text} ${symbol}`;
};

fmbench.scaleOf = (size, unit) => {
  if (unit === "1") return [100, "%"];
  if (unit === "s" && size > 0 && size < 1e-3) return [1e6, "us"];
  if (unit === "s" && size > 0 && size < 1) return [1e3, "ms"];
  if (["Hz", "B", "B/s"].includes(unit) && size >= 1e9) return [1e-9, `G${unit}`];
  if (["Hz", "B", "B/s"].includes(unit) && size >= 1e6) return [1e-6, `M${unit}`];
  return [1, unit];
};

fmbench.interval = (ends, unit) => {
  const [value, low, high] = ends.map((end) => (end === null ? null : fmbench.show(end, unit)));
  if (low === null && high === null) return `${value}, not bounded`;
  return `${value}, ${high === null ? `${low} or more` : low === null ? `up to ${high}` : `${low} to ${high}`}`;
};

// The unit of a figure's name, where data do not say it.
fmbench.unitOf = (figure) => {
  if (figure.endsWith("token_rate")) return "tok/s";
  if (figure.endsWith("request_rate")) return "req/s";
  return figure === "error_rate" || figure === "goodput" ? "1" : "s";
};

fmbench.chosen = (name) => document.querySelector(`select[data-choose="${name}"]`)?.value;

fmbench.dollars = (value) => `$${Number(value.toPrecision(3))}`;
