"use strict";
// Tables are sorted by a press on a column's title: up, down, and so on.
{
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const number = Number.parseFloat(text);
    return Number.isNaN(number) ? text : number;
  };

  // What is not known comes last, whichever way.
  const compare = (one, other, down) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    const order = typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), "en", { numeric: true });
    return down ? -order : order;
  };

  const sort = (table, head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const keyed = [...body.rows].map((row) => [keyOf(row, head.cellIndex), row]);
    keyed.sort(([one], [other]) => compare(one, other, down));
    body.append(...keyed.map(([, row]) => row));
  };

  document.addEventListener("click", (event) => {
    const head = event.target.closest(".sortable thead th");
    if (head) sort(head.closest("table"), head);
  });
}
