// The desk: everything by keys. The server computes what is taken; this shows it while one types, and moves the focus.
(() => {
  'use strict';
  const { $, $$, on, say } = window.wasl;
  const counter = () => $('[data-w-counter]');
  const pay = () => $('[data-w-pay]');

  // ---- Money: whole centimes, as the server reads them: 1234,5 and 1 234.50.
  function centimes(text) {
    const plain = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.');
    const parts = plain.match(/^(\d{1,12})(?:\.(\d{1,2}))?$/);
    return parts ? BigInt(parts[1]) * 100n + BigInt((parts[2] ?? '').padEnd(2, '0')) : null;
  }
  function french(amount) {
    const sign = amount < 0n ? '\u2212' : '';
    const size = amount < 0n ? -amount : amount;
    const whole = String(size / 100n).replace(/\B(?=(\d{3})+$)/g, '\u202f');
    return `${sign}${whole},${String(size % 100n).padStart(2, '0')}`;
  }
  // Half away from zero, as the duty is rounded; the rate is in ten-thousandths.
  const duty = (amount, rate) => (amount * rate * 2n + 10000n) / 20000n;

  // ---- What the form comes to.
  function tenders(form) {
    return $$('[data-w-tender]', form).map((box) => {
      const kind = $('[data-w-kind]:checked', box);
      const text = $('[data-w-amount]', box).value.trim();
      return { kind, text, amount: centimes(text), first: box.dataset.wTender === '1' };
    }).filter((each) => each.kind && (each.first || each.text !== ''));
  }

  function reckon() {
    const form = pay();
    if (!form) return null;
    const ticked = $$('[data-w-bill]').filter((box) => box.checked);
    const owed = ticked.reduce((sum, box) => sum + BigInt(box.dataset.wBill), 0n);
    const all = tenders(form);
    const said = all.reduce((sum, each) => sum + (each.amount ?? 0n), 0n);
    let cash = 0n;
    let stamp = 0n;
    let total = 0n;
    const taken = new Map();
    for (const each of all) {
      const amount = each.text === '' ? (owed > said ? owed - said : 0n) : each.amount ?? 0n;
      // The duty is that of all the receipt takes of a kind: a line bears what it adds.
      const before = taken.get(each.kind.value) ?? 0n;
      const rate = BigInt(each.kind.dataset.wRate);
      const due = duty(before + amount, rate) - duty(before, rate);
      taken.set(each.kind.value, before + amount);
      total += amount;
      stamp += due;
      if ('wCash' in each.kind.dataset) cash += amount + due;
    }
    const given = centimes($('[data-w-given]', form).value);
    return { form, count: ticked.length, owed, stamp, total: total + stamp, cash, given, typed: $('[data-w-given]', form).value.trim() !== '' };
  }

  const muchToGiveBack = 100_000n;
  function paint() {
    const sum = reckon();
    if (!sum) return null;
    $('[data-w-total]').textContent = french(sum.total);
    $('[data-w-bills]').textContent = french(sum.owed);
    $('[data-w-stamp]').textContent = french(sum.stamp);
    $('[data-w-sum]').textContent = french(sum.owed);
    $('[data-w-ticked]').textContent = String(sum.count);
    const box = $('.w-pay-change', sum.form);
    const note = $('[data-w-change-note]', sum.form);
    const back = sum.given === null ? null : sum.given - sum.cash;
    $('[data-w-return]', sum.form).textContent = back === null ? '\u2013' : french(back);
    box.classList.toggle('w-pay-short', back !== null && back < 0n);
    note.textContent = '';
    if (back !== null && back < 0n) note.textContent = note.dataset.wShort;
    if (back !== null && back > muchToGiveBack) note.textContent = note.dataset.wMuch;
    return { ...sum, back };
  }

  function pieces(box) {
    const sum = $$('[data-w-piece]', box).reduce((all, input) => all + BigInt(input.dataset.wPiece) * BigInt(/^\d{1,6}$/.test(input.value.trim()) ? input.value.trim() : 0), 0n);
    $('[data-w-pieces]', box).textContent = french(sum);
  }

  on('input', (event) => {
    if (event.target.closest?.('[data-w-pay], [data-w-bill]')) { delete counter().dataset.wSure; paint(); }
    const box = event.target.closest?.('[data-w-count-cash]');
    if (box) pieces(box);
  });
  on('w-start', () => {
    out();
    paint();
    $$('[data-w-count-cash]').forEach(pieces);
    const refused = $('[data-w-refused]');
    if (refused) { $('[data-w-given]')?.focus(); say(refused.textContent); return; }
    if (!counter()) return;
    const first = $('[data-w-choices] a') ?? $('[data-w-given]') ?? $('[data-w-find]');
    first?.focus();
    if (first?.matches('[data-w-find]')) first.select();
  });

  // ---- Moving.
  function step(all, by) {
    if (!all.length) return false;
    const here = all.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1);
    all[next].focus();
    all[next].scrollIntoView({ block: 'nearest' });
    return true;
  }

  function choose(key) {
    const box = document.activeElement?.closest('[data-w-tender]') ?? $('[data-w-tender="1"]');
    const radio = box && $(`[data-w-kind="${key}"]`, box);
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event('input', { bubbles: true }));
    const next = 'wNeeds' in radio.dataset ? $('[data-w-reference]', box) : box.dataset.wTender === '1' ? $('[data-w-given]') : $('[data-w-amount]', box);
    next?.focus();
    return true;
  }

  function another() {
    const next = $$('[data-w-more]').find((details) => !details.open);
    if (!next) return false;
    next.open = true;
    // What the first means pays must then be said: its amount comes first.
    const first = $('[data-w-tender="1"] [data-w-amount]');
    (first.value.trim() === '' ? first : $('[data-w-amount]', next)).focus();
    return true;
  }

  // The money goes once: a second Enter is asked for when much would be given back.
  function take(event) {
    const sum = paint();
    if (!sum) return;
    const sure = counter().dataset.wSure === '1';
    const short = sum.typed && (sum.back === null || sum.back < 0n);
    if (short || sum.back > muchToGiveBack && !sure) {
      counter().dataset.wSure = short ? '' : '1';
      event.preventDefault();
      event.stopImmediatePropagation();
      $('[data-w-given]').focus();
      say($('[data-w-change-note]').textContent);
    }
  }
  /** A second Enter may reach the page that shows the receipt: an empty search must not take it away, with the change to hand over. Escape does. */
  function nothing(event) {
    if ($('[data-w-find]', event.target)?.value.trim() !== '') return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  document.addEventListener('submit', (event) => {
    if (event.target.matches('[data-w-pay]')) take(event);
    else nothing(event);
  }, true);

  // F9 notes the print first; the page that comes back prints itself, once.
  function printed() {
    const form = $('[data-w-print-form]');
    if (!form) return false;
    form.requestSubmit();
    return true;
  }
  const inch = 25.4;
  const pixels = 96;
  const rollMargins = 8;
  /** A roll is cut where the text ends: its page is as high as the receipt. */
  function roll(receipt) {
    if (!receipt.matches('.w-receipt-ticket')) return;
    receipt.classList.add('w-receipt-measured');
    const high = Math.ceil(receipt.offsetHeight * inch / pixels) + rollMargins;
    receipt.classList.remove('w-receipt-measured');
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`@page ticket { size: 80mm ${high}mm; margin: 4mm; }`);
    document.adoptedStyleSheets = [sheet];
  }
  function out() {
    const receipt = $('[data-w-print-now]');
    if (!receipt) return;
    receipt.removeAttribute('data-w-print-now');
    const here = new URL(location.href);
    here.searchParams.delete('copy');
    history.replaceState(null, '', here);
    roll(receipt);
    setTimeout(() => print());
  }
  // What paper hides loses the focus; the next customer must not wait for it.
  addEventListener('afterprint', () => { if (document.activeElement === document.body) $('[data-w-find]')?.focus(); });

  function key(event) {
    const at = event.target;
    const typing = at.matches?.('input:not([type=checkbox]):not([type=radio]), select, textarea');
    const money = at.matches?.('[data-w-given], [data-w-amount]');
    switch (event.key) {
      case 'Escape':
        if ($('dialog[open], details.w-pop[open]')) return false;
        location.assign(counter().dataset.wCounter);
        return true;
      case 'ArrowDown': case 'ArrowUp': {
        if (at.matches?.('select, [type=radio], [type=date]')) return false;
        const by = event.key === 'ArrowDown' ? 1 : -1;
        return step($$('[data-w-choices] a'), by) || step($$('[data-w-bill]'), by);
      }
      case 'Enter':
        if (!at.matches?.('[data-w-bill], [type=radio]')) return false;
        $('[data-w-given]')?.focus();
        return true;
      case '+': return (money || !typing) && another();
      case '/': {
        if (typing && !money) return false;
        const find = $('[data-w-find]');
        find.focus();
        find.select();
        return true;
      }
      case 'F9': return printed();
      default: return /^F\d$/.test(event.key) && choose(event.key);
    }
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'F9' && !counter() && printed()) { event.preventDefault(); return; }
    if (!counter() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (key(event)) { event.preventDefault(); event.stopPropagation(); }
  }, true);
})();
