// The little that links and forms cannot do. Every page works without it.
"use strict";

(() => {
  const QUIET_MS = 400; // a burst of events is one refresh
  const LONGEST_S = 15; // relative times move on, and a lost stream is made up for
  const root = document.documentElement;
  root.classList.add("scripted");

  // Only the browser knows its zone; the server writes all times.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  document.cookie = `browser_zone=${zone.replace("/", "%2F")}; path=/; max-age=31536000; samesite=lax`;

  // An event says when to look, never what changed: the live part is fetched again as a whole.
  let soon = 0;
  let last = Date.now();
  const refresh = () => {
    const live = document.getElementById("live");
    const streaming = document.getElementById("stream");
    if (!live || !streaming || document.hidden) return;
    last = Date.now();
    htmx.trigger(live, "refresh");
  };
  // Hints that come while one waits change nothing: a stream that never pauses must not put the refresh off.
  const hint = () => {
    if (soon) return;
    soon = setTimeout(() => { soon = 0; refresh(); }, Date.now() - last > 2000 ? QUIET_MS : 1000);
  };
  document.addEventListener("htmx:sse:before:message", (event) => {
    event.preventDefault();
    hint();
  });
  document.addEventListener("visibilitychange", hint);
  setInterval(() => {
    // Output and progress are no events: a page on which something moves says how often it wants to look.
    const pace = Number(document.getElementById("live")?.dataset.every || LONGEST_S);
    if (Date.now() - last >= pace * 1000) refresh();
  }, 500);

  // The dialog shows what a link leads to; where that fails, the link is followed.
  const dialog = document.getElementById("dialog");
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx.target;
    if (!target) return;
    if (target.id === "dialog-body" && !dialog.open) dialog.showModal();
    if (target.id === "dialog-body") dialog.querySelector("[autofocus]")?.focus();
    followLog();
  });
  document.addEventListener("htmx:response:error", (event) => {
    const link = event.detail.ctx.sourceElement;
    if (link.matches("a[href]")) location.assign(link.href);
    else if (event.detail.ctx.response.status === 401) location.reload();
  });

  document.addEventListener("click", (event) => {
    const leave = event.target.closest("[data-close]");
    if (leave && leave.closest("dialog")) {
      event.preventDefault();
      dialog.close();
    }
    if (event.target === dialog) dialog.close();
    for (const menu of document.querySelectorAll(".menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const source = document.querySelector(copy.dataset.copy);
      navigator.clipboard.writeText(source.value ?? source.textContent).then(() => {
        copy.lastChild.textContent = "Copied";
      });
    }
  });

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-all]")) {
      for (const one of box.form.querySelectorAll('[name="job"]')) one.checked = box.checked;
    }
    if (box.matches('[data-all], [name="job"]')) countChosen(box.form);
    if (box.matches("[data-at-once] select")) box.form.requestSubmit();
  });

  const countChosen = (form) => {
    const chosen = form.querySelectorAll('[name="job"]:checked').length;
    form.querySelector("[data-chosen]").textContent = `With ${chosen} chosen:`;
  };

  // "/" searches, Escape closes menus.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      document.getElementById("search")?.focus();
    }
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll(".menu[open]")) menu.open = false;
    }
  });

  // A log that is read at its end stays at its end.
  let atEnd = true;
  const followLog = () => {
    const log = document.querySelector("[data-follow]");
    if (!log) return;
    if (!log.dataset.heard) {
      log.dataset.heard = "yes";
      log.addEventListener("scroll", () => {
        atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
      });
    }
    if (atEnd && !location.hash) log.scrollTop = log.scrollHeight;
  };
  followLog();
})();
