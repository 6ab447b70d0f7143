// A file that is too large is said so before it is sent; the server says it as well.
const upload = document.querySelector("[data-upload]"), file = upload.querySelector("[data-largest]"), tooLarge = upload.querySelector("[data-too-large]");
const isTooLarge = () => file.files.length > 0 && file.files[0].size > Number(file.dataset.largest);
file.addEventListener("change", () => { tooLarge.hidden = !isTooLarge(); });
upload.addEventListener("submit", (event) => { if (isTooLarge()) { event.preventDefault(); event.stopImmediatePropagation(); tooLarge.hidden = false; file.focus(); } });
