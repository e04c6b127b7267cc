"use strict";
// Selects show a panel or draw a chart anew; buttons pick requests; a run's name opens it.
{
  const selectOf = (name) => document.querySelector(`select[data-choose="${name}"]`);

  const show = (name) => {
    const value = fmbench.chosen(name);
    for (const panel of document.querySelectorAll(`[data-panel="${name}"]`)) panel.hidden = panel.dataset.when !== value;
  };

  // The chart that a select is about is the next one in its section.
  const redrawBeside = (select) => {
    const charts = select.closest("section").querySelectorAll("figure[data-chart]");
    const after = [...charts].find((one) => select.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (after) fmbench.redraw(after);
  };

  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.choose;
    if (!name) return;
    if (document.querySelector(`[data-panel="${name}"]`)) show(name);
    else redrawBeside(event.target);
  });

  document.addEventListener("click", (event) => {
    const line = event.target.closest("button[data-line]");
    if (line) {
      const list = line.closest("[data-lines]");
      const alone = list.dataset.alone !== undefined; // then one is always pressed
      if (alone) for (const other of list.querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
      line.setAttribute("aria-pressed", String(alone || line.getAttribute("aria-pressed") !== "true"));
      fmbench.redraw(document.querySelector(`figure[data-chart][data-from="${list.dataset.lines}"]`));
    }
    const link = event.target.closest("a[data-open]");
    const select = selectOf("run");
    if (link && select && [...select.options].some((one) => one.value === link.dataset.open)) {
      select.value = link.dataset.open;
      show("run");
    }
  });

  // A browser may bring back a choice that was made before a reload.
  for (const select of document.querySelectorAll("select[data-choose]")) show(select.dataset.choose);
}
