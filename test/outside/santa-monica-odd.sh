#!/bin/sh
# examples/santa-monica/run.sh and quote.sh as a stranger calls them: from another folder, by paths with blanks, with a file whose columns
# stand in another order, with byte order mark, quotes, ends of lines of Windows, a blank line, no last end of line, and wrong rows.
# The amounts are those of five-tier worked out by hand: 6 × 2.37, 6 × 7.39, 8 × 7.52, 15 × 10.98, the rest × 11.03.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
program=${WASL_PROGRAM:-bin/wasl}
case $program in /*) ;; *) program=$root/$program ;; esac
export WASL="$program"
unset WASL_PROGRAM
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/a folder"
cd "$work/a folder"
bom=$(printf '\357\273\277')

# expect NAME WANT GOT
expect() {
	[ "$2" = "$3" ] || { printf '%s: want %s\n got %s\n' "$1" "$2" "$3" >&2; cat "$work/told" >&2; exit 1; }
	echo "$1: $2"
}

# 35 units: 14.22 + 44.34 + 60.16 + 164.70 = 283.42; none: 0.00; 7 units: 14.22 + 7.39 = 21.61. The shop is not billed, three rows are wrong.
printf '%s"usage_ccf","cust_class","usage_date","cust_class_from_utility","cust_id"\r\n' "$bom" >"the reads.csv"
printf '"%s","%s","%s","X","%s"\r\n' \
	35 RESIDENTIAL_SINGLE 2014-01-01 10 \
	abc RESIDENTIAL_SINGLE 2014-01-01 11 \
	0 RESIDENTIAL_MULTI 2014-01-01 12 \
	8 COMMERCIAL 2014-01-01 13 \
	3 RESIDENTIAL_MULTI 2014-02-30 12 \
	-4 RESIDENTIAL_MULTI 2014-02-01 12 >>"the reads.csv"
printf '\r\n"7","RESIDENTIAL_SINGLE","2014-02-01","X","10"' >>"the reads.csv"
"$root/examples/santa-monica/run.sh" --reads "the reads.csv" --tariff five-tier --db "sqlite:./a base.db" >"$work/out" 2>"$work/told" || { cat "$work/told" >&2; exit 1; }
expect "run" '{"reads":{"rows":7,"accepted":4,"rejected":3,"flagged":0},"bills":3,"amount":"305.03","units_by_tier":["12.000","7.000","8.000","15.000"],"amount_by_tier":["28.44","51.73","60.16","164.70"],"verify":"ok"' \
	"$(sed 's/,"receipts".*//' "$work/out")"
grep -q abc "$work/told" || { echo "a refused row is not told" >&2; exit 1; }

# A job that is refused says why in one line, whatever the machine has to say.
run=$("$WASL" billing run list --as chef --db "sqlite:./a base.db" --format csv | sed -n '2s/,.*//p')
if WASL_LOG__SLOW_QUERY=1ms "$WASL" billing run issue "$run" --as chef --db "sqlite:./a base.db" --format json --wait >"$work/out" 2>"$work/told"; then
	echo "a run is issued twice" >&2
	exit 1
fi
expect "refusal" '1 {"type":"urn:wasl:error:cli.job_failed"' "$(grep -c '' "$work/told") $(cut -d, -f1 "$work/told")"

# On a database that is not empty, and without anybody to bill, it says no and prints no figures.
for reads in "the reads.csv" none.csv; do
	[ "$reads" = none.csv ] && printf 'cust_id,usage_date,cust_class,usage_ccf\n9,2014-01-01,COMMERCIAL,4\n' >none.csv && rm -r "a base.db"*
	if "$root/examples/santa-monica/run.sh" --reads "$reads" --tariff five-tier --db "sqlite:./a base.db" >"$work/out" 2>"$work/told" || [ -s "$work/out" ]; then
		echo "$reads: not refused" >&2
		exit 1
	fi
	expect "$reads, refusals" 1 "$(grep -cE '^(run.sh: refused|wasl): ' "$work/told")"
done

# A command that only looks does not make the database that a slip of the path names.
for look in verify "migrate status" doctor "org unit list --as chef"; do
	# shellcheck disable=SC2086 # the words of a command
	if "$WASL" $look --db "sqlite:./a bse.db" >"$work/out" 2>"$work/told" || ls "a bse.db"* >/dev/null 2>&1; then
		echo "$look: made a database" >&2
		exit 1
	fi
done

# The second bill is a cent too high.
printf '%s"cust_id","usage_date","cust_class","usage_ccf","X1","X2","X3","X4","X5","XR1","XR2","XR3","XR4","XR5","bill"\r\n' "$bom" >"the bills.csv"
printf '"10","2014-01-01","RESIDENTIAL_SINGLE",35,6,6,8,15,0,14.22,44.34,60.16,164.7,0,283.42\r\n\r\n"10","2014-02-01","RESIDENTIAL_SINGLE",7,6,1,0,0,0,14.22,7.39,0,0,0,21.62' >>"the bills.csv"
gzip -k "the bills.csv"
for bills in "the bills.csv" "the bills.csv.gz"; do
	expect "$bills" '{"bills":2,"equal":1,"different":1}' "$("$root/examples/santa-monica/quote.sh" --bills "$bills" --tariff five-tier 2>"$work/told" || true)"
done
