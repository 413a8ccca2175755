#!/bin/sh
# Real bills of two tariffs, priced by examples/santa-monica/quote.sh and compared to the cent and by tier with an independent program;
# then the comparison itself: a bill changed by a cent, and one tier by a unit, must be told. Skipped without ../shared/data, or fails
# when WASL_TEST_REQUIRE holds data.
set -eu
cd "$(dirname "$0")/../.."

data=../shared/data/water-santamonica
if [ ! -d "$data" ]; then
	echo "skipped: $data is absent"
	case ",${WASL_TEST_REQUIRE:-}," in *,data,*) exit 1 ;; esac
	exit 0
fi
export WASL="${WASL_PROGRAM:-bin/wasl}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect WANT FILE TARIFF: what quote.sh must print.
expect() {
	got=$(examples/santa-monica/quote.sh --bills "$2" --tariff "$3" 2>"$work/told") || true
	if [ "$got" != "$1" ]; then
		cat "$work/told" >&2
		echo "$3: want $1, got $got" >&2
		exit 1
	fi
	echo "$3: $got"
}

expect '{"bills":85594,"equal":85594,"different":0}' $data/bills_rateparser_5tier.csv.gz five-tier
expect '{"bills":85594,"equal":85594,"different":0}' $data/bills_rateparser_smc2016.csv.gz santa-monica-2016

# The first bill costs a cent more, the second has a unit less in its first tier, the third no consumption at all.
gzip -dc $data/bills_rateparser_5tier.csv.gz | awk -F, -v OFS=, '
	NR > 6 { exit }
	NR == 2 { $NF += 0.01 } NR == 3 { $5-- } NR == 4 { $4 = "" }
	{ print }' > "$work/changed.csv"
expect '{"bills":5,"equal":2,"different":3}' "$work/changed.csv" five-tier
