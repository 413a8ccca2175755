// The behaviour of every page: keyboard, look, lists, forms, dialogs. No inline script, no eval, no text of its own:
// the words come from the page. Events are listened to on the document, so that a page put in place by a form works at once.
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, handler, options) => document.addEventListener(type, handler, options);
  const typing = (element) => element?.closest?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
  const say = (words) => { const live = $('#w-live'); if (live) live.textContent = words; };
  const root = document.documentElement;

  // ---- Look: kept in a cookie, so that the server paints the right one at once.
  function keepLook() {
    const parts = [root.dataset.theme, root.dataset.nav].filter(Boolean);
    const secure = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `wasl_ui=${parts.join('.')}; path=/; max-age=31536000; samesite=lax${secure}`;
  }

  function setTheme(theme) {
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
    for (const button of $$('[data-w-theme]')) button.setAttribute('aria-pressed', String(button.dataset.wTheme === theme));
    keepLook();
  }

  function foldNav(button) {
    const folded = root.dataset.nav !== 'folded';
    if (folded) root.dataset.nav = 'folded'; else delete root.dataset.nav;
    button.setAttribute('aria-expanded', String(!folded));
    keepLook();
  }

  // ---- Popups: one open at a time, closed by a click outside or Escape.
  let sought = false; // results of the search are wanted: what was closed is not opened again by an answer under way
  function closePopups(except) {
    let closed = false;
    for (const popup of $$('details.w-pop[open]')) {
      if (except && popup.contains(except)) continue;
      popup.open = false;
      closed = true;
      if (popup.contains(document.activeElement)) $('summary', popup).focus();
    }
    const found = $('#w-found');
    if (found && !found.parentElement.contains(except ?? null)) {
      sought = false;
      if (found.firstChild) { found.replaceChildren(); closed = true; }
    }
    return closed;
  }

  on('input', (event) => { if (event.target.id === 'w-q') sought = true; });
  for (const step of ['htmx:before:request', 'htmx:before:swap']) on(step, (event) => { if (event.target.id === 'w-q' && !sought) event.preventDefault(); });

  // ---- Confirmation before a costly action.
  let accepted = null;
  function confirmed(element) {
    if (!element.dataset.wConfirm || accepted === element) { accepted = null; return true; }
    const dialog = $('#w-confirm');
    if (!dialog) return true;
    $('#w-confirm-text').textContent = element.dataset.wConfirm;
    $('[data-w-accept]', dialog).classList.toggle('w-btn-danger', 'wDanger' in element.dataset);
    $('[data-w-accept]', dialog).onclick = () => { dialog.close(); accepted = element; element.click(); };
    dialog.showModal();
    return false;
  }

  // ---- Lists: ticks, the bar of mass actions, rows that open.
  function countTicks(list) {
    const boxes = $$('tbody .w-tick input', list);
    const ticked = boxes.filter((box) => box.checked).length;
    const all = $('[data-w-all]', list);
    if (all) { all.checked = ticked > 0 && ticked === boxes.length; all.indeterminate = ticked > 0 && ticked < boxes.length; }
    const bar = $('[data-w-mass]', list);
    if (!bar) return;
    bar.hidden = ticked === 0;
    $('[data-w-count]', bar).textContent = String(ticked);
  }

  let lastTick = null;
  function tick(box, event) {
    const list = box.closest('[data-w-list]');
    if (!list) return;
    const boxes = $$('tbody .w-tick input', list);
    if (box.matches('[data-w-all]')) boxes.forEach((other) => { other.checked = box.checked; });
    else {
      if (event.shiftKey && lastTick && boxes.includes(lastTick)) {
        const [from, to] = [boxes.indexOf(lastTick), boxes.indexOf(box)].sort((a, b) => a - b);
        boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
      }
      lastTick = box;
    }
    countTicks(list);
  }

  const rowTarget = (row) => $('a[href], input', row);
  function moveRow(step) {
    const rows = $$('[data-w-list] tbody tr').filter((row) => rowTarget(row));
    if (!rows.length) return false;
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const current = here >= 0 ? here : rows.findIndex((row) => row.hasAttribute('aria-current'));
    const next = rows[Math.min(Math.max(current + step, 0), rows.length - 1)];
    ($('td:not(.w-tick) a[href]', next) ?? rowTarget(next)).focus();
    next.scrollIntoView({ block: 'nearest' });
    return true;
  }

  function openRow(event) {
    const row = event.target.closest?.('tr[data-w-href]');
    if (!row || event.target.closest('a, button, input, label, summary, details') || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) open(row.dataset.wHref, '_blank', 'noopener'); else location.assign(row.dataset.wHref);
  }

  // ---- Forms: nothing typed is lost, nothing is sent twice.
  const snapshot = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));
  const clean = new WeakMap();
  let leaving = false;
  const dirty = () => !leaving && $$('[data-w-form]').some((form) => clean.has(form) && clean.get(form) !== snapshot(form));

  function busy(form, button, state) {
    for (const each of $$('button[type=submit]', form)) each.setAttribute('aria-disabled', String(state));
    button?.setAttribute('aria-busy', String(state));
    form.dataset.wBusy = state ? '1' : '';
    if (state) say(document.body.dataset.wSending);
  }

  function complain(form, words, address) {
    busy(form, null, false);
    $$('[aria-busy]', form).forEach((button) => button.setAttribute('aria-busy', 'false'));
    $('.w-notice[data-w-local]', form)?.remove();
    const box = document.createElement('div');
    box.className = 'w-notice w-wrong';
    box.dataset.wLocal = '';
    box.setAttribute('role', 'alert');
    box.textContent = words;
    if (address) {
      const link = document.createElement('a');
      Object.assign(link, { href: address, target: '_blank', rel: 'noopener', textContent: document.body.dataset.wLoginWords });
      box.append(' ', link);
    }
    form.prepend(box);
    box.scrollIntoView({ block: 'nearest' });
  }

  // A form is sent by fetch: when the line or the session fails, what was typed stays, and the same key makes trying again harmless.
  async function send(form, button) {
    const method = (button?.formMethod || form.method).toUpperCase();
    const action = button?.hasAttribute('formaction') ? button.formAction : form.action;
    const data = new FormData(form, button ?? undefined);
    const body = form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data);
    busy(form, button, true);
    let answer;
    let page;
    try {
      answer = await fetch(action, { method, body, headers: { Accept: 'text/html' }, credentials: 'same-origin' });
      if (!(answer.headers.get('Content-Type') ?? '').includes('text/html')) {
        leaving = true;
        accepted = button;
        form.removeAttribute('data-w-send');
        busy(form, button, false);
        form.requestSubmit(button);
        return;
      }
      page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    } catch {
      complain(form, document.body.dataset.wOffline);
      return;
    }
    // The sign-in page in answer to a page of somebody signed in: the session is over. A page before it (first start, invitation) leads there.
    if (page.body.dataset.wPage === 'login' && document.body.dataset.wPage === 'page') {
      complain(form, document.body.dataset.wExpired, document.body.dataset.wLogin || answer.url);
      return;
    }
    show(page, answer);
  }

  let shown = location.pathname + location.search;
  function show(page, answer) {
    document.title = page.title;
    document.body.replaceWith(document.adoptNode(page.body));
    if (answer.redirected) history.pushState(null, '', answer.url);
    shown = location.pathname + location.search;
    scrollTo(0, 0);
    window.htmx?.process(document.body);
    start();
  }

  on('submit', (event) => {
    const form = event.target;
    if (form.dataset.wBusy === '1') { event.preventDefault(); return; }
    if (form.matches('[data-w-send]')) { event.preventDefault(); send(form, event.submitter); return; }
    if (form.method === 'post') { leaving = true; setTimeout(() => { form.dataset.wBusy = '1'; }); }
  });
  addEventListener('pageshow', () => { leaving = false; $$('form').forEach((form) => { if (form.dataset.wBusy) busy(form, null, false); }); });
  addEventListener('beforeunload', (event) => { if (dirty()) event.preventDefault(); });
  addEventListener('popstate', () => { if (location.pathname + location.search !== shown) location.reload(); });

  // ---- Copying.
  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.wCopy);
      say(button.dataset.wDone);
    } catch {
      const range = document.createRange();
      range.selectNodeContents($('.w-code', button.parentElement));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    }
  }

  // ---- Clicks.
  on('click', (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const asked = at('[data-w-confirm]');
    if (asked && !confirmed(asked)) { event.preventDefault(); return; }
    let element;
    if ((element = at('[data-w-theme]'))) setTheme(element.dataset.wTheme);
    else if ((element = at('[data-w-fold]'))) foldNav(element);
    else if (at('[data-w-help]')) { closePopups(); $('#w-help')?.showModal(); }
    else if ((element = at('[data-w-dismiss]'))) element.closest('dialog').close();
    else if ((element = at('[data-w-close]'))) element.closest('.w-notice').remove();
    else if ((element = at('[data-w-copy]'))) copy(element);
    else if ((element = at('.w-tick input'))) tick(element, event);
    else openRow(event);
    closePopups(event.target);
  });

  // ---- Keyboard.
  let waitsForPlace = 0;
  function goTo(key) {
    const link = $$('[data-w-go]').find((each) => each.dataset.wGo === key);
    link?.click();
    return Boolean(link);
  }

  function escape(event) {
    if ($('dialog[open]')) return;
    if (closePopups()) { event.preventDefault(); return; }
    if (typing(document.activeElement) && !document.activeElement.closest('form[data-w-form]')) { document.activeElement.blur(); return; }
    const cancel = $('[data-w-cancel]');
    if (cancel) { cancel.click(); return; }
    const back = $('[data-w-back]')?.dataset.wBack;
    if (back) location.assign(back);
  }

  function submitHere() {
    const form = document.activeElement?.closest('form[data-w-form]') ?? $('form[data-w-form]');
    form?.requestSubmit($('.w-btn-primary[type=submit]', form) ?? undefined);
  }

  function letter(event) {
    const key = event.key;
    if (waitsForPlace > event.timeStamp) { waitsForPlace = 0; return goTo(key); }
    if (key === '/') { const box = $('#w-q'); box?.focus(); box?.select(); return Boolean(box); }
    if (key === '?') { $('#w-help')?.showModal(); return true; }
    if (key === 'g') { waitsForPlace = event.timeStamp + 1500; return true; }
    if (key === 'j') return moveRow(1);
    if (key === 'k') return moveRow(-1);
    if (key === 'x') {
      const box = document.activeElement?.closest('tr')?.querySelector('.w-tick input');
      box?.click();
      return Boolean(box);
    }
    const button = $$('[data-w-key]').find((each) => each.dataset.wKey.toLowerCase() === key.toLowerCase());
    button?.click();
    if (button?.matches('[type=radio]')) (button.form?.elements[button.dataset.wThen] ?? button).focus();
    return Boolean(button);
  }

  on('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'Escape') { escape(event); return; }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); submitHere(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $('dialog[open]')) return;
    if (event.target.closest?.('[role=tree]')) return;
    if (event.key.startsWith('Arrow') && event.target.closest?.('[data-w-list] tbody')) {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') { event.preventDefault(); moveRow(event.key === 'ArrowDown' ? 1 : -1); }
      return;
    }
    if (event.key.length === 1 && letter(event)) event.preventDefault();
  });

  // ---- A page begins.
  function start() {
    for (const form of $$('[data-w-form]')) clean.set(form, snapshot(form));
    $$('[data-w-list]').forEach(countTicks);
    document.dispatchEvent(new CustomEvent('w-start'));
    const told = $('[data-w-errors]') ?? $('[data-w-effect]');
    if (told) told.focus();
    else if (document.activeElement === document.body) $('[autofocus]')?.focus();
  }
  window.wasl = { $, $$, on, say };
  if (document.readyState === 'loading') on('DOMContentLoaded', start); else queueMicrotask(start);
})();
