#!/bin/sh
# quote.sh --bills FILE --tariff CODE
#
# Prices the bills of an oracle file (a CSV with the units X1… and the amounts XR1… of each tier and the bill, computed by an independent
# program) through `wasl tariff quote` and compares each with its line: the total and, tier by tier, units and amount, to the cent.
# Prints one JSON object and the first differences on the error output; exit 1 when a bill differs. FILE may be compressed with gzip.
# WASL names the program (bin/wasl of the project).
set -eu

usage() { echo "usage: quote.sh --bills FILE --tariff CODE" >&2; exit 2; }

wasl=${WASL:-$(cd "$(dirname "$0")/../.." && pwd)/bin/wasl} bills='' tariff=''
while [ $# -gt 0 ]; do
	[ $# -gt 1 ] || usage
	case $1 in
	--bills) bills=$2 ;;
	--tariff) tariff=$2 ;;
	*) usage ;;
	esac
	shift 2
done
[ -n "$bills" ] && [ -n "$tariff" ] || usage
[ -r "$bills" ] || { echo "quote.sh: $bills cannot be read" >&2; exit 2; }

# Both readers below take the file without byte order mark, quotes, ends of lines of Windows and blank lines.
plain=$(mktemp)
trap 'rm -f "$plain"' EXIT
gzip -dcf "$bills" | LC_ALL=C awk 'NR == 1 { sub(/^\357\273\277/, "") } { gsub(/[\r"]/, "") } $0 != ""' >"$plain"

# One request a line, in the order of the file. Each consumption is that of one month.
requests() {
	awk -F, -v tariff="$tariff" '
		function lastday(y, m) { return m == 2 ? (y % 4 == 0 && (y % 100 || y % 400 == 0) ? 29 : 28) : m ~ /^(4|6|9|11)$/ ? 30 : 31 }
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{
			d = $at["usage_date"]
			printf "{\"id\":\"%d\",\"tariff\":\"%s\",\"from\":\"%s\",\"to\":\"%s%02d\",\"months\":1,\"quantity\":\"%s\",\"attributes\":{\"class\":\"%s\"}}\n",
				NR - 1, tariff, d, substr(d, 1, 8), lastday(substr(d, 1, 4) + 0, substr(d, 6, 2) + 0), $at["usage_ccf"], $at["cust_class"]
		}' "$plain"
}

# Reads the quotes beside the file they come from. Amounts are compared in whole cents, units in thousandths.
compare() {
	awk -v source="$plain" '
		function cents(x) { return sprintf("%.0f", x * 100) }
		function thousandths(x) { return sprintf("%.0f", x * 1000) }
		function value(text, key) {
			if (!match(text, "\"" key "\":\"[^\"]*\"")) return "absent"
			return substr(text, RSTART + length(key) + 4, RLENGTH - length(key) - 5)
		}
		BEGIN {
			getline row < source
			n = split(row, names, ",")
			for (i = 1; i <= n; i++) { at[names[i]] = i; if (names[i] ~ /^X[0-9]+$/) tiers++ }
		}
		{
			if ((getline row < source) <= 0) { print "more quotes than bills" > "/dev/stderr"; different++; next }
			split(row, want, ",")
			split("", units); split("", amounts)
			parts = split($0, lines, "{\"code\":\"WATER-")
			for (i = 2; i <= parts; i++) {
				tier = lines[i] + 0
				units[tier] = value(lines[i], "quantity"); amounts[tier] = value(lines[i], "amount")
			}
			total = value(lines[parts], "total")
			bad = total == "absent" || cents(total) != cents(want[at["bill"]])
			for (tier = 1; tier <= tiers; tier++)
				bad += thousandths(units[tier]) != thousandths(want[at["X" tier]]) || cents(amounts[tier]) != cents(want[at["XR" tier]])
			if (bad) { if (++different <= 10) print "bill " NR ": " row "\n  quote: " $0 > "/dev/stderr" } else equal++
		}
		END {
			while ((getline row < source) > 0) missing++
			printf "{\"bills\":%d,\"equal\":%d,\"different\":%d}\n", NR + missing, equal, different + missing
			exit different + missing > 0 || equal == 0
		}'
}

# A refused request is a difference, so the exit code of the quotes adds nothing.
requests | { "$wasl" tariff quote --tariff "pack:example/$tariff.yaml" - || true; } | compare
