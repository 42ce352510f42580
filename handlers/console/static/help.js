/** Help opens on the page itself, so that what is being written stays; without JavaScript its link opens the guide. */

const link = document.querySelector(".help a");
const panel = document.getElementById("help-text");

link.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!panel.childElementCount) {
    const answer = await fetch(link.dataset.part).catch(() => null);
    if (!answer?.ok) return location.assign(link.href);
    panel.innerHTML = await answer.text();
  }
  panel.hidden = !panel.hidden;
  link.setAttribute("aria-expanded", String(!panel.hidden));
});
