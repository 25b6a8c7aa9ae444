// What the pages do with JavaScript on. Everything essential works without it.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const base = () => document.body.dataset.base || "";
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) && !/^(checkbox|radio|button|submit)$/.test(el.type);

  // Dialogs: the command palette and the list of keys.
  const open = (id) => { const d = document.getElementById(id); if (d && !d.open) { d.showModal(); const i = d.querySelector("input"); if (i) { i.value = ""; filter(d, ""); } } };
  document.addEventListener("click", (e) => {
    const opener = e.target.closest("[data-open]");
    if (opener) { open(opener.dataset.open); return; }
    if (e.target instanceof HTMLDialogElement) e.target.close();
    const menu = document.querySelector("details.menu[open]");
    if (menu && !menu.contains(e.target)) menu.open = false;
  });

  const options = (d) => [...d.querySelectorAll('[role="option"]')].filter((o) => !o.hidden);
  const mark = (d, option) => {
    d.querySelectorAll('[role="option"]').forEach((o) => o.setAttribute("aria-selected", String(o === option)));
    const input = d.querySelector("input");
    if (option) { input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); } else input.removeAttribute("aria-activedescendant");
  };
  const searchFor = (text) => `${base()}/search?q=${encodeURIComponent(text.trim())}`;
  function filter(d, text) {
    const words = text.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    d.querySelectorAll('[role="option"]').forEach((o) => {
      if ("found" in o.dataset) return;
      if ("all" in o.dataset) { o.hidden = !words.length; const a = o.querySelector("a"); a.querySelector("b").textContent = text.trim(); a.href = searchFor(text); return; }
      const t = o.textContent.normalize("NFKC").toLowerCase(); o.hidden = !words.every((w) => t.includes(w));
    });
    mark(d, options(d)[0]);
  }
  const palette = document.getElementById("palette");
  if (palette) {
    const input = palette.querySelector("input");
    const list = palette.querySelector('[role="listbox"]');
    let waiting = 0, asked = 0;
    // What is found is shown below the commands, a moment after the typing rests.
    const suggest = () => {
      clearTimeout(waiting);
      const mine = ++asked, text = input.value.trim();
      if (!palette.dataset.suggest || text.length < 2) { list.querySelectorAll("[data-found]").forEach((o) => o.remove()); return; }
      waiting = setTimeout(async () => {
        try {
          const answer = await fetch(`${palette.dataset.suggest}?q=${encodeURIComponent(text)}`);
          if (!answer.ok || mine !== asked) return;
          const found = await answer.text();
          if (mine !== asked) return;
          list.querySelectorAll("[data-found]").forEach((o) => o.remove());
          list.insertAdjacentHTML("beforeend", found);
        } catch { /* away for a moment */ }
      }, 180);
    };
    input.addEventListener("input", (e) => { filter(palette, input.value); if (!e.isComposing) suggest(); });
    input.addEventListener("compositionend", suggest);
    palette.addEventListener("close", () => { asked++; clearTimeout(waiting); list.querySelectorAll("[data-found]").forEach((o) => o.remove()); });
    input.addEventListener("keydown", (e) => {
      const list = options(palette), at = list.findIndex((o) => o.getAttribute("aria-selected") === "true");
      if (e.isComposing) return;
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); mark(palette, list[(at + (e.key === "ArrowDown" ? 1 : -1) + list.length) % list.length]); }
      if (e.key === "Enter") {
        e.preventDefault();
        const chosen = list[at]?.querySelector("a");
        if (chosen) location.href = chosen.href; else if (input.value.trim()) location.href = searchFor(input.value);
      }
    });
  }

  // Keys. A letter never acts while somebody types.
  let goTo = 0;
  const rows = () => [...document.querySelectorAll("tr[data-href]")];
  const move = (step) => {
    const list = rows(); if (!list.length) return;
    const at = list.findIndex((r) => r.getAttribute("aria-selected") === "true");
    const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + step))];
    list.forEach((r) => r.setAttribute("aria-selected", String(r === next)));
    next.scrollIntoView({ block: "nearest" });
    next.querySelector("a")?.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); open("palette"); return; }
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter") { const form = e.target.closest?.("form"); if (form && typing(e.target)) { e.preventDefault(); form.requestSubmit(); } return; }
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector("dialog[open]") || e.isComposing) return;
    const now = Date.now(), going = now - goTo < 1500; goTo = 0;
    const places = { n: "/", c: "/cases", w: "/watch", e: "/exposure", o: "/centre" };
    if (going && places[e.key]) { location.href = base() + places[e.key]; return; }
    const selected = document.querySelector('tr[data-href][aria-selected="true"]');
    switch (e.key) {
      case "/": { const q = document.getElementById("q"); if (q) { e.preventDefault(); q.focus(); q.select(); } break; }
      case "?": open("keys"); break;
      case "g": goTo = now; break;
      case "n": { const link = document.querySelector('header.top a[href$="/reports/new"]'); if (link) location.href = link.href; break; }
      case "j": move(1); break;
      case "k": move(-1); break;
      case "Enter": if (selected && !e.target.closest("a,button")) location.href = selected.dataset.href; break;
      case "x": { const box = selected?.querySelector('input[type="checkbox"]'); if (box) { box.checked = !box.checked; box.dispatchEvent(new Event("change", { bubbles: true })); } break; }
      default: { const key = selected?.querySelector(`[data-key="${CSS.escape(e.key)}"]`) || document.querySelector(`main [data-key="${CSS.escape(e.key)}"]`); if (key) { e.preventDefault(); key.click(); } }
    }
  });

  // What is typed is never lost: drafts of long texts stay in this browser until they are sent.
  const draftKey = (el) => `matoi-draft ${location.pathname} ${el.name}`;
  const restore = (scope) => scope.querySelectorAll("textarea[data-draft]").forEach((el) => {
    try { const kept = sessionStorage.getItem(draftKey(el)); if (kept && !el.value) el.value = kept; } catch { /* storage may be shut */ }
  });
  document.addEventListener("input", (e) => { if (e.target.matches?.("textarea[data-draft]")) { try { sessionStorage.setItem(draftKey(e.target), e.target.value); } catch { /* full */ } } });
  const sent = (form) => form.querySelectorAll("textarea[data-draft]").forEach((el) => { try { sessionStorage.removeItem(draftKey(el)); } catch { /* shut */ } });
  document.addEventListener("htmx:afterRequest", (e) => { if (e.detail.successful && e.target instanceof HTMLFormElement) sent(e.target); });
  document.addEventListener("submit", (e) => { if (!e.target.hasAttribute("hx-post")) sent(e.target); });
  restore(document);
  document.addEventListener("htmx:afterSwap", (e) => restore(e.target));

  // A secret is copied by a button; what was copied is said to those who do not see it, too.
  document.addEventListener("click", async (e) => {
    const button = e.target.closest?.("[data-copy]"); if (!button) return;
    const source = document.getElementById(button.dataset.copy); if (!source) return;
    try { await navigator.clipboard.writeText(source.textContent.trim()); } catch { getSelection().selectAllChildren(source); return; }
    const label = button.querySelector("span") || button; label.setAttribute("role", "status"); label.textContent = button.dataset.copied;
  });

  // "Select all" and the count of what is selected.
  document.addEventListener("change", (e) => {
    const table = e.target.closest?.("table"); if (!table || e.target.type !== "checkbox") return;
    const boxes = [...table.querySelectorAll('tbody input[type="checkbox"]')];
    if (e.target.closest("thead")) boxes.forEach((b) => { b.checked = e.target.checked; });
    const count = boxes.filter((b) => b.checked).length;
    document.querySelectorAll("[data-selected-count]").forEach((el) => { el.textContent = String(count); });
    document.querySelectorAll("[data-needs-selection]").forEach((el) => { el.hidden = count === 0; });
  });
  const selection = (scope) => scope.querySelectorAll("[data-needs-selection]").forEach((el) => { el.hidden = !el.closest("form")?.querySelector('tbody input[type="checkbox"]:checked'); });
  selection(document);
  document.addEventListener("htmx:afterSettle", () => selection(document));

  // "Copy": says that it did on the button itself, where the eye is.
  document.addEventListener("click", async (e) => {
    const button = e.target.closest("[data-copy]"); if (!button) return;
    try { await navigator.clipboard.writeText(button.dataset.copy); button.setAttribute("aria-pressed", "true"); setTimeout(() => button.removeAttribute("aria-pressed"), 1500); } catch { /* not permitted: it can be marked by hand */ }
  });

  document.addEventListener("htmx:afterRequest", (e) => {
    if (!e.detail.successful || !(e.target instanceof HTMLFormElement)) return;
    document.getElementById("problems")?.replaceChildren();
    if (e.target.hasAttribute("data-reset")) e.target.reset();
  });

  // Live: one tab holds the stream for all tabs of this browser; each shows anew what it shows of what has changed.
  const busy = (part) => part.contains(document.activeElement) && typing(document.activeElement)
    || part.querySelector("details[open]")
    || [...part.querySelectorAll("input:not([type=hidden]),textarea")].some((el) => el.type === "checkbox" || el.type === "radio" ? el.checked !== el.defaultChecked : el.value !== el.defaultValue);
  document.addEventListener("htmx:beforeRequest", (e) => {
    // Nothing is pulled away from under somebody who is using it; it catches up when they leave it.
    if (e.target.hasAttribute("data-live") && e.detail.elt === e.target && busy(e.target)) { e.preventDefault(); e.target.dataset.behind = "1"; }
  });
  const catchUp = () => document.querySelectorAll("[data-live][data-behind]").forEach((part) => { if (!busy(part)) { delete part.dataset.behind; tell("matoi:case"); tell("matoi:queue"); } });
  document.addEventListener("focusout", () => setTimeout(catchUp, 400));
  document.addEventListener("toggle", () => setTimeout(catchUp, 400), true);
  const tell = (name) => document.body.dispatchEvent(new CustomEvent(name));
  const queueKinds = new Set(["report", "alert", "item", "case", "task"]);
  const changed = (told) => {
    if (!told || queueKinds.has(told.kind)) tell("matoi:queue");
    const scope = document.body.dataset.scope;
    if (scope && (!told || told.scope === scope)) tell("matoi:case");
  };
  if (document.body.classList.contains("app") && window.EventSource) {
    const channel = window.BroadcastChannel ? new BroadcastChannel("matoi-live") : null;
    if (channel) channel.onmessage = (e) => changed(e.data);
    const pass = (told) => { changed(told); channel?.postMessage(told); };
    const listen = () => {
      const stream = new EventSource(`${base()}/events`);
      let broken = false;
      stream.addEventListener("change", (e) => pass(JSON.parse(e.data)));
      stream.addEventListener("all", () => pass(null));
      stream.onerror = () => { broken = true; if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 30000); };
      // What happened while the connection was gone is not told again.
      stream.onopen = () => { if (broken) { broken = false; pass(null); } };
    };
    if (navigator.locks) navigator.locks.request("matoi-live", () => new Promise(listen)); else listen();
  }

  // Who else is here, and whether they are writing.
  const beside = document.getElementById("beside");
  if (beside?.dataset.presence) {
    let wrote = 0, last = false;
    const here = async () => {
      if (document.hidden) return;
      last = Date.now() - wrote < 15000;
      try {
        const answer = await fetch(beside.dataset.presence, { method: "POST", body: new URLSearchParams({ writing: String(last) }) });
        if (answer.ok) beside.innerHTML = await answer.text();
      } catch { /* away for a moment */ }
    };
    document.addEventListener("input", (e) => { if (e.target.matches?.("[data-writing]")) { wrote = Date.now(); if (!last) here(); } });
    document.addEventListener("visibilitychange", here);
    setInterval(here, 10000);
    here();
  }
})();
