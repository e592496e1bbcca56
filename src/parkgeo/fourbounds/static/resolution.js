/* Draws a resolution from the JSON that stands in the page, with what panel.js gives. */
"use strict";

function parkgeoResolutionMap(map, dataId) {
  const page = parkgeoPanel(map, dataId);
  const { data, root, words, panel, node, svg, say, button, section, polygons, tip, rows, fit } = page;
  const INK = "#1f2933";
  const QUIET = "#5b6773";
  const MARK = "#f2a900";

  for (const [pane, depth, still] of [
    ["pgBlock", 380, true], ["pgBeyond", 390], ["pgMark", 395, true], ["pgCase", 400, true],
    ["pgRivals", 410], ["pgSides", 420],
  ]) page.pane(pane, depth, still);

  /* Pieces ---------------------------------------------------------------------------------- */

  polygons(data.block, {
    pane: "pgBlock", className: "pg-block", stroke: false, fillColor: "#3d5a73", fillOpacity: 0.1,
    interactive: false,
  }).addTo(map);

  const sides = data.sides.map((side) => ({ ...side, border: [], beyond: [] }));

  for (const piece of data.pieces) {
    const side = sides[piece.row];
    const beyond = piece.how === "beyond";
    const layer = polygons(piece.geometry, beyond
      ? { pane: "pgBeyond", className: "pg-beyond", color: piece.color, weight: 2, opacity: 0.5 }
      : {
        pane: "pgSides", className: "pg-piece", color: piece.color, weight: 5, opacity: 1,
        dashArray: piece.dash || null, lineCap: "round", lineJoin: "round",
      });
    if (!beyond) {
      polygons(piece.geometry, {
        pane: "pgCase", color: "#fff", weight: 9, opacity: 0.9, lineCap: "round", interactive: false,
      }).addTo(map);
    }
    layer.bindTooltip(tip(titleOf(side), side.status, piece.said), { sticky: true });
    layer.bindPopup(() => sideCard(side), page.popupOptions());
    layer.addTo(map);
    side[beyond ? "beyond" : "border"].push(layer);
  }

  function titleOf(side) {
    return { zh: side.side.zh + "：" + side.asked.zh, en: side.side.en + ": " + side.asked.en };
  }

  function sideCard(side) {
    return node("div", "pg-card", say(node("h3"), titleOf(side)), rows(side.card));
  }

  /* Labels ---------------------------------------------------------------------------------- */

  const OUTWARD = { north: "top", south: "bottom", east: "right", west: "left" };

  const OFFSETS = { top: [0, -4], bottom: [0, 4], right: [5, 0], left: [-5, 0] };

  function outward(toward) {
    return OUTWARD[toward] || (toward.endsWith("east") ? "right" : "left");
  }

  for (const label of data.labels) {
    const sign = node("span", "pg-sign-small");
    sign.textContent = label.sign;
    const content = node("div", "", sign, say(node("span"), label.text));
    content.style.borderColor = label.color;
    const away = outward(label.toward);
    page.label(content, label.place, {
      direction: away, offset: OFFSETS[away], className: "pg-label pg-chip",
    }).addTo(map);
  }

  /* Choosing a side ------------------------------------------------------------------------- */

  const mark = L.layerGroup().addTo(map);
  let chosen = null;

  function unchoose() {
    mark.clearLayers();
    chosen = null;
    for (const control of panel.querySelectorAll(".pg-side")) control.setAttribute("aria-pressed", "false");
  }

  function choose(side, control) {
    const again = chosen === side;
    unchoose();
    map.closePopup();
    if (again) {
      fit(data.bounds);
      return;
    }
    chosen = side;
    control.setAttribute("aria-pressed", "true");
    const extent = L.latLngBounds([]);
    for (const layer of side.border.length ? side.border : side.beyond) {
      polygons(layer.toGeoJSON(), {
        pane: "pgMark", className: "pg-mark", color: MARK, weight: 17, opacity: 0.85, lineCap: "round",
        interactive: false,
      }).addTo(mark);
      extent.extend(layer.getBounds());
    }
    fit(extent.pad(0.05));
  }

  /* Panel ----------------------------------------------------------------------------------- */

  function sample(color, dash, width) {
    const shorter = (dash || "").split(" ").filter(Boolean).map((length) => Number(length) * 0.62);
    return svg(
      "svg", { class: "pg-sample", viewBox: "0 0 38 12", "aria-hidden": "true" },
      svg("path", {
        d: "M3 6H35", fill: "none", stroke: color, "stroke-width": width, "stroke-linecap": "round",
        "stroke-dasharray": shorter.join(" "),
      }),
    );
  }

  function badge(side) {
    const made = node("span", "pg-sign pg-" + side.tone);
    made.textContent = side.sign;
    made.setAttribute("aria-hidden", "true");
    return made;
  }

  function sideItem(side) {
    const onMap = side.border.length + side.beyond.length > 0;
    const control = button(
      "pg-side", () => choose(side, control),
      node(
        "span", "pg-side-head",
        side.drawn ? sample(side.color, side.dash, 4) : sample("#c3ccd2", "0.1 14", 3),
        say(node("span", "pg-direction"), side.side), say(node("span", "pg-name"), side.asked),
      ),
      node("span", "pg-result", badge(side), say(node("span", "pg-name pg-text-" + side.tone), side.status)),
      ...side.lines.map((line) => say(node("span", "pg-quiet"), line)),
    );
    control.setAttribute("aria-pressed", "false");
    if (!onMap) {
      control.disabled = true;
      control.append(say(node("span", "pg-quiet"), words.nowhere));
    }
    return node("li", "", control);
  }

  function toneOf(confidence) {
    if (confidence >= 0.8) return "good";
    return confidence >= 0.5 ? "fair" : "poor";
  }

  function meter() {
    const filled = node("div", "pg-fill-" + toneOf(data.confidence));
    filled.style.width = Math.max(1, 100 * data.confidence) + "%";
    const made = node("div", "pg-meter", filled);
    made.setAttribute("aria-hidden", "true");
    return made;
  }

  function warningSection() {
    if (!data.warnings.length) return [];
    const items = data.warnings.map((text) => {
      const sign = node("span", "pg-sign pg-fair");
      sign.textContent = "!";
      sign.setAttribute("aria-hidden", "true");
      return node("li", "", sign, say(node("span", "pg-name"), text));
    });
    return section(words.notes, node("ul", "pg-warnings", ...items));
  }

  /* Other ways round ------------------------------------------------------------------------ */

  const RIVAL = { color: INK, weight: 2, opacity: 0.9, dashArray: "2 4" };

  function candidateItem(candidate) {
    const number = node("div");
    number.textContent = candidate.number;
    const outline = polygons(candidate.geometry, {
      pane: "pgRivals", className: "pg-rival", ...RIVAL, fillColor: INK, fillOpacity: 0.04,
    });
    outline.bindTooltip(tip(candidate.name, candidate.area, ...candidate.lines), { sticky: true });
    const label = page.label(number, candidate.label, { className: "pg-label pg-number" });
    const sample = page.swatch({ stroke: INK, "stroke-width": 1.6, "stroke-dasharray": "2 3", fill: "none" });
    const [, control] = page.labelledSwitch(
      false, sample, [candidate.name, candidate.area, ...candidate.lines],
      (on) => {
        for (const layer of [outline, label]) {
          if (on) layer.addTo(map);
          else layer.remove();
        }
        if (on) fit(outline.getBounds().extend(data.bounds));
        page.declutter();
      },
    );
    return node("li", "pg-switch", control);
  }

  function candidateSection() {
    if (!data.candidates.length) return section(words.candidates, say(node("p", "pg-quiet"), words.only));
    return section(words.candidates, node("ul", "pg-candidates", ...data.candidates.map(candidateItem)));
  }

  /* Start ----------------------------------------------------------------------------------- */

  root.classList.add("pg-resolution");
  page.build(
    meter(),
    ...warningSection(),
    ...section(words.sides, node("ul", "pg-sides", ...sides.map(sideItem))),
    ...candidateSection(),
    ...page.legend(data.legend.map(({ dash, thin, label }) => [sample(QUIET, dash, thin ? 1.6 : 4), label])),
  );
  page.start();
}
