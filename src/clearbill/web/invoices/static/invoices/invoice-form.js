// Lines are added in place, a service fills in its line, and the sum is shown as it grows. The server reckons again.
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
  for (const [name, value] of Object.entries(services[service] ?? {})) input(line, name).value = value;
  // A line of another service is another treatment: code and setting come from the new one.
  for (const name of ["procedure_code", "setting"]) input(line, name).value = "";
};
const reckon = () => {
  let net = 0;
  for (const line of lines.children) {
    if (input(line, "DELETE").checked) continue;
    const price = pence(input(line, "unit_price").value), units = Number(input(line, "units").value || 1);
    const off = pence(input(line, "discount").value || "0"), rate = Number(input(line, "vat_rate").value || 0);
    if (price === null || off === null || !Number.isFinite(units) || !Number.isFinite(rate)) { sum.textContent = ""; return; }
    const base = price * units - off;
    net += base + Math.round((base * rate) / 100);
  }
  const paid = pence(form.querySelector("[name=patient_paid]").value || "0");
  if (paid === null) { sum.textContent = ""; return; }
  sum.textContent = `Net ${new Intl.NumberFormat("en-GB", { style: "currency", currency: "GBP" }).format((net - paid) / 100)}`;
};
form.querySelector("[data-add-line]").addEventListener("click", (event) => { event.preventDefault(); add(); });
form.addEventListener("change", (event) => {
  const line = event.target.closest("[data-line]");
  if (line && event.target.name.endsWith("-service")) fill(line, event.target.value);
  reckon();
});
form.addEventListener("input", reckon);
reckon();
