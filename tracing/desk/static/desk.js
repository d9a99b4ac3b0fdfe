// What makes the desk shorter to use. Nothing needs it: every page works with this file missing.
(() => {
  "use strict";
  const all = (what, where = document) => [...where.querySelectorAll(what)];

  // After a refused form: straight to the summary of what is wrong.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  // A link to a part inside closed details opens them.
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target && target.matches("input, select, textarea, fieldset")) target.focus();
  };
  addEventListener("hashchange", open);
  open();

  // One click sends once; leaving with something typed asks first.
  let typed = false;
  for (const form of all("main form[method=post]")) {
    form.addEventListener("input", () => { typed = true; });
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      typed = false;
      form.dataset.sent = "1";
      setTimeout(() => { delete form.dataset.sent; }, 5000);
    });
  }
  addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
  addEventListener("pageshow", () => { for (const form of all("form[data-sent]")) delete form.dataset.sent; });

  // A select in a filter applies at once; its button stays for keyboards that move through the options.
  for (const select of all(".filter select")) select.addEventListener("change", () => select.form.requestSubmit());

  // Copying a code copies its characters, not the boxes drawn for hidden ones.
  document.addEventListener("copy", (event) => {
    const picked = getSelection();
    if (!picked.rangeCount || !picked.toString()) return;
    const part = picked.getRangeAt(0).cloneContents();
    const boxes = all(".odd", part);
    if (!boxes.length) return;
    for (const box of boxes) box.replaceWith(String.fromCodePoint(parseInt(box.textContent.slice(2), 16)));
    event.clipboardData.setData("text/plain", part.textContent);
    event.preventDefault();
  });
})();
