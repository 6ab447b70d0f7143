// The choice of no site names the site that is meant: where the chosen practitioner usually works.
const practitioner = document.getElementById("id_practitioner");
const none = document.querySelector("#id_site option[value='']");
const usual = JSON.parse(document.getElementById("usual-sites").textContent);
const words = none.textContent;
const name = () => { none.textContent = usual[practitioner.value] ? `Usual site: ${usual[practitioner.value]}` : words; };
practitioner.addEventListener("change", name);
name();
