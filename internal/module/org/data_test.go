package org

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"wasl/internal/platform/op"
)

type division struct {
	ID   string `json:"id"`
	Name struct {
		FR string `json:"fr"`
	} `json:"name"`
	Region   string `json:"region_id"`
	Division string `json:"region_division_id"`
	Type     string `json:"type"`
}

func divisions(t testing.TB, name, key string) []division {
	t.Helper()
	f := dataFile(t, "morocco/divisions-mahdiboughrous/"+name)
	defer f.Close() //nolint:errcheck // read only
	var all map[string][]division
	if err := json.NewDecoder(f).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all[key]
}

// code makes a code out of an identity of the data.
func code(id string) string { return strings.ReplaceAll(id, "_", "-") }

// The régions, provinces and communes of Morocco as DRi, agences and centres,
// the smallest first.
func TestMorocco(t *testing.T) {
	t.Parallel()
	regions, provinces := divisions(t, "regions.json", "regions"), divisions(t, "region-divisions.json", "region_divisions")
	communes := divisions(t, "communes.json", "communes")
	var out strings.Builder
	out.WriteString(header)
	line := func(id string, kind Kind, name, parent, from string) {
		fmt.Fprintf(&out, "%s;%s;\"%s\";%s;%s;;;\n", code(id), kind, strings.ReplaceAll(name, `"`, `""`), code(parent), from)
	}
	for _, c := range communes {
		line(c.ID, Centre, c.Name.FR, c.Division, "2016-01-01")
	}
	for _, p := range provinces {
		line(p.ID, AgencyMixed, p.Name.FR, p.Region, "2015-09-01")
	}
	for _, r := range regions {
		line(r.ID, Region, r.Name.FR, "DG", "2015-09-01")
	}
	total := int64(len(regions) + len(provinces) + len(communes))
	engines(t, func(t *testing.T, b *bench) {
		b.imported(out.String(), nil, Applied, counts{Lines: total, Created: total})
		b.imported(out.String(), nil, Unchanged, counts{Lines: total, Unchanged: total})
		b.healthy()
		tree := do[Tree](b, "org.unit.tree", op.Input{"parent": b.top.String()})
		if len(tree.Nodes) != 12 {
			t.Errorf("%d régions", len(tree.Nodes))
		}
		below := int64(0)
		for _, n := range tree.Nodes {
			below += n.Below
		}
		if below != total-12 {
			t.Errorf("%d units below the régions, want %d", below, total-12)
		}
	})
}

// The districts and régions of a real customer file as agences and centres. A
// région that stands under two districts at once is refused on both lines.
func TestCustomerFile(t *testing.T) {
	t.Parallel()
	f := dataFile(t, "steg/clients_train.csv.gz")
	defer f.Close() //nolint:errcheck // read only
	packed, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	parents := map[string]map[string]bool{}
	reader := csv.NewReader(packed)
	for first := true; ; first = false {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if first {
			continue
		}
		if parents[row[2]] == nil {
			parents[row[2]] = map[string]bool{}
		}
		parents[row[2]][row[1]] = true
	}
	// One région of the file is put under a second district, as happens when two
	// exports of different years are joined.
	parents["101"]["69"] = true
	districts := map[string]bool{}
	var lines strings.Builder
	single, doubled := int64(0), int64(0)
	for region, under := range parents {
		for district := range under {
			districts[district] = true
			fmt.Fprintf(&lines, "R%s;centre;Région %s;D%s;2000-01-01;;;\n", region, region, district)
		}
		if len(under) == 1 {
			single++
		} else {
			doubled += int64(len(under))
		}
	}
	for district := range districts {
		fmt.Fprintf(&lines, "D%s;agency_service;District %s;DR;2000-01-01;;;\n", district, district)
	}
	lines.WriteString("DR;region;Distribution;DG;2000-01-01;;;\n")
	right := single + int64(len(districts)) + 1
	engines(t, func(t *testing.T, b *bench) {
		report := b.imported(header+lines.String(), nil, Refused, counts{Lines: right + doubled, Created: right, Rejected: doubled})
		for _, j := range report.Rejects {
			if j.Rule != "import.duplicate" {
				t.Errorf("%s: %s", j.Code, j.Rule)
			}
		}
		b.imported(header+lines.String(), op.Input{"mode": "valid"}, Applied, counts{Lines: right + doubled, Created: right, Rejected: doubled})
		b.healthy()
	})
}
