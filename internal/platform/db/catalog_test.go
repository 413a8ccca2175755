package db_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

func TestCatalogOfTheSample(t *testing.T) {
	t.Parallel()
	set := sampleSet(t)
	each(t, func(t *testing.T, d *db.DB) {
		if err := db.CheckCatalog(t.Context(), d, set); err != nil {
			t.Error(err)
		}
		// A table made by hand, and one that was dropped by hand.
		exec(t, d, `CREATE TABLE stray (id bigint PRIMARY KEY)`)
		exec(t, d, `DROP TABLE part`)
		err := db.CheckCatalog(t.Context(), d, set)
		wantCode(t, err, fault.Internal, "db.catalog")
		if found := fault.As(err).Args["found"]; found != "part is missing; stray has no class" {
			t.Errorf("found %v", found)
		}
	})
}

const (
	accBad = `CREATE TABLE bad (receivable_account_id {int} NOT NULL PRIMARY KEY, `
	idBad  = `CREATE TABLE bad (id {int} NOT NULL PRIMARY KEY, `
)

// TestCatalogRules breaks each rule once. Hash partitions refuse some of them
// by themselves, so the rules are tried without.
func TestCatalogRules(t *testing.T) {
	t.Parallel()
	base := `
CREATE TABLE ref (id {int} NOT NULL PRIMARY KEY) {reference};
CREATE TABLE ctl (id {int} NOT NULL PRIMARY KEY) {control};
CREATE TABLE look (id {int} NOT NULL PRIMARY KEY) {lookup};
CREATE TABLE acc (receivable_account_id {int} NOT NULL PRIMARY KEY, n {int}, UNIQUE (receivable_account_id, n)) {dist};
`
	cases := map[string]string{
		"": `CREATE TABLE good (receivable_account_id {int} NOT NULL REFERENCES acc (receivable_account_id), id {int} NOT NULL, ref_id {int} REFERENCES ref (id),
  PRIMARY KEY (id, receivable_account_id)) {dist};
CREATE TABLE fine (id {int} NOT NULL PRIMARY KEY, ref_id {int} REFERENCES ref (id), ctl_id {int} REFERENCES ctl (id)) {control};`,
		"bad: primary (id) lacks receivable_account_id": `CREATE TABLE bad (id {int} NOT NULL PRIMARY KEY) {dist};`,
		"bad: unique (n) lacks receivable_account_id": accBad + `n {int}) {dist};
CREATE UNIQUE INDEX bad_n ON bad (n);`,
		"bad refers to acc without receivable_account_id": accBad + `other {int} REFERENCES acc (receivable_account_id)) {dist};`,
		"bad {dist} refers to ctl {control}":              accBad + `o {int} REFERENCES ctl (id)) {dist};`,
		"bad {dist} refers to look {lookup}":              accBad + `o {int} REFERENCES look (id)) {dist};`,
		"bad {reference} refers to ctl {control}":         idBad + `o {int} REFERENCES ctl (id)) {reference};`,
		"bad {control} refers to acc {dist}":              idBad + `o {int} REFERENCES acc (receivable_account_id)) {control};`,
		"bad {lookup} refers to look {lookup}":            idBad + `o {int} REFERENCES look (id)) {lookup};`,
		"bad: unique (serial) lacks id":                   idBad + `serial {text}, UNIQUE (serial)) {lookup};`,
		"bad has no primary key":                          `CREATE TABLE bad (id {int} NOT NULL) {control};`,
	}
	for want, source := range cases {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			set := dbtest.Migrations(t, fstest.MapFS{"0900_a.sql": {Data: []byte(base + source)}})
			for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
				d := dbtest.Open(t, engine, set, db.Options{})
				err := db.CheckCatalog(t.Context(), d, set)
				if want == "" && err != nil {
					t.Errorf("%s: %v", engine, err)
				}
				if want != "" && (fault.CodeOf(err) != "db.catalog" || !strings.Contains(fault.As(err).Args["found"].(string), want)) {
					t.Errorf("%s: %v", engine, err)
				}
			}
		})
	}
}
