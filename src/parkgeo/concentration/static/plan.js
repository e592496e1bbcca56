/* Draws a plan from the JSON that stands in the page, with what panel.js and measures.js give. */
"use strict";

function parkgeoPlanMap(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, node, say, swatch, polygons, tip } = page;
  const ZONE = "#1b5e8a";

  page.pane("pgZones", 380);
  for (const zone of data.zones) {
    polygons(zone.geometry, {
      pane: "pgZones", className: "pg-block", color: ZONE, weight: 1.8, fillColor: ZONE, fillOpacity: 0.1,
    }).bindTooltip(tip(zone.name), { sticky: true }).addTo(map);
  }
  const measures = parkgeoMeasures(map, page);

  const STYLES = {
    site: measures.style,
    way: (color) => ({ stroke: color, "stroke-dasharray": "2 3", fill: "none" }),
    zone: () => ({ stroke: ZONE, fill: ZONE, "fill-opacity": 0.1 }),
  };

  root.classList.add("pg-plan");
  page.build(
    ...(measures.sections.length ? measures.sections : [say(node("p", "pg-quiet"), words.nothing)]),
    ...page.legend(data.legend.map(({ color, kind, label }) => [swatch(STYLES[kind](color)), label])),
  );
  page.start();
}
