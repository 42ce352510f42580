/** The time left until something goes out, told every second; then the page is opened anew. Without JavaScript: minutes. */

const SECOND = 1000;

function tell(place, serverNow) {
  const end = Date.parse(place.dataset.until);
  const offset = serverNow - Date.now();
  const update = () => {
    const left = Math.max(0, Math.ceil((end - Date.now() - offset) / SECOND));
    place.textContent = `${Math.floor(left / 60)}分${String(left % 60).padStart(2, "0")}秒`;
    if (left === 0) window.location.reload();
    else window.setTimeout(update, SECOND);
  };
  update();
}

for (const place of document.querySelectorAll("[data-until]")) tell(place, Date.parse(place.dataset.now));
