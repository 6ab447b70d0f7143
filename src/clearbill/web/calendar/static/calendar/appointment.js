// The length follows the service until somebody types another.
const minutes = document.getElementById("id_minutes");
const service = document.getElementById("id_service");
const lengths = JSON.parse(document.getElementById("service-minutes").textContent);
let own = Boolean(minutes.value) && minutes.value !== String(lengths[service.value]);
minutes.addEventListener("input", () => { own = minutes.value !== ""; });
service.addEventListener("change", () => { if (!own) minutes.value = lengths[service.value] ?? ""; });
