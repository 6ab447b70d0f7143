// A client by words: a combobox over the practice's clients. What is typed goes in the body of a request, never in an address.
for (const field of document.querySelectorAll("[data-client-field]")) {
  const input = field.querySelector("input[name=client_words]");
  const combo = field.querySelector(".combo");
  const said = field.querySelector("[data-chosen]");
  const count = field.querySelector("[data-count]");
  const token = field.closest("form").querySelector("[name=csrfmiddlewaretoken]").value;
  const list = document.createElement("ul");
  let id = field.querySelector("input[type=hidden][name=client]");
  let hits = [], at = -1, timer = 0, asked = 0;
  list.id = `${input.id}_hits`; list.setAttribute("role", "listbox"); list.setAttribute("aria-label", "Clients found"); list.hidden = true;
  combo.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);

  const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const mark = (index) => {
    at = index;
    [...list.children].forEach((row, number) => row.setAttribute("aria-selected", String(number === at)));
    if (at < 0) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const choose = (hit) => { input.value = hit.name; id.value = hit.id; said.textContent = hit.detail; count.textContent = `${hit.name} chosen`; close(); };
  const forget = () => {
    const radios = field.querySelector("[data-hits]");
    if (radios) { radios.remove(); id = Object.assign(document.createElement("input"), { type: "hidden", name: "client" }); field.append(id); }
    id.value = ""; said.textContent = "";
  };
  const draw = () => {
    list.replaceChildren(...hits.map((hit, number) => {
      const row = document.createElement("li"), detail = document.createElement("span");
      row.id = `${list.id}_${number}`; row.setAttribute("role", "option"); row.setAttribute("aria-selected", "false");
      detail.className = "muted small"; detail.textContent = ` ${hit.detail}`;
      row.append(hit.name, detail);
      row.addEventListener("mousedown", (event) => { event.preventDefault(); choose(hit); });
      return row;
    }));
    list.hidden = hits.length === 0; at = -1;
    input.setAttribute("aria-expanded", String(hits.length > 0));
    count.textContent = hits.length ? `${hits.length} found` : "No client found";
  };
  const ask = async () => {
    const words = input.value.trim(), turn = ++asked;
    if (words.length < 2) { hits = []; close(); return; }
    const answer = await fetch(field.dataset.clientField, { method: "POST", body: new URLSearchParams({ words }), headers: { "X-CSRFToken": token } }).catch(() => null);
    if (!answer || !answer.ok || turn !== asked) return;
    hits = await answer.json(); draw();
  };
  input.addEventListener("input", () => { forget(); clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); event.stopPropagation(); close(); }
    if (list.hidden || !hits.length) return;
    if (event.key === "ArrowDown") { event.preventDefault(); mark((at + 1) % hits.length); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark((at - 1 + hits.length) % hits.length); }
    if (event.key === "Enter") { event.preventDefault(); choose(hits[Math.max(at, 0)]); }
  });
}
