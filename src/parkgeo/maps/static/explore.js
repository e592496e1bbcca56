/* Shows a large layer: classes that can be switched, a card for a row, search by name. */
"use strict";

function parkgeoExplore(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, node, say, rows, swatch, section, fit } = page;
  const styles = data.classes.map(({ color }) => ({ color, opacity: 0.62, hidden: false }));
  let [mass, table] = [null, null];

  function same(text) {
    return { zh: text, en: text };
  }

  function nameOf(i) {
    const own = table.names[i];
    return own === null ? { zh: words.row.zh.replace("{}", i + 1), en: words.row.en.replace("{}", i + 1) } : same(own);
  }

  function figure(value) {
    return value === null ? "–" : value.toLocaleString("en", { maximumFractionDigits: 6, useGrouping: !Number.isInteger(value) });
  }

  function card(i) {
    const pairs = table.columns.map((column) => [
      same(column.label),
      same(column.numbers ? figure(column.numbers[i]) : column.codes[i] < 0 ? "–" : column.texts[column.codes[i]]),
    ]);
    if (table.areas[i] !== null) pairs.unshift([words.area, page.areaText(table.areas[i] / 1e6)]);
    return node("div", "pg-card", say(node("h3"), nameOf(i)), rows(pairs, words.area.en));
  }

  function open(i, place) {
    mass.mark(i);
    map.openPopup(L.popup(page.popupOptions()).setLatLng(place).setContent(card(i)));
  }

  function classItem(number) {
    const { label, color } = data.classes[number];
    const sample = swatch({ fill: color, "fill-opacity": 0.62, stroke: color });
    const [, caption] = page.labelledSwitch(true, sample, [label], (on) => {
      styles[number].hidden = !on;
      if (mass) mass.draw();
    });
    return node("li", "pg-switch", caption);
  }

  function findables() {
    return table ? table.names.map((own, i) => ({
      texts: [nameOf(i)],
      open: () => {
        const bounds = mass.boundsOf(i);
        fit(bounds);
        open(i, bounds.getCenter());
      },
    })) : [];
  }

  const reading = say(node("p", "pg-quiet"), words.loading);
  page.find(findables);
  page.build(reading, ...section(words.legend, node("ul", "pg-classes", ...data.classes.map((_, i) => classItem(i)))));
  page.start();

  /** Name what the pointer rests on; a finger has no pointer that rests. */
  function nameAtPointer() {
    const REST_MS = 120;
    const tip = L.tooltip({ direction: "top", offset: [0, -8] });
    let [resting, last] = [0, -1];
    function hide() {
      clearTimeout(resting);
      tip.remove();
      last = -1;
    }
    map.on("mouseout movestart popupopen", hide);
    map.on("mousemove", ({ latlng, originalEvent: { buttons } }) => {
      clearTimeout(resting);
      if (buttons || root.classList.contains("pg-measuring")) return hide();
      resting = setTimeout(() => {
        const i = mass.at(latlng);
        if (i < 0) return hide();
        if (i !== last) tip.setContent(node("div", "pg-tip", say(node("div"), nameOf(i))));
        last = i;
        return tip.setLatLng(latlng).addTo(map);
      }, REST_MS);
      return undefined;
    });
  }

  /* Shapes first, so that there is something to see while the values are read. */
  async function read() {
    const [shapes, codes] = await Promise.all([parkgeoShapes(data.shapes), parkgeoTable(data.codes)]);
    mass = new ParkgeoMass(shapes, Uint8Array.from(codes), styles);
    mass.addTo(map);
    table = await parkgeoTable(data.table);
    reading.remove();
    map.on("click", ({ latlng }) => {
      if (root.classList.contains("pg-measuring")) return;
      const i = mass.at(latlng);
      if (i >= 0) open(i, latlng);
      else mass.mark(-1);
    });
    map.on("popupclose", () => mass.mark(-1));
    if (matchMedia("(hover: hover)").matches) nameAtPointer();
    root.classList.add("pg-ready");
  }

  read();
}
