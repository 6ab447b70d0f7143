// Lines are added in place, a service fills in its line, and the sum is shown as it grows. The server reckons again.
// Price and codes are those of the day of treatment and of whoever is billed: the server is asked whenever one of these
// changes, and a value follows while it is what the server said last.
const form = document.getElementById("invoice-form"), lines = form.querySelector("[data-lines]"), sum = form.querySelector("[data-sum]");
const total = form.querySelector("[name=lines-TOTAL_FORMS]"), empty = document.getElementById("empty-line");
const services = JSON.parse(document.getElementById("services").textContent);
const input = (line, name) => line.querySelector(`[name$="-${name}"]`);
const pence = (text) => { const bare = text.replace(/[£,\s]/g, ""); return /^\d+(\.\d{1,2})?$/.test(bare) ? Math.round(parseFloat(bare) * 100) : null; };

const add = () => {
  const number = Number(total.value), holder = document.createElement("div");
  holder.innerHTML = empty.innerHTML.replaceAll("__prefix__", number);
  const line = holder.firstElementChild, before = lines.lastElementChild;
  line.querySelector("[data-number]").textContent = number + 1;
  input(line, "units").value = "1";
  if (before) input(line, "treated_on").value = input(before, "treated_on").value;
  lines.append(line);
  total.value = number + 1;
  input(line, "service").focus();
};
const fill = (line, service) => {
  if (services[service]) input(line, "description").value = services[service];
  // A line of another service is another treatment: code, setting and price come from the new one.
  for (const name of ["item_code", "unit_price", "vat_rate", "procedure_code", "setting"]) input(line, name).value = "";
};
const reckon = () => {
  let net = 0;
  for (const line of lines.children) {
    if (input(line, "DELETE").checked) continue;
    const price = pence(input(line, "unit_price").value), units = Number(input(line, "units").value || 1);
    const off = pence(input(line, "discount")?.value || "0"), rate = Number(input(line, "vat_rate").value || 0);
    if (price === null || off === null || !Number.isFinite(units) || !Number.isFinite(rate)) { sum.textContent = ""; return; }
    const base = price * units - off;
    net += base + Math.round((base * rate) / 100);
  }
  const paid = pence(form.querySelector("[name=patient_paid]")?.value || "0");
  if (paid === null) { sum.textContent = ""; return; }
  sum.textContent = `Net ${new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" }).format((net - paid) / 100)}`;
};
const FOLLOWERS = { unit_price: (told) => told.price, item_code: (told) => told.own.item_code, procedure_code: (told) => told.own.procedure_code, vat_rate: (told) => told.own.vat_rate };
const told = new WeakMap();
const same = (one, other) => one === other || (one !== "" && other !== "" && Number(one.replace(/[£,\s]/g, "")) === Number(other));
const money = (amount) => new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" }).format(amount / 100);
const isUntouched = (line) =>
  form.dataset.prices.includes("?") && input(line, "unit_price").defaultValue !== "" && ["unit_price", "treated_on"].every((name) => input(line, name).value === input(line, name).defaultValue) && [input(line, "service"), form.elements.insurer].every((choice) => choice.selectedOptions[0]?.defaultSelected);
const follow = (line, now) => {
  const before = told.get(line);
  for (const [name, read] of Object.entries(FOLLOWERS)) {
    const field = input(line, name), isEmpty = field.value.trim() === "" && name !== "procedure_code";
    if (isEmpty || (before && same(field.value, read(before)))) field.value = read(now);
  }
  told.set(line, now);
};
const explain = (line, question) => {
  const now = told.get(line), note = line.querySelector("[data-price-note]"), reason = line.querySelector("[data-price-reason]");
  const price = pence(input(line, "unit_price").value), hasReason = input(line, "price_reason").value.trim() !== "" || line.querySelector("[data-price-reason] .why");
  const rule = now?.is_set ? pence(now.price) : null, differs = rule !== null && price !== null && price !== rule;
  const lost = differs && now.is_contract && price < rule ? ` ${money((rule - price) * Number(input(line, "units").value || 1))} would be lost.` : "";
  const isAsked = differs && !isUntouched(line), mayOverride = "mayOverride" in form.dataset;
  const next = !isAsked ? "" : mayOverride ? " Say why another price is billed." : " You may not bill another price; an owner or an administrator may.";
  const said = differs ? `The price of this day is ${money(rule)}. ${now.sentence}${lost}${next}` : (now?.sentence ?? "");
  note.textContent = reason.querySelector(".why") ? "" : question && now ? `${question} ${said}` : said;
  note.classList.toggle("warned", isAsked);
  reason.hidden = !hasReason && !(isAsked && mayOverride);
};
let asked = 0, question = "";
const askPrices = async () => {
  const mine = (asked += 1), answer = await fetch(form.dataset.prices, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  const found = await answer.json();
  question = found.question;
  for (const line of lines.children) {
    const now = found.lines[input(line, "units").name.replace(/-units$/, "")];
    if (now) follow(line, now);
    else told.delete(line);
    explain(line, question);
  }
  reckon();
};
form.querySelector("[data-add-line]").addEventListener("click", (event) => { event.preventDefault(); add(); });
form.addEventListener("change", (event) => {
  const line = event.target.closest("[data-line]");
  const name = event.target.name ?? "";
  if (line && name.endsWith("-service")) fill(line, event.target.value);
  if (name === "insurer" || /-(service|treated_on|item_code|unit_price)$/.test(name)) askPrices();
  reckon();
});
form.addEventListener("input", (event) => {
  const line = event.target.closest("[data-line]");
  if (line) explain(line, question);
  reckon();
});
form.addEventListener("combo:chosen", askPrices, true);
reckon();
if ([...lines.children].some((line) => input(line, "service").value)) askPrices();
