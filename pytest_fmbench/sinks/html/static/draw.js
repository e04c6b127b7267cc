"use strict";
// Charts are drawn when they are seen, again when the width changes, and all before printing.
{
  const parsed = new Map();

  fmbench.data = (name) => {
    if (!parsed.has(name)) parsed.set(name, JSON.parse(document.getElementById(name)?.textContent ?? "null"));
    return parsed.get(name);
  };

  const draw = (figure) => {
    const place = figure.querySelector(".plot");
    const width = Math.round(place.clientWidth);
    if (!width || figure.dataset.width === String(width)) return;
    figure.dataset.width = width;
    const make = fmbench.charts[figure.dataset.chart];
    place.replaceChildren(...[make(fmbench.data(figure.dataset.from), width, figure)].flat().filter(Boolean));
    for (const svg of place.querySelectorAll(":scope svg[viewBox]:not([aria-hidden])")) {
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", place.dataset.label);
      for (const mark of svg.querySelectorAll("[aria-label]")) {
        mark.dataset.mark = mark.getAttribute("aria-label"); // a picture has one name, and its parts none
        mark.removeAttribute("aria-label");
        mark.removeAttribute("aria-description");
      }
    }
    thinNames(place);
  };

  // Of names that would lie over each other, or over a mark, the first stays; a mark tells its own when it is pointed at.
  const thinNames = (place) => {
    const taken = [...place.querySelectorAll("g[data-mark=dot] > *")].map((mark) => mark.getBoundingClientRect());
    for (const name of place.querySelectorAll("text[data-mark=names]")) {
      const box = name.getBoundingClientRect();
      const free = taken.every((other) => box.left >= other.right || other.left >= box.right || box.top >= other.bottom || other.top >= box.bottom);
      if (free) taken.push(box);
      else name.remove();
    }
  };

  fmbench.redraw = (figure) => {
    figure.dataset.width = "";
    draw(figure);
  };

  const figures = () => document.querySelectorAll("figure[data-chart]");
  const seen = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target)),
    { rootMargin: "400px" },
  );
  figures().forEach((figure) => seen.observe(figure));

  let pending = 0;
  addEventListener("resize", () => {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => figures().forEach((figure) => figure.dataset.width && draw(figure)));
  });
  addEventListener("beforeprint", () => figures().forEach(draw));
}
