#!/bin/sh
# The tariff vectors given with the data, through `wasl tariff quote`. Needs ../shared and Python 3; without them it is skipped, or
# fails when WASL_TEST_REQUIRE holds data.
set -eu
cd "$(dirname "$0")/../.."

check=../shared/checks/tariff_vectors.py vectors=../shared/domain/vectors.json
missing=''
[ -r "$check" ] && [ -r "$vectors" ] || missing='../shared is absent'
command -v python3 >/dev/null || missing='python3 is absent'
if [ -n "$missing" ]; then
	echo "skipped: $missing"
	case ",${WASL_TEST_REQUIRE:-}," in *,data,*) exit 1 ;; esac
	exit 0
fi
python3 "$check" "${WASL_PROGRAM:-bin/wasl}" "$vectors"
