/* A map on paper: what the browser prints, and a picture of the same sheet as a file. */
"use strict";

/** A4 landscape with margins of 10 mm, in px. */
const PARKGEO_SHEET = { width: 1047, height: 718 };

/** Print the map as a sheet with title, legend, scale and sources, and without controls. */
function parkgeoPrint(page) {
  const { root } = page;
  const paper = document.createElement("style");
  paper.textContent = "@page { size: A4 landscape; margin: 10mm; }";

  /** A map that is part of a longer page is printed with that page, as it stands there. */
  function alone() {
    return root.clientHeight >= 0.9 * window.innerHeight && document.querySelectorAll(".pg-map").length === 1;
  }

  function prepare() {
    if (!alone()) return;
    document.head.append(paper);
    page.layOut(PARKGEO_SHEET);
  }

  function finish() {
    paper.remove();
    page.putBack();
  }

  window.addEventListener("beforeprint", prepare);
  window.addEventListener("afterprint", finish);
  window.matchMedia("print").addEventListener("change", ({ matches }) => (matches ? prepare() : finish()));
}

/** Copy the page with what no copy has by itself: canvases, and what is ticked. */
function parkgeoCopy(page) {
  const { root, node } = page;
  const copy = root.cloneNode(true);
  const canvases = [...root.querySelectorAll("canvas")];
  copy.querySelectorAll("canvas").forEach((canvas, i) => {
    const image = node("img");
    image.src = canvases[i].toDataURL();
    image.style.cssText = canvas.style.cssText;
    image.className = canvas.className;
    canvas.replaceWith(image);
  });
  const selects = [...root.querySelectorAll("select")];
  copy.querySelectorAll("select").forEach((select, i) => {
    [...select.options].forEach((option, k) => option.toggleAttribute("selected", k === selects[i].selectedIndex));
  });
  const inputs = [...root.querySelectorAll("input")];
  copy.querySelectorAll("input").forEach((input, i) => input.toggleAttribute("checked", inputs[i].checked));
  return copy;
}

/** Draw the sheet as one picture of twice its size; no smaller than a printed one. */
async function parkgeoPicture(page) {
  const { root, node } = page;
  const { width, height } = root.getBoundingClientRect();
  const size = {
    width: Math.max(Math.round(width), PARKGEO_SHEET.width),
    height: Math.max(Math.round(height), PARKGEO_SHEET.height),
  };
  page.layOut(size);
  const copy = parkgeoCopy(page);
  page.putBack();
  const styles = [...document.querySelectorAll("style")].map((part) => part.textContent).join("\n");
  const text = new XMLSerializer().serializeToString(copy);
  const sheet = `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * size.width}" height="${2 * size.height}"`
    + ` viewBox="0 0 ${size.width} ${size.height}"><foreignObject width="100%" height="100%">`
    + `<div xmlns="http://www.w3.org/1999/xhtml"><style>${styles.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</style>`
    + `${text}</div></foreignObject></svg>`;
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(sheet)}`;
  await picture.decode();
  const canvas = node("canvas");
  [canvas.width, canvas.height] = [2 * size.width, 2 * size.height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
