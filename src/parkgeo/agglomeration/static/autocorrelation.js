/* Draws local autocorrelation from the JSON that stands in the page, with what panel.js gives. */
"use strict";

function parkgeoAutocorrelationMap(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, node, say, swatch, polygons, tip, rows } = page;

  page.pane("pgPlaces", 400);

  function style(color) {
    return { color: "#7c8a92", weight: 0.7, fillColor: color, fillOpacity: 0.75 };
  }

  for (const place of data.places) {
    const options = { pane: "pgPlaces", className: "pg-place", ...style(place.color) };
    polygons(place.geometry, {
      ...options, pointToLayer: (_, at) => L.circleMarker(at, { ...options, radius: 6 }),
    })
      .bindTooltip(tip(place.name, place.kind), { sticky: true })
      .bindPopup(
        () => node("div", "pg-card", say(node("h3"), place.name), say(node("p"), place.kind), rows(place.card)),
        page.popupOptions(),
      )
      .addTo(map);
  }

  root.classList.add("pg-autocorrelation");
  page.build(...page.legend(data.legend.map(({ color, label }) => [
    swatch({ stroke: "#7c8a92", fill: color, "fill-opacity": 0.75 }), label,
  ])));
  page.start();
}
