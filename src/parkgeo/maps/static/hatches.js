/* Hatching in several shapes and colours, so that kinds of ground are told apart without colour. */
"use strict";

/** Return a function that gives the fill for a shape of hatching in a colour. */
function parkgeoHatches(page) {
  const { dataId, root, svg } = page;
  const SHAPES = {
    rising: "M-2 2L2 -2M0 8L8 0M6 10L10 6",
    falling: "M-2 6L2 10M0 0L8 8M6 -2L10 2",
    upright: "M4 0V8",
    crossed: "M0 8L8 0M0 0L8 8",
    dotted: "M2 2h.01M6 6h.01",
  };
  const defs = svg("defs", {});
  const made = new Map();
  root.append(svg("svg", { class: "pg-defs", "aria-hidden": "true" }, defs));

  return (shape, color) => {
    const key = `${shape} ${color}`;
    if (!made.has(key)) {
      const id = `${dataId}_hatch_${made.size}`;
      made.set(key, id);
      defs.append(svg(
        "pattern", { id, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
        svg("path", {
          d: SHAPES[shape], stroke: color, fill: "none", "stroke-linecap": "round",
          "stroke-width": shape === "dotted" ? 2.6 : 1.6,
        }),
      ));
    }
    return `url(#${made.get(key)})`;
  };
}
