#!/bin/sh
# run.sh --reads FILE --tariff CODE --db DSN
#
# Bills real consumptions from the file to the approved and issued run, takes receipts for two bills of three (whole, then half), and proves what
# is left: the ageing is the bills less the receipts, verify and hledger agree. Public commands only. Two users with tokens of their own work:
# one imports, prepares and issues, the other approves. FILE is the CSV of consumptions (it may be compressed with gzip), CODE five-tier or
# santa-monica-2016, DSN an empty database. Prints one JSON object; what the commands say goes to the error output.
# Run it from the project's root; WASL names the program (bin/wasl).
set -eu

usage() { echo "usage: run.sh --reads FILE --tariff CODE --db DSN" >&2; exit 2; }

root=$(cd "$(dirname "$0")/../.." && pwd)
wasl=${WASL:-$root/bin/wasl} reads='' tariff='' db=''
while [ $# -gt 0 ]; do
	[ $# -gt 1 ] || usage
	case $1 in
	--reads) reads=$2 ;;
	--tariff) tariff=$2 ;;
	--db) db=$2 ;;
	*) usage ;;
	esac
	shift 2
done
[ -n "$reads" ] && [ -n "$tariff" ] && [ -n "$db" ] || usage
[ -r "$reads" ] || { echo "run.sh: $reads cannot be read" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log() { echo "run.sh: $*" >&2; }

# ask COMMAND…: a command on the database, its answer as JSON in one line.
ask() {
	if ! "$wasl" "$@" --db "$db" --data-dir "$work/files" --format json >"$work/answer"; then
		log "refused: wasl $*"
		cat "$work/answer" >&2
		exit 1
	fi
	tr -d '\n' <"$work/answer"
}
# first KEY: the first value of a key in the JSON that comes in.
first() { sed 's/" *: */":/g' | grep -o "\"$1\":\"\{0,1\}[^\",}]*" | head -1 | sed 's/.*://; s/^"//'; }

# field KEY COMMAND…: the first value of a key in the answer. A refused command ends the script, which in a pipe it would not.
field() {
	key=$1
	shift
	answer=$(ask "$@")
	printf '%s\n' "$answer" | first "$key"
}

log "schema and first administrator"
"$wasl" migrate up --db "$db" --data-dir "$work/files" >&2
"$wasl" admin setup-link --db "$db" --data-dir "$work/files" >"$work/setup"
sed -n 's/.*link=\([A-Za-z0-9_-]*\).*/\1/p' "$work/setup" | head -1 >"$work/link"
secret() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
secret >"$work/password"
unit=$(field unit access setup --link-file "$work/link" --login chef --name "Samira Naciri" --password-file "$work/password" --unit-code SM --unit-name "Santa Monica")
today=$(date +%F) year_ago=2010-01-01
later=$(date -d '30 days' +%F 2>/dev/null || date -v+30d +%F)

log "a second person"
ask access user add --as chef --login controle --name "Omar Tazi" --unit "$unit" >"$work/user"
user=$(first id <"$work/user")
first link <"$work/user" >"$work/link"
ask access invitation --link-file "$work/link" --password-file "$work/password" >/dev/null
ask access role list --as chef >"$work/roles"
role=$(tr '{' '\n' <"$work/roles" | grep '"code": *"ADMIN"' | first id)
ask access grant add --as chef --user "$user" --role "$role" --unit "$unit" --reason "Deuxième personne" >/dev/null
first_token=$(field token me token-add --as chef --name run --expires-on "$later")
second_token=$(field token me token-add --as controle --name run --expires-on "$later")
WASL_TOKEN=$first_token
export WASL_TOKEN

# approved: the second person approves what was just asked for.
approved() {
	proposal=$(first proposal <"$work/proposed")
	ask approval show "$proposal" >"$work/proposal"
	version=$(first version <"$work/proposal")
	WASL_TOKEN=$second_token ask approval approve "$proposal" --version "$version" >/dev/null
}

log "entity, tariff"
entity=$(field id org entity add --code SM --name "City of Santa Monica")
ask org unit assign "$unit" --entity "$entity" --services water --valid-from "$year_ago" --reason "Exploitation de l'eau" >"$work/assigned"
ask tariff import "$root/packs/example/$tariff.yaml" >/dev/null
ask tariff versions >"$work/versions"
version=$(tr '{' '\n' <"$work/versions" | grep "\"$tariff\"" | first id)
ask tariff activate --versions "$version" --reason "Tarif de l'exemple" >"$work/proposed"
approved

log "customers"
gzip -dcf "$reads" >"$work/reads.csv"
# The import reads the file as it is; what is counted here is read without byte order mark, quotes, ends of lines of Windows and blank lines.
LC_ALL=C awk 'NR == 1 { sub(/^\357\273\277/, "") } { gsub(/[\r"]/, "") } $0 != ""' "$work/reads.csv" >"$work/plain.csv"
awk -F, -v tariff="$tariff" '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "customer_code,name,contract_code,service,service_point_code,tariff,category,vat_use,starts_on"; next }
	!seen[$at["cust_id"]]++ { c = $at["cust_id"]; printf "%s,Client %s,%s,water,P-%s,%s,%s,%s,2010-01-01\n", c, c, c, c, tariff, $at["cust_class"], $at["cust_class"] ~ /^RESIDENTIAL/ ? "domestic" : "other" }
' "$work/plain.csv" >"$work/customers.csv"
ask customer import --file "$work/customers.csv" --unit "$unit" --wait >"$work/customers.json"

log "consumptions"
ask metering import --file "$work/reads.csv" --unit "$unit" --service water --mode valid --unterminated --rejects "$work/rejects.csv" --wait >"$work/reads.json"
[ ! -s "$work/rejects.csv" ] || cat "$work/rejects.csv" >&2

log "the anomalies that hold up a bill are accepted"
ask metering anomaly preview --state open --severity blocking --unit "$unit" --decision accept >"$work/preview.json"
flagged=$(first count <"$work/preview.json")
if [ "$flagged" -gt 0 ]; then
	ask metering anomaly decide-many --state open --severity blocking --unit "$unit" --decision accept --expected "$flagged" \
		--reason "Plusieurs relevés du même mois : ceux du fichier font foi" --wait >/dev/null
fi

log "run"
months=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { d = substr($at["usage_date"], 1, 7) "-01"; if (d !~ /^[0-9][0-9][0-9][0-9]-(0[1-9]|1[0-2])-01$/) next; if (!low || d < low) low = d; if (d > high) high = d }
	END { print low, high }' "$work/plain.csv")
run=$(field id billing run prepare --unit "$unit" --categories RESIDENTIAL_SINGLE --categories RESIDENTIAL_MULTI --service water --from-month "${months% *}" \
	--to-month "${months#* }" --issued-on "$today" --allow-missing)
ask billing run compute "$run" --wait >/dev/null
ask billing run show "$run" >"$work/run.json"
hash=$(first sha256 <"$work/run.json")
ask billing run approve "$run" --sha256 "$hash" >"$work/proposed"
approved
ask billing run issue "$run" --wait >/dev/null
ask billing run show "$run" >"$work/run.json"

log "receipts: of three bills the first in whole, the second by half, the third not at all"
"$wasl" billing bill list --all --format csv --db "$db" --data-dir "$work/files" >"$work/bills.csv"
awk -F, -v day="$today" '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "bill,amount,date,tender,reference"; next }
	{ split($at["total"], part, "."); cents = part[1] * 100 + part[2]; turn = NR % 3 }
	turn == 0 { cents = int(cents / 2) }
	turn != 1 && cents > 0 { printf "%s,%d.%02d,%s,transfer,VIR-%d\n", $at["number"], cents / 100, cents % 100, day, NR }
' "$work/bills.csv" >"$work/receipts.csv"
lot=$(field batch collection receipt import --file "$work/receipts.csv" --unit "$unit" --wait)
ask collection lot post "$lot" --wait >/dev/null
ask collection lot list >"$work/lot.json"

log "ageing"
ask ledger ageing --on "$today" --all >"$work/ageing.json"
# cents COLUMN FILE: the sum of a column of a CSV, in hundredths.
cents() { awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { split($c, part, "."); sum += part[1] * 100 + part[2] } END { printf "%.0f", sum }' "$2"; }
left=$(tr '{' '\n' <"$work/ageing.json" | sed -n 's/.*"amount" *: *"\(-\{0,1\}[0-9]*\)\.\([0-9]*\)".*/\1\2/p' | awk '{ sum += $1 } END { printf "%.0f", sum }')
ageing=ok
[ "$left" = $(($(cents total "$work/bills.csv") - $(cents amount "$work/receipts.csv"))) ] || ageing=failed

log "hledger"
hledger=absent
if command -v hledger >/dev/null; then
	hledger=ok
	"$wasl" ledger export --format hledger --db "$db" --data-dir "$work/files" >"$work/journal.hledger"
	hledger -f "$work/journal.hledger" check >&2 || hledger=failed
fi

log "verify"
verify=ok
"$wasl" verify --db "$db" --data-dir "$work/files" >&2 || verify=failed

# tiers KEY UNIT: the sums of a field of the water lines, by tier, as a JSON list. Amounts are summed in hundredths, units in thousandths.
tiers() {
	tr '{' '\n' <"$work/run.json" | sed 's/" *: */":/g' | awk -v key="$1" -v scale="$2" '
		function value(name) {
			if (!match($0, "\"" name "\":\"[^\"]*\"")) return ""
			return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5)
		}
		/"line":"WATER-[0-9]/ { tier = substr(value("line"), 7) + 0; sum[tier] += sprintf("%.0f", value(key) * scale); if (tier > last) last = tier }
		END {
			form = scale == 100 ? "%s\"%.2f\"" : "%s\"%.3f\""
			for (i = 1; i <= last; i++) printf form, (i > 1 ? "," : ""), sum[i] / scale
		}'
}
printf '{"reads":{"rows":%s,"accepted":%s,"rejected":%s,"flagged":%s},"bills":%s,"amount":"%s","units_by_tier":[%s],"amount_by_tier":[%s],"verify":"%s",' \
	"$(first rows <"$work/reads.json")" "$(first accepted <"$work/reads.json")" "$(first rejected <"$work/reads.json")" "$flagged" \
	"$(first bills <"$work/run.json")" "$(first total <"$work/run.json")" "$(tiers quantity 1000)" "$(tiers amount 100)" "$verify"
printf '"receipts":%s,"collected":"%s","left":"%s.%s","ageing":"%s","hledger":"%s"}\n' \
	"$(first receipts <"$work/lot.json")" "$(first amount <"$work/lot.json")" "${left%??}" "${left#"${left%??}"}" "$ageing" "$hledger"
[ "$verify" = ok ] && [ "$ageing" = ok ] && [ "$hledger" != failed ]
