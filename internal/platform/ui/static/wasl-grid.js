// The entry grid: one number per line, Enter goes down, the control answers beside the field.
(() => {
  'use strict';
  const { $, $$, on, say } = window.wasl;
  const inputs = (grid) => $$('input[data-w-serial]', grid);
  const gridOf = (element) => element?.closest?.('[data-w-grid]');

  // Down is the next line that may be typed in; up the one before.
  function go(input, by) {
    const all = inputs(gridOf(input));
    const next = all[all.indexOf(input) + by];
    if (next) { next.focus(); next.select(); }
  }

  const asked = new WeakMap();
  async function check(input) {
    const answer = $(`#${input.dataset.wAnswer}`);
    if (!answer || asked.get(input) === input.value) return;
    asked.set(input, input.value);
    if (input.value.trim() === '') { answer.replaceChildren(); return; }
    const address = new URL(gridOf(input).dataset.wGrid, location.href);
    address.searchParams.set('meter', input.dataset.wMeter);
    address.searchParams.set('register', input.dataset.wRegister);
    address.searchParams.set('index', input.value);
    const date = $('input[name=date]', gridOf(input));
    if (date) address.searchParams.set('date', date.value);
    try {
      const got = await fetch(address, { headers: { Accept: 'text/html', 'HX-Request': 'true' }, credentials: 'same-origin' });
      if (!got.ok) throw new Error(String(got.status));
      const page = new DOMParser().parseFromString(await got.text(), 'text/html');
      answer.replaceChildren(...page.body.childNodes);
    } catch {
      asked.delete(input);
      say(document.body.dataset.wOffline);
    }
  }

  on('keydown', (event) => {
    const input = event.target.closest?.('input[data-w-serial]');
    if (!input) return;
    const by = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    check(input);
    go(input, by);
  });
  on('focusout', (event) => { const input = event.target.closest?.('input[data-w-serial]'); if (input) check(input); });

  // The form sends what was typed: one line each, "serial;register;index".
  document.addEventListener('submit', (event) => {
    const grid = gridOf(event.target);
    if (!grid) return;
    for (const old of $$('input[name=lines]', grid)) old.remove();
    for (const input of inputs(grid)) {
      if (input.value.trim() === '') continue;
      const line = document.createElement('input');
      line.type = 'hidden';
      line.name = 'lines';
      line.value = [input.dataset.wSerial, input.dataset.wRegister, input.value.trim()].filter((part, at) => at !== 1 || part).join(';');
      event.target.append(line);
    }
  }, true);
})();
