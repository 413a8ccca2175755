// What a bill of the demonstration must come to, reckoned here from the published blocks (packs/ma) in whole centimes, apart from the program.
// One month and one household unless said; a block's price counts for the whole quantity beyond `progressive`, and below by steps.

const half = (numerator, denominator) => (numerator * 2n + denominator) / (denominator * 2n);
/** Milli-units at a price of 10⁻⁴ DH a unit, in centimes, half a centime away from zero. */
const line = (quantity, price) => half(quantity * price, 100_000n);

/** The price of a quantity by blocks [up to, price in 10⁻⁴ DH, tolerance]. */
function blocks(quantity, table, { progressive, scale }) {
  if (quantity > progressive * scale) return line(quantity, table.find(([up, , more = 0n]) => up === null || quantity <= (up + more) * scale)[1]);
  let sum = 0n;
  let from = 0n;
  for (const [up, price] of table) {
    const to = up !== null && up * scale < quantity ? up * scale : quantity;
    if (to > from) sum += line(to - from, price);
    from = to;
  }
  return sum;
}

const thousand = 1000n;
const water = [[6n, 25_000n], [12n, 70_000n], [20n, 75_000n], [35n, 110_000n], [null, 115_000n]];
const home = [[100n, 9010n], [150n, 10_732n], [200n, 10_732n, 10n], [300n, 11_676n, 10n], [500n, 13_817n, 10n], [null, 15_958n]];
const other = [[150n, 13_000n], [null, 14_000n]];
const milli = (table) => table.map(([up, price, more = 0n]) => [up === null ? null : up * thousand, price, more * thousand]);

/** The audiovisual tax of a home: nothing up to 200 kWh, then by steps, 100 DH at most. */
function audiovisual(quantity, months) {
  if (quantity <= 200n * thousand * months) return 0n;
  const steps = [[0n, 100n, 1000n], [100n, 200n, 1500n], [200n, quantity, 2000n]];
  let sum = 0n;
  for (const [from, to, price] of steps) {
    const top = to === quantity ? quantity : to * thousand * months;
    sum += line((top < quantity ? top : quantity) - from * thousand * months, price);
  }
  const cap = 10_000n * months;
  return sum < cap ? sum : cap;
}

/** The total, taxes included, in centimes: `quantity` in thousandths of a m³ or kWh, VAT of 2026 (water of homes exempt, others 10 %, electricity 20 %). */
export function price({ service, domestic, quantity, months = 1n, households = 1n }) {
  const scale = months * households;
  if (service === 'electricity' && domestic) {
    return blocks(quantity, milli(home), { progressive: 150n * thousand, scale }) + 1966n * months + audiovisual(quantity, months);
  }
  const net = service === 'electricity'
    ? [blocks(quantity, milli(other), { progressive: 150n * thousand, scale: months }), 2500n * months]
    : [blocks(quantity, milli(water), { progressive: 12n * thousand, scale }), 600n * months, line(quantity, 20_000n), 300n * months];
  const rate = service === 'electricity' ? 20n : domestic ? 0n : 10n;
  return net.reduce((sum, part) => sum + part + half(part * rate, 100n), 0n);
}
