// Two widgets with a keyboard of their own: the combobox that finds a value, and the tree.
(() => {
  'use strict';
  const { $, $$, on, say } = window.wasl;

  // ---- Picker: a combobox after the ARIA pattern. The list is a fragment fetched from the source.
  const waiting = new WeakMap();
  const pickerOf = (element) => element?.closest?.('[data-w-picker]');
  const partsOf = (picker) => ({
    input: $('[role=combobox]', picker), list: $('[role=listbox]', picker), value: $('input[type=hidden]', picker),
  });
  const options = (list) => $$('[role=option]:not([aria-disabled])', list);

  function closeList(picker) {
    const { input, list } = partsOf(picker);
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function mark(picker, option) {
    const { input, list } = partsOf(picker);
    for (const each of $$('[role=option]', list)) each.setAttribute('aria-selected', String(each === option));
    if (!option) { input.removeAttribute('aria-activedescendant'); return; }
    input.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  }

  async function find(picker) {
    const { input, list } = partsOf(picker);
    waiting.get(picker)?.abort();
    const control = new AbortController();
    waiting.set(picker, control);
    const address = new URL(picker.dataset.wPicker, location.href);
    address.searchParams.set('q', input.value);
    try {
      const answer = await fetch(address, { signal: control.signal, headers: { Accept: 'text/html', 'HX-Request': 'true' }, credentials: 'same-origin' });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, 'text/html');
      list.replaceChildren(...$$('li', page));
    } catch (error) {
      if (error.name !== 'AbortError') { closeList(picker); say(document.body.dataset.wOffline); }
      return;
    }
    $$('[role=option]', list).forEach((option, index) => { option.id = `${list.id}-${index}`; });
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    mark(picker, options(list)[0]);
  }

  function choose(picker, option) {
    const { input, value } = partsOf(picker);
    if ('wGoes' in picker.dataset) { location.assign(new URL(option.dataset.value, location.href)); return; }
    input.value = option.dataset.label;
    input.dataset.wShown = input.value;
    if (value) { value.value = option.dataset.value; value.dispatchEvent(new Event('change', { bubbles: true })); }
    closeList(picker);
  }

  function leave(picker) {
    const { input, value } = partsOf(picker);
    closeList(picker);
    if (!value) return;
    if (input.value.trim() === '') { value.value = ''; input.dataset.wShown = ''; return; }
    // A text that names nothing is never sent silently: what was picked comes back.
    input.value = input.dataset.wShown ?? '';
  }

  const timers = new WeakMap();
  on('input', (event) => {
    const picker = event.target.matches?.('[role=combobox]') && pickerOf(event.target);
    if (!picker) return;
    clearTimeout(timers.get(picker));
    timers.set(picker, setTimeout(find, 150, picker));
  });
  on('focusout', (event) => { const picker = pickerOf(event.target); if (picker && !picker.contains(event.relatedTarget)) leave(picker); });
  on('mousedown', (event) => {
    const option = event.target.closest?.('[role=option]');
    const picker = pickerOf(option);
    if (!picker) return;
    event.preventDefault();
    if (!option.hasAttribute('aria-disabled')) choose(picker, option);
  });
  on('click', (event) => {
    const picker = pickerOf(event.target);
    if (!picker) return;
    const { input, list, value } = partsOf(picker);
    if (event.target.closest('.w-picker-clear')) {
      input.value = '';
      input.dataset.wShown = '';
      if (value) value.value = '';
      closeList(picker);
      input.focus();
      return;
    }
    if (event.target === input && list.hidden) find(picker);
  });
  on('keydown', (event) => {
    const picker = event.target.matches?.('[role=combobox]') && pickerOf(event.target);
    if (!picker || event.ctrlKey || event.metaKey) return;
    const { list } = partsOf(picker);
    const all = options(list);
    const here = all.findIndex((option) => option.getAttribute('aria-selected') === 'true');
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) { find(picker); return; }
      mark(picker, all[(here + (event.key === 'ArrowDown' ? 1 : all.length - 1)) % all.length]);
    } else if (event.key === 'Enter' && !list.hidden) {
      event.preventDefault();
      if (all[here]) choose(picker, all[here]);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      leave(picker);
    } else if (event.key === 'Tab' && !list.hidden && all[here] && !('wGoes' in picker.dataset)) {
      choose(picker, all[here]);
    }
  }, true);

  // ---- Tree: links moved through by arrows after the ARIA pattern; one of them is in the order of Tab.
  const nodes = (tree) => $$('[role=treeitem]', tree).filter((node) => !node.closest('[role=group][hidden]'));
  const groupOf = (node) => node.parentElement.querySelector(':scope > [role=group]');
  const parentOf = (node) => node.parentElement.closest('[role=group]')?.parentElement.querySelector(':scope > [role=treeitem]');

  function reach(tree, node) {
    if (!node) return;
    for (const each of $$('[role=treeitem][tabindex="0"]', tree)) each.tabIndex = -1;
    node.tabIndex = 0;
    node.focus();
  }

  function expand(node, state) {
    const group = groupOf(node);
    if (!group) return;
    node.setAttribute('aria-expanded', String(state));
    group.hidden = !state;
    if (state && 'wLazy' in group.dataset && !group.firstElementChild) {
      node.setAttribute('aria-busy', 'true');
      if (!group.hasAttribute('data-htmx-powered')) window.htmx?.process(group.parentElement);
      group.dispatchEvent(new CustomEvent('w-expand'));
    }
  }

  on('htmx:after:swap', () => {
    $$('[role=treeitem][aria-busy]').forEach((node) => { if (groupOf(node)?.firstElementChild) node.removeAttribute('aria-busy'); });
  });
  on('click', (event) => {
    const twig = event.target.closest?.('.w-twig');
    const node = twig?.closest('[role=treeitem][aria-expanded]');
    if (!node) return;
    event.preventDefault();
    expand(node, node.getAttribute('aria-expanded') !== 'true');
    reach(node.closest('[role=tree]'), node);
  });

  let typed = '';
  let typedAt = 0;
  function typeAhead(tree, node, event) {
    typed = event.timeStamp - typedAt > 700 ? event.key : typed + event.key;
    typedAt = event.timeStamp;
    const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
    const all = nodes(tree);
    const start = all.indexOf(node) + (typed.length === 1 ? 1 : 0);
    const found = [...all.slice(start), ...all.slice(0, start)]
      .find((each) => plain($('.w-tree-label', each).textContent).startsWith(plain(typed)));
    reach(tree, found);
  }

  on('keydown', (event) => {
    const node = event.target.closest?.('[role=treeitem]');
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    const tree = node.closest('[role=tree]');
    const rtl = document.documentElement.dir === 'rtl';
    const all = nodes(tree);
    const state = node.getAttribute('aria-expanded');
    const deeper = rtl ? 'ArrowLeft' : 'ArrowRight';
    const higher = rtl ? 'ArrowRight' : 'ArrowLeft';
    switch (event.key) {
      case 'ArrowDown': reach(tree, all[all.indexOf(node) + 1]); break;
      case 'ArrowUp': reach(tree, all[all.indexOf(node) - 1]); break;
      case 'Home': reach(tree, all[0]); break;
      case 'End': reach(tree, all[all.length - 1]); break;
      case deeper: if (state === 'false') expand(node, true); else if (state === 'true') reach(tree, nodes(groupOf(node))[0]); break;
      case higher: if (state === 'true') expand(node, false); else reach(tree, parentOf(node)); break;
      case '*': $$(':scope > li > [role=treeitem][aria-expanded]', node.parentElement.parentElement).forEach((each) => expand(each, true)); break;
      case ' ': if (typed && event.timeStamp - typedAt <= 700) typeAhead(tree, node, event); else node.click(); break;
      default:
        if (event.key.length !== 1 || event.key === '/' || event.key === '?') return;
        typeAhead(tree, node, event);
    }
    event.preventDefault();
    event.stopPropagation();
  });

  on('w-start', () => {
    for (const tree of $$('[data-w-tree]')) {
      const node = $('[role=treeitem][aria-current]', tree) ?? $('[role=treeitem]', tree);
      if (node) node.tabIndex = 0;
    }
    for (const picker of $$('[data-w-picker]')) { const { input } = partsOf(picker); input.dataset.wShown = input.value; }
  });
})();
