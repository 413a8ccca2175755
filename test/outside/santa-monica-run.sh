#!/bin/sh
# The whole of examples/santa-monica/run.sh on real consumptions, compared to the cent and by tier with the totals of an independent
# program: both tariffs on SQLite and on the tests' own PostgreSQL. Needs ../shared and Python 3; without them it is skipped, or fails when
# WASL_TEST_REQUIRE holds data. Without PostgreSQL its half is skipped, or fails when WASL_TEST_REQUIRE holds pg.
#
#	santa-monica-run.sh [TARIFF DSN]: one of them on an empty database
set -eu
cd "$(dirname "$0")/../.."

data=../shared/data/water-santamonica/reads.csv.gz check=../shared/checks/santamonica.py totals=../shared/data/TOTALS.json
if [ ! -r "$data" ] || [ ! -r "$check" ] || ! command -v python3 >/dev/null; then
	echo "skipped: $data, $check or python3 is absent"
	case ",${WASL_TEST_REQUIRE:-}," in *,data,*) exit 1 ;; esac
	exit 0
fi
export WASL="${WASL_PROGRAM:-bin/wasl}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# compare TARIFF DSN: one whole run, held against the totals.
compare() {
	if ! examples/santa-monica/run.sh --reads "$data" --tariff "$1" --db "$2" >"$work/out" 2>"$work/told"; then
		cat "$work/told" "$work/out" >&2
		exit 1
	fi
	printf '%s: ' "$1"
	python3 "$check" "$totals" "$1" <"$work/out"
}

if [ $# = 2 ]; then
	compare "$1" "$2"
	exit
fi
for tariff in five-tier santa-monica-2016; do
	if command -v psql >/dev/null; then
		# shellcheck disable=SC2016 # the inner shell is told the database
		go run ./internal/testkit/pgtest/cmd with sh -c 'exec "$1" "$2" "$WASL_TEST_DATABASE"' sh "$PWD/test/outside/santa-monica-run.sh" "$tariff"
	else
		echo "skipped on PostgreSQL: psql is absent"
		case ",${WASL_TEST_REQUIRE:-}," in *,pg,*) exit 1 ;; esac
	fi
	compare $tariff "sqlite:$work/$tariff.db"
done

# The comparison itself: a cent too much must be told.
sed 's/"amount":"\([0-9]*\)\.65"/"amount":"\1.66"/' "$work/out" >"$work/changed"
if cmp -s "$work/out" "$work/changed" || python3 "$check" "$totals" santa-monica-2016 <"$work/changed" >/dev/null; then
	echo "a bill changed by a cent is not told" >&2
	exit 1
fi
