/* A tree of what a map shows: groups, their items, and the parts of those that have several.
 *
 * Nested lists of checkboxes. One row at a time can be reached by Tab, so that a long list is passed
 * at once; arrow keys go from row to row, and open and fold. Rows that were never opened are not made.
 */
"use strict";

/** Make a tree; onChange() is called after whatever the reader, or a script, switches.
 *
 * A group is {text, more, items}, an item {text, more, sample, zoom, parts}, and a part is like an item
 * without parts: "more" are further texts, "sample" is a swatch, "zoom" what its sign does. Returned are
 * the sections for the panel, and functions that take such an item or part.
 */
function parkgeoTree(page, groups, { title, onChange }) {
  const { ICONS, words, node, say, name, button, icon, section } = page;
  /* So many items are all seen at once; of more, the groups only. */
  const OPEN_UP_TO = 24;
  const rows = new Map();
  const count = node("span", "pg-quiet pg-tree-count");
  count.setAttribute("aria-live", "polite");

  function entry(source, depth, children, parent) {
    const made = { source, depth, parent, on: true, open: false, children: [] };
    made.children = children.map((child) => entry(child, depth + 1, child.parts || [], made));
    return made;
  }
  const tops = groups.map((group) => entry(group, 0, group.items, null));
  const items = tops.flatMap((top) => top.children);
  const leaves = items.flatMap((item) => (item.children.length ? item.children : [item]));
  const entryOf = new Map([...items, ...leaves].map((each) => [each.source, each]));
  for (const top of tops) top.open = items.length <= OPEN_UP_TO;

  /* State ----------------------------------------------------------------------------------- */

  function ownLeaves(each) {
    return each.children.length ? each.children.flatMap(ownLeaves) : [each];
  }

  /** "true", "false" or "mixed", as ARIA has it. */
  function state(each) {
    const own = ownLeaves(each);
    const on = own.filter((leaf) => leaf.on).length;
    return on === 0 ? "false" : on === own.length ? "true" : "mixed";
  }

  function refresh() {
    for (const [each, { input, line }] of rows) {
      const now = state(each);
      [input.checked, input.indeterminate] = [now === "true", now === "mixed"];
      line.classList.toggle("pg-off", now === "false");
    }
    const seen = items.filter((item) => state(item) !== "false").length;
    count.textContent = `${seen} / ${items.length}`;
  }

  function change(wanted) {
    for (const leaf of leaves) leaf.on = wanted(leaf);
    refresh();
    onChange();
  }

  function set(each, on) {
    const own = new Set(ownLeaves(each));
    change((leaf) => (own.has(leaf) ? on : leaf.on));
  }

  function only(each) {
    const own = new Set(ownLeaves(each));
    change((leaf) => own.has(leaf));
  }

  /* Rows ------------------------------------------------------------------------------------ */

  function controls(each) {
    const { source } = each;
    const made = [name(button("pg-icon pg-only", () => only(each), icon(ICONS.only)), words.only_this, source.text)];
    if (source.zoom) {
      made.push(name(button("pg-icon pg-zoom", source.zoom, icon(ICONS.zoom)), words.zoom_to, source.text));
    }
    return made;
  }

  function unfold(each, open) {
    each.open = open;
    const { twisty, below } = rows.get(each);
    if (open && !below.children.length) {
      below.append(...each.children.map(row));
      refresh();
    }
    below.hidden = !open;
    twisty.setAttribute("aria-expanded", String(open));
  }

  function row(each) {
    const { source, depth, children } = each;
    const texts = [source.text, ...(source.more || [])];
    const [input, label] = page.labelledSwitch(true, source.sample || "", texts, (on) => set(each, on));
    const line = node("div", "pg-switch pg-row");
    const below = node("ul", "pg-below");
    const twisty = name(
      button("pg-icon pg-twisty", () => unfold(each, !each.open), icon(ICONS.open)), words.unfold, source.text,
    );
    twisty.style.visibility = children.length ? "" : "hidden";
    line.append(twisty, label, ...controls(each));
    rows.set(each, { input, line, below, twisty });
    line.addEventListener("focusin", () => reach(each));
    for (const control of line.querySelectorAll("input, button")) control.tabIndex = -1;
    const made = node("li", `pg-depth-${depth}`, line);
    if (children.length) {
      made.append(below);
      unfold(each, each.open);
    }
    return made;
  }

  /* Keyboard -------------------------------------------------------------------------------- */

  let reached = null;

  /** Let Tab come to this row, and to no other. */
  function reach(each) {
    if (reached === each) return;
    for (const [one, index] of [[reached, -1], [each, 0]]) {
      if (one) for (const control of rows.get(one).line.querySelectorAll("input, button")) control.tabIndex = index;
    }
    reached = each;
  }

  function visible() {
    const all = (each) => [each, ...(each.open ? each.children.flatMap(all) : [])];
    return tops.flatMap(all);
  }

  function go(each) {
    if (!each) return;
    reach(each);
    rows.get(each).input.focus();
  }

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const order = visible();
    const at = order.indexOf(reached);
    const steps = {
      ArrowDown: () => go(order[at + 1]),
      ArrowUp: () => go(order[at - 1]),
      Home: () => go(order[0]),
      End: () => go(order[order.length - 1]),
      ArrowRight: () => (reached.children.length && !reached.open ? unfold(reached, true) : go(reached.children[0])),
      ArrowLeft: () => (reached.open && reached.children.length ? fold(reached) : fold(reached.parent)),
    };
    if (!steps[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    steps[event.key]();
  }

  function fold(each) {
    if (!each) return;
    unfold(each, false);
    go(each);
  }

  /* Panel ----------------------------------------------------------------------------------- */

  const list = node("ul", "pg-tree", ...tops.map(row));
  const keys = say(node("p", "pg-unseen"), words.tree_keys);
  keys.id = `${page.dataId}_keys_${document.querySelectorAll(".pg-tree").length}`;
  list.setAttribute("aria-describedby", keys.id);
  list.addEventListener("keydown", onKey);
  if (tops.length) reach(tops[0]);
  const bar = node(
    "div", "pg-tree-bar", count,
    say(button("pg-button pg-small", () => change(() => true)), words.all),
    say(button("pg-button pg-small", () => change(() => false)), words.none),
  );
  refresh();
  return {
    sections: tops.length ? section(title, bar, keys, list) : [],
    /** Say whether an item, a part, or any part of an item is shown. */
    shows: (source) => state(entryOf.get(source)) !== "false",
    show: (source) => set(entryOf.get(source), true),
    only: (source) => only(entryOf.get(source)),
  };
}
