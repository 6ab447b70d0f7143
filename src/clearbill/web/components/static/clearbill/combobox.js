// A text field that finds codes or clients while one types: <div class="combo" data-combo="/address" data-combo-nouns="code,codes"><input></div>
// The address takes q by POST and answers {"hits": [{value, code, title}], "more": n}. Choosing fires combo:chosen on the input.
(() => {
  let serial = 0;
  const state = new WeakMap();

  function prepare(input) {
    if (state.has(input)) return state.get(input);
    const box = input.closest("[data-combo]");
    const id = `combo-${++serial}`;
    const list = document.createElement("ul");
    list.id = id; list.hidden = true; list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Found");
    const said = document.createElement("div");
    said.className = "sr"; said.setAttribute("role", "status");
    box.append(list, said);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", id]]) input.setAttribute(name, value);
    const one = { box, list, said, hits: [], active: -1, timer: 0, asked: 0 };
    state.set(input, one);
    return one;
  }

  function close(input) {
    const one = prepare(input);
    one.list.hidden = true; one.active = -1; one.hits = []; one.asked += 1;
    window.clearTimeout(one.timer);
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function activate(input, index) {
    const one = prepare(input);
    one.active = index;
    [...one.list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === index)));
    const item = one.list.children[index];
    if (!item) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  function choose(input, index) {
    const hit = prepare(input).hits[index];
    if (!hit) return;
    input.value = hit.code;
    close(input);
    input.dispatchEvent(new CustomEvent("combo:chosen", { bubbles: true, detail: hit }));
  }

  function show(input, hits, more) {
    const one = prepare(input);
    const [singular, plural] = (one.box.dataset.comboNouns || "code,codes").split(",");
    one.list.replaceChildren(...hits.map((hit, index) => {
      const item = document.createElement("li");
      item.id = `${one.list.id}-${index}`; item.setAttribute("role", "option"); item.setAttribute("aria-selected", "false");
      const code = document.createElement("b");
      code.textContent = hit.code;
      item.append(code, ` ${hit.title || "as typed"}`);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(input, index); });
      return item;
    }));
    if (more) {
      const rest = document.createElement("li");
      rest.className = "more muted"; rest.setAttribute("role", "option"); rest.setAttribute("aria-disabled", "true"); rest.setAttribute("aria-selected", "false");
      rest.textContent = `and ${more} more: type more of it`;
      one.list.append(rest);
    }
    one.hits = hits; one.active = -1;
    one.list.hidden = !hits.length;
    if (hits.length) one.list.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-expanded", String(hits.length > 0));
    input.removeAttribute("aria-activedescendant");
    one.said.textContent = hits.length ? `${hits.length} ${hits.length === 1 ? singular : plural} found${more ? `, ${more} more` : ""}. Use the arrow keys.` : `No ${singular} found.`;
  }

  async function ask(input) {
    const one = prepare(input);
    const text = input.value.trim();
    const asked = ++one.asked;
    if (text.length < 2) { close(input); return; }
    const body = new FormData();
    body.append("q", text);
    try {
      const answer = await fetch(one.box.dataset.combo, { method: "POST", body, headers: { Accept: "application/json", ...JSON.parse(document.body.getAttribute("hx-headers")) } });
      if (!answer.ok) throw new Error("no answer");
      const { hits, more } = await answer.json();
      if (asked === one.asked && document.activeElement === input) show(input, hits, more);
    } catch {
      if (asked === one.asked) { close(input); one.said.textContent = `The search did not answer. Type the whole ${(one.box.dataset.comboNouns || "code").split(",")[0]}.`; }
    }
  }

  const comboOf = (event) => (event.target.matches && event.target.matches("[data-combo] input") ? event.target : null);
  document.addEventListener("focusin", (event) => { const input = comboOf(event); if (input) prepare(input); });
  document.addEventListener("focusout", (event) => { const input = comboOf(event); if (input) close(input); });
  document.addEventListener("input", (event) => {
    const input = comboOf(event);
    if (!input) return;
    const one = prepare(input);
    window.clearTimeout(one.timer);
    one.timer = window.setTimeout(() => ask(input), 120);
  });
  document.addEventListener("keydown", (event) => {
    const input = comboOf(event);
    if (!input) return;
    const one = prepare(input);
    const last = one.hits.length - 1;
    if (event.key === "ArrowDown" && one.list.hidden) { event.preventDefault(); ask(input); return; }
    if (one.list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); activate(input, one.active >= last ? 0 : one.active + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); activate(input, one.active <= 0 ? last : one.active - 1); }
    else if (event.key === "Home" && one.active >= 0) { event.preventDefault(); activate(input, 0); }
    else if (event.key === "End" && one.active >= 0) { event.preventDefault(); activate(input, last); }
    else if (event.key === "Enter") { event.preventDefault(); choose(input, one.active < 0 ? 0 : one.active); }
    else if (event.key === "Escape") { event.preventDefault(); close(input); }
  }, true);
  for (const input of document.querySelectorAll("[data-combo] input")) prepare(input);
  document.addEventListener("htmx:afterSwap", (event) => { for (const input of event.detail.target.querySelectorAll("[data-combo] input")) prepare(input); });
})();
