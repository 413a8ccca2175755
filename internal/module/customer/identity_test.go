package customer

import (
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRIBVectors(t *testing.T) {
	t.Parallel()
	for rib, want := range map[string]bool{
		// The example of the SWIFT registry, and one printed in the Bulletin officiel 6288.
		"011519000001205000534921": true, "310810101402900442310133": true,
		"011519000001205000534922": false, "310810101402900442310143": false,
		"": false, "01151900000120500053492": false, "0115190000012050005349210": false, "01151900000120500053492A": false,
	} {
		if got := validRIB(rib); got != want {
			t.Errorf("%q: %v, want %v", rib, got, want)
		}
	}
	if got := RIBKey("0115190000012050005349"); got != "21" {
		t.Errorf("key %q, want 21", got)
	}
	if got := RIBKey("12"); got != "" {
		t.Errorf("key of a short number: %q", got)
	}
	body, err := os.ReadFile("../../../../shared/domain/vectors.json")
	if err != nil {
		return // the vectors are beside the sources only where the project is built
	}
	var vectors struct {
		Valid   []string `json:"rib_valid"`
		Invalid []string `json:"rib_invalid"`
	}
	if err := json.Unmarshal(body, &vectors); err != nil || len(vectors.Valid) == 0 {
		t.Fatalf("%v, %d vectors", err, len(vectors.Valid))
	}
	for want, list := range map[bool][]string{true: vectors.Valid, false: vectors.Invalid} {
		for _, rib := range list {
			if validRIB(rib) != want {
				t.Errorf("%s is not %v", rib, want)
			}
		}
	}
}

// A RIB with its key is a whole number that 97 divides, and no other two digits make
// one between 01 and 97.
func TestRIBKeyDividesByNinetySeven(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.StringMatching(`[0-9]{22}`).Draw(t, "first")
		key := RIBKey(first)
		n, ok := new(big.Int).SetString(first+key, 10)
		if !ok || new(big.Int).Mod(n, big.NewInt(97)).Sign() != 0 || key < "01" || key > "97" {
			t.Fatalf("%s %s", first, key)
		}
		spoiled := []byte(first + key)
		at := rapid.IntRange(0, ribLength-1).Draw(t, "at")
		spoiled[at] = '0' + (spoiled[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if validRIB(string(spoiled)) {
			t.Fatalf("%s passes with a digit changed: %s", first+key, spoiled)
		}
	})
}

func TestIdentityNumbers(t *testing.T) {
	t.Parallel()
	for cin, want := range map[string]bool{
		"BE45678": true, "A1": true, "QA123456": true, "": false, "123456": false, "BE": false, "BEA1234": false, "A1234567": false, "B4C5": false, "É1": false,
	} {
		if got := validCIN(cin); got != want {
			t.Errorf("CIN %q: %v, want %v", cin, got, want)
		}
	}
	cin, ice, rib := " be 45.678", "001 234 567 000 089", "310 810 1014029004423101 33"
	if faults := (identity{&cin, &ice, &rib}).check(); len(faults) > 0 || cin != "BE45678" || ice != "001234567000089" || rib != "310810101402900442310133" {
		t.Errorf("%v %q %q %q", faults, cin, ice, rib)
	}
	cin, ice, rib = "?", "12", "12"
	faults := identity{&cin, &ice, &rib}.check()
	var paths []string
	for _, f := range faults {
		paths = append(paths, f.Path)
	}
	if strings.Join(paths, " ") != "cin ice rib" {
		t.Errorf("%v", faults)
	}
	if faults := (identity{}).check(); len(faults) > 0 {
		t.Errorf("what is absent is wrong: %v", faults)
	}
	if got := bankOf("310810101402900442310133"); !strings.HasPrefix(got, "Tr") {
		t.Errorf("bank 310: %q", got)
	}
	if got := bankOf("999"); got != "" {
		t.Errorf("bank 999: %q", got)
	}
}

func TestPublicDebtor(t *testing.T) {
	t.Parallel()
	in := &Add{Nature: State, Ministry: "Santé", PublicAccountant: "TP"}
	var paths []string
	for _, f := range in.Validate() {
		paths = append(paths, f.Path)
	}
	if strings.Join(paths, " ") != "authorising_officer budget_line" {
		t.Errorf("%v", paths)
	}
	for nature, want := range map[Nature]bool{
		Private: false, Company: false, State: true, LocalAuthority: true, AutonomousBody: true, LocalUtility: false, ConcessionOperator: false, Association: false,
	} {
		if nature.Public() != want {
			t.Errorf("%s public: %v", nature, nature.Public())
		}
	}
}
