// On the way in: a link in a mail names its task behind the #, which a form would lose on the way.
import "./theme.js";

const next = document.querySelector("input[name=next]");
if (next instanceof HTMLInputElement && /^#task-[A-Za-z0-9-]+$/.test(location.hash)) {
  next.value = (next.value || "/admin") + location.hash;
}
